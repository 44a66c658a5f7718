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
import { classFacts, type ClassFacts, type Constructor, type Property } from '../validation/properties.js';
import { hasToJson, shapeOf } from '../validation/serializer/shape.js';
import type { Components } from './components.js';
import { constraintSchema, isListConstraint } from './constraint-schema.js';
import { FILE, jsonValue, mergeSchemas, scalarSchema } from './keywords.js';

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
  const inline = builtInSchema(Class) ?? (use.direction === 'output' && hasToJson(Class) ? {} : undefined);
  if (inline !== undefined) return inline;
  const { direction, groups, unknown } = use;
  const variant = JSON.stringify([direction, groups, unknown]);
  const suffix = direction === 'output' ? 'Output' : (groups ?? []).map((group) => `_${group}`).join('') || 'Input';
  return components.reference(Class, Class.name || 'Anonymous', variant, suffix, () => objectSchema(Class, components, use));
}

function builtInSchema(type: Function): JSONSchema | undefined {
  if (type === FileUpload) return FILE;
  if (type === Array || type === Set) return { type: 'array', items: {} };
  if (type === Map) return { type: 'object' };
  if (type === Object || type === Symbol || type === Function || type === Promise) return {};
  if (type === Buffer || type === Uint8Array || type === ArrayBuffer) return { type: 'string', format: 'binary' };
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
  return facts.properties.filter(({ isSettable }) => isSettable).map((property) => describe(property, property.sent));
}

function outputProperties(
  Class: Function,
  { properties }: ClassFacts,
  describe: (property: Property, sent: string) => DescribedProperty,
): DescribedProperty[] {
  return shapeOf(Class as Constructor).properties.map(({ name, sent, type, isNested, transform }) => {
    const property = properties.find((one) => one.name === name) ?? plainProperty(name, type, isNested);
    // The value that a function computes is unknown here.
    if (transform !== undefined) return { sent, schema: {}, isRequired: false };
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
  if (type !== undefined && isReference) elements.unshift(classSchema(type, components, use));
  else if (type !== undefined) elements.push(scalarSchema(type) ?? builtInSchema(type) ?? {});
  const isText = !isList && [...own, ...elements].some(({ type: one }) => one === 'string');
  if (isText && validators.some(({ name }) => name === 'isNotEmpty')) own.push({ minLength: 1 });
  const overrides = validators.map(({ context }) => context?.openapi).filter((more) => typeof more === 'object' && more !== null);
  const schema = isList ? collectionSchema(shape, own, elements) : mergeSchemas([...own, ...elements]);
  return Object.assign(schema, ...overrides) as JSONSchema;
}

function collectionSchema(shape: Property['shape'], own: readonly JSONSchema[], elements: readonly JSONSchema[]): JSONSchema {
  const element = mergeSchemas(elements);
  if (shape === 'map') return { type: 'object', additionalProperties: element };
  return mergeSchemas([{ type: 'array', items: element }, ...(shape === 'set' ? [{ uniqueItems: true }] : []), ...own]);
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

/** Whether a missing value is invalid: a validator rejects it, and no conditional validator applies. */
function rejectsMissing(validators: readonly ValidationMetadata[]): boolean {
  if (validators.some(({ type }) => type === CONDITIONAL)) return false;
  return validators.some(({ type, name = '' }) => {
    if (type === NESTED || type === WHITELIST) return false;
    return type !== CUSTOM || !ACCEPT_MISSING.has(name);
  });
}
