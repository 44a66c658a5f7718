import type { JSONSchema } from './document-types.js';
import { FileUpload } from '../kit/index.js';
import {
  CONDITIONAL,
  CUSTOM,
  metadataByProperty,
  NESTED,
  type ValidationMetadata,
  WHITELIST,
} from '../validation/compiler/validator-metadata.js';
import { classFacts, hasValidators, type ClassFacts, type Constructor, type Property } from '../validation/properties.js';
import { hasToJson, shapeOf } from '../validation/serializer/shape.js';
import { isExcluded } from '../validation/transformer-metadata.js';
import type { Components } from './components.js';
import { constraintSchema, isListConstraint } from './constraint-schema.js';
import { FILE, jsonValue, mergeSchemas, orNull, scalarSchema } from './keywords.js';

/** How a class is used: as the input or the output of a route. */
export interface ClassUse {
  readonly direction: 'input' | 'output';
  readonly groups?: readonly string[] | undefined;
  readonly unknown?: 'drop' | 'keep' | 'refuse' | undefined;
}

const INPUT: ClassUse = { direction: 'input' };

/** A property, with its name in requests and responses. */
export interface DescribedProperty {
  readonly sent: string;
  readonly schema: JSONSchema;
  readonly isRequired: boolean;
}

/** Returns a reference to the schema of a class, or the schema itself for a built-in type. */
export function classSchema(Class: Function, components: Components, use: ClassUse = INPUT): JSONSchema {
  const inline = builtInSchema(Class, use) ?? (use.direction === 'output' && hasToJson(Class) ? {} : undefined);
  if (inline !== undefined) return inline;
  const { direction, groups, unknown } = use;
  const variant = JSON.stringify([direction, groups, unknown]);
  const suffix = direction === 'output' ? 'Output' : (groups ?? []).map((group) => `_${group}`).join('') || 'Input';
  return components.reference(Class, Class.name || 'Anonymous', variant, suffix, () => objectSchema(Class, components, use));
}

function builtInSchema(type: Function, { direction }: ClassUse): JSONSchema | undefined {
  if (type === FileUpload) return FILE;
  if (type === Array || type === Set) return { type: 'array', items: {} };
  if (type === Map) return { type: 'object' };
  if (type === Object || type === Symbol || type === Function || type === Promise) return {};
  if (type === Buffer || type === Uint8Array || type === ArrayBuffer) {
    // `JSON.stringify` sends bytes as an object.
    return direction === 'output' ? { type: 'object' } : { type: 'string', format: 'binary' };
  }
  return scalarSchema(type);
}

function objectSchema(Class: Function, components: Components, use: ClassUse): JSONSchema {
  const properties = classProperties(Class, components, use);
  const required = properties.filter(({ isRequired }) => isRequired).map(({ sent }) => sent);
  return {
    type: 'object',
    properties: Object.fromEntries(properties.map(({ sent, schema }) => [sent, schema])),
    ...(required.length > 0 && { required }),
    ...(use.unknown === 'refuse' && { additionalProperties: false }),
  };
}

/** Describes the properties of a class. Each property of a query becomes a parameter. */
export function classProperties(Class: Function, components: Components, use: ClassUse = INPUT): DescribedProperty[] {
  const facts = classFacts(Class as Constructor);
  const { groups } = use;
  const validators = metadataByProperty(Class, groups === undefined ? {} : { groups });
  const describe = (property: Property, sent: string): DescribedProperty => {
    const found = validators[property.name] ?? [];
    const schema = propertySchema(property, found, components, use);
    const fallback = Object.hasOwn(facts.sample, property.name) ? jsonValue(facts.sample[property.name]) : undefined;
    const hasDefault = fallback !== undefined && fallback !== null;
    return {
      sent,
      schema: hasDefault && use.direction === 'input' ? { ...schema, default: fallback } : schema,
      isRequired: !hasDefault && rejectsMissing(found),
    };
  };
  if (use.direction === 'output') return outputProperties(Class, facts, describe);
  // A property that `@Exclude` drops on the way in is not part of the input.
  const taken = facts.properties.filter(({ name, isSettable }) => isSettable && !isExcluded(Class, name, 'toClass'));
  return taken.map((property) => describe(property, property.sent));
}

