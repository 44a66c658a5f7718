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
import { nameInPlain } from '../validation/transformer-metadata.js';
import type { Components } from './components.js';
import { constraintSchema, isListConstraint } from './constraint-schema.js';
import { FILE, jsonValue, mergeSchemas, scalarSchema } from './keywords.js';

/** How a class is read: as what clients send, or as what they get. */
export interface ClassUse {
  readonly direction: 'input' | 'output';
  readonly groups?: readonly string[] | undefined;
  readonly unknown?: 'drop' | 'keep' | 'refuse' | undefined;
}

const INPUT: ClassUse = { direction: 'input' };

/** A property as it is sent. */
export interface DescribedProperty {
  readonly sent: string;
  readonly schema: JSONSchema;
  readonly isRequired: boolean;
}

/** A reference to the schema of a class; of what is no class of the application's, the schema itself. */
export function classSchema(Class: Function, components: Components, use: ClassUse = INPUT): JSONSchema {
  const known = builtIn(Class) ?? (use.direction === 'output' && hasToJson(Class) ? {} : undefined);
  if (known !== undefined) return known;
  const { direction, groups, unknown } = use;
  const variant = JSON.stringify([direction, groups, unknown]);
  const suffix = direction === 'output' ? 'Output' : (groups ?? []).map((group) => `_${group}`).join('') || 'Input';
  return components.reference(Class, Class.name || 'Anonymous', variant, suffix, () => objectSchema(Class, components, use));
}

function builtIn(type: Function): JSONSchema | undefined {
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

/** The properties of a class one by one: of a query, each is a parameter. */
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
      isRequired: !hasDefault && demandsValue(found),
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
  return shapeOf(Class as Constructor).properties.map(({ name, sent, type, isNested }) => {
    const property = properties.find((one) => one.name === name) ?? plainProperty(name, type, isNested);
    // What a function makes of it is not known.
    if (sent === undefined) return { sent: nameInPlain(Class, name), schema: {}, isRequired: false };
    return describe(isNested ? { ...property, isNested, type: property.type ?? type } : property, sent);
  });
}

/** A property that nothing but its declared type says anything of. */
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
  // What the constraints say of the type is nearer to the truth: an `isInt` on a number.
  if (type !== undefined && isReference) elements.unshift(classSchema(type, components, use));
  else if (type !== undefined) elements.push(scalarSchema(type) ?? builtIn(type) ?? {});
  const isText = !isList && [...own, ...elements].some(({ type: one }) => one === 'string');
  if (isText && validators.some(({ name }) => name === 'isNotEmpty')) own.push({ minLength: 1 });
  const said = validators.map(({ context }) => context?.openapi).filter((more) => typeof more === 'object' && more !== null);
  const schema = isList ? collectionSchema(shape, own, elements) : mergeSchemas([...own, ...elements]);
  return Object.assign(schema, ...said) as JSONSchema;
}

function collectionSchema(shape: Property['shape'], own: readonly JSONSchema[], elements: readonly JSONSchema[]): JSONSchema {
  const element = mergeSchemas(elements);
  if (shape === 'map') return { type: 'object', additionalProperties: element };
  return mergeSchemas([{ type: 'array', items: element }, ...(shape === 'set' ? [{ uniqueItems: true }] : []), ...own]);
}

function isNesting({ type }: ValidationMetadata): boolean {
  return type === NESTED;
}

/** The class that `@IsInstance` names, where no type is emitted. */
function instanceType(validators: readonly ValidationMetadata[]): Function | undefined {
  const [type] = validators.find(({ name }) => name === 'isInstance')?.constraints ?? [];
  return typeof type === 'function' ? type : undefined;
}

/** Constraints that a missing value satisfies. */
const LENIENT = new Set(['isEmpty', 'notEquals', 'isNotIn', 'isOptional']);

/** Whether a missing value is an error: a validator stands on the property that none excuses. */
function demandsValue(validators: readonly ValidationMetadata[]): boolean {
  if (validators.some(({ type }) => type === CONDITIONAL)) return false;
  return validators.some(({ type, name = '' }) => {
    if (type === NESTED || type === WHITELIST) return false;
    return type !== CUSTOM || !LENIENT.has(name);
  });
}