function outputProperties(
  Class: Function,
  { properties, undeclared }: ClassFacts,
  describe: (property: Property, sent: string) => DescribedProperty,
): DescribedProperty[] {
  const known = [...properties, ...undeclared];
  return shapeOf(Class as Constructor).properties.map(({ name, sent, type, isNested, typeFor, transform }) => {
    const property = known.find((one) => one.name === name) ?? plainProperty(name, type, isNested);
    // The value that a function computes is unknown here, and so is a type that depends on the object.
    if (transform !== undefined) return { sent, schema: {}, isRequired: false };
    if (typeFor !== undefined) return describe({ ...property, isNested: false, type: undefined }, sent);
    return describe(isNested ? { ...property, isNested, type: property.type ?? type } : property, sent);
  });
}

/** A property that is known only by its declared type. */
function plainProperty(name: string, type: Function | undefined, isNested: boolean): Property {
  const shape = type === Array ? 'list' : 'one';
  const common = { isTyped: false, isInstance: false, isShapeImplied: false, isDelegated: false, hasTransform: false };
  return {
    name,
    sent: name,
    shape,
    type: shape === 'list' ? undefined : type,
    converter: undefined,
    isNested,
    isSettable: true,
    ...common,
  };
}

function propertySchema(
  property: Property,
  validators: readonly ValidationMetadata[],
  components: Components,
  use: ClassUse,
): JSONSchema {
  const overrides = validators.map(({ context }) => context?.openapi).filter((more) => typeof more === 'object' && more !== null);
  // What a transformation takes is unknown.
  if (use.direction === 'input' && property.hasTransform) return Object.assign({}, ...overrides) as JSONSchema;
  const { shape } = property;
  const type = property.type ?? instanceType(validators);
  const isList = shape !== 'one';
  const own: JSONSchema[] = [];
  const elements: JSONSchema[] = [];
  for (const validator of validators) {
    const { name = '', constraints, each = false } = validator;
    const schema = constraintSchema(name, constraints);
    if (schema !== undefined) (each || (isList && !isListConstraint(name)) ? elements : own).push(schema);
  }
  const isReference = type !== undefined && (property.isNested || validators.some(isNesting));
  // Constraints come before the declared type, because they are more precise: `isInt` on a number.
  if (type !== undefined && isReference) elements.unshift(nestedSchema(property, type, components, use));
  else if (type !== undefined) elements.push(scalarSchema(type) ?? builtInSchema(type, use) ?? {});
  own.push(...presence(validators, isList ? 'array' : [...own, ...elements].find((one) => one.type !== undefined)?.type));
  const schema = isList ? collectionSchema(shape, own, elements, use) : mergeSchemas([...own, ...elements]);
  return Object.assign(acceptsNull(validators) ? orNull(schema) : schema, ...overrides) as JSONSchema;
}

/** What `@IsDefined` and `@IsNotEmpty` demand of a value of a JSON type. A type other than `null` excludes `null` already. */
function presence(validators: readonly ValidationMetadata[], type: JSONSchema['type']): JSONSchema[] {
  const has = (wanted: string): boolean => validators.some(({ name, each = false }) => name === wanted && !each);
  if (has('isNotEmpty') && type === 'string') return [{ minLength: 1 }];
  if (type !== undefined) return [];
  if (has('isNotEmpty')) return [{ not: { enum: ['', null] } }];
  return has('isDefined') ? [{ not: { type: 'null' } }] : [];
}

/** The schema of a nested class: of its subtypes, if a discriminator selects one. */
function nestedSchema({ discriminator }: Property, type: Function, components: Components, use: ClassUse): JSONSchema {
  if (discriminator === undefined) return classSchema(type, components, use);
  const { subTypes } = discriminator;
  const nameIn = (Class: Function): string => discriminatorName(Class, discriminator.property, use);
  const alternatives = subTypes.map(({ value, name: constant }) => {
    const property = nameIn(value);
    const selected = { type: 'object', properties: { [property]: { const: constant } }, required: [property] };
    return { allOf: [classSchema(value, components, use), selected] };
  });
  // Any other value of the discriminator means the base class. A request with it is only valid if the class has validators.
  const property = nameIn(type);
  const other = { not: { required: [property], properties: { [property]: { enum: subTypes.map((one) => one.name) } } } };
  const hasBase = use.direction === 'output' ? shapeOf(type as Constructor).properties.length > 0 : hasValidators(type);
  const base = hasBase ? [{ allOf: [classSchema(type, components, use), other] }] : [];
  return { oneOf: [...alternatives, ...base] };
}

/** The name of a discriminator's property in requests, or in responses, where `@Expose` may give it another one. */
function discriminatorName(Class: Function, property: string, { direction }: ClassUse): string {
  if (direction === 'input') return property;
  return shapeOf(Class as Constructor).properties.find(({ name }) => name === property)?.sent ?? property;
}

function collectionSchema(
  shape: Property['shape'],
  own: readonly JSONSchema[],
  elements: readonly JSONSchema[],
  { direction }: ClassUse,
): JSONSchema {
  const element = mergeSchemas(elements);
  if (shape === 'map') return { type: 'object', additionalProperties: element };
  // Different objects of a set may be sent as equal JSON.
  const isUnique = shape === 'set' && direction === 'input';
  return mergeSchemas([{ type: 'array', items: element }, ...(isUnique ? [{ uniqueItems: true }] : []), ...own]);
}

function isNesting({ type }: ValidationMetadata): boolean {
  return type === NESTED;
}

/** The class of `@IsInstance`, used if the compiler emits no type. */
function instanceType(validators: readonly ValidationMetadata[]): Function | undefined {
  const [type] = validators.find(({ name }) => name === 'isInstance')?.constraints ?? [];
  return typeof type === 'function' ? type : undefined;
}

/** Constraints that accept a missing value. */
const ACCEPT_MISSING = new Set(['isEmpty', 'notEquals', 'isNotIn', 'isOptional']);

/** Whether `null` is valid: a conditional validator skips it, or no validator rejects it. */
function acceptsNull(validators: readonly ValidationMetadata[]): boolean {
  if (validators.length === 0) return false;
  if (validators.some(({ type, constraints, propertyName }) => type === CONDITIONAL && skipsNull(constraints?.[0], propertyName)))
    return true;
  return validators.every(({ type, name = '', constraints = [] }) => {
    if (type === NESTED || type === WHITELIST) return true;
    if (name === 'isNotIn') return !(constraints[0] as unknown[] | undefined)?.includes(null);
    if (name === 'notEquals') return constraints[0] !== null;
    return name === 'isEmpty';
  });
}

/** Whether a condition depends on the value alone, and skips `null`: `@IsOptional`, `@ValidateIf((_, value) => value !== null)`. */
function skipsNull(condition: unknown, property: string): boolean {
  if (typeof condition !== 'function') return false;
  try {
    return !condition({ [property]: null }, null) && Boolean(condition({ [property]: '' }, ''));
  } catch {
    return false;
  }
}

/** Whether a missing value is invalid: a validator rejects it, and no conditional validator applies. */
function rejectsMissing(validators: readonly ValidationMetadata[]): boolean {
  if (validators.some(({ type }) => type === CONDITIONAL)) return false;
  return validators.some(({ type, name = '' }) => {
    if (type === NESTED || type === WHITELIST) return false;
    return type !== CUSTOM || !ACCEPT_MISSING.has(name);
  });
}
