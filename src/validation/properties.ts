import { type ClassProblem, className } from './class-error.js';
import { metadataByProperty, NESTED, type ValidationMetadata } from './compiler/validator-metadata.js';
import { type Converter, converterFor, enumConverter } from './convert.js';
import {
  discriminatorOf,
  hasTransform,
  isExcluded,
  needsObject,
  type PropertyDiscriminator,
  sentName,
  typeMetadata,
} from './transformer-metadata.js';
import { decoratedProperties, type TypeFunction, type TypeMetadata } from './transformer-storage.js';

/** The facts about a property that are independent of its value. */
export interface Property {
  readonly name: string;
  /** The name under which it is sent. */
  readonly sent: string;
  readonly shape: 'one' | 'list' | 'set' | 'map';
  /** The type of the property, or of the elements of the list, set or map. */
  readonly type: Function | undefined;
  readonly converter: Converter | undefined;
  /** Whether `@Type` declares the type. Scalars in JSON are then converted too. */
  readonly isTyped: boolean;
  /** Whether the value must be an instance of a class. No text can be converted to one. */
  readonly isInstance: boolean;
  /** Whether objects are converted to instances of the type. */
  readonly isNested: boolean;
  /** Whether the shape is only implied by validators, so that a list is possible too. */
  readonly isShapeImplied: boolean;
  /** Whether the class of nested objects, or the value itself, is only known when there is data. */
  readonly isDelegated: boolean;
  /** The subclasses that `@Type` names for nested objects. */
  readonly discriminator?: PropertyDiscriminator | undefined;
  /** A `@Type` function that depends on the object. */
  readonly typeFunction?: TypeFunction | undefined;
  /** A subclass of `Array` or `Set` that the list is an instance of. */
  readonly container?: Function | undefined;
  /** Whether a user's function creates the value from the sent one. */
  readonly hasTransform: boolean;
  /** Whether it can be set. A client's value must not replace a method. */
  readonly isSettable: boolean;
}

/** The facts about a class. */
export interface ClassFacts {
  readonly Class: Constructor;
  readonly properties: readonly Property[];
  /** Properties with decorators of `class-transformer` that the validators of the class do not declare. */
  readonly undeclared: readonly Property[];
  /** Whether it has validators, its own or inherited ones. */
  readonly isValidated: boolean;
  /** A new instance. */
  readonly sample: Readonly<Record<string, unknown>>;
  readonly problems: readonly ClassProblem[];
}

export type Constructor = new () => object;

/** The types that validators imply, for compilers that emit no types (esbuild, tsx, standard decorators). */
const IMPLIED: Readonly<Record<string, Function>> = {
  isInt: Number,
  isNumber: Number,
  isPositive: Number,
  isNegative: Number,
  isDivisibleBy: Number,
  min: Number,
  max: Number,
  isBoolean: Boolean,
  isDate: Date,
  minDate: Date,
  maxDate: Date,
};

const SCALARS: ReadonlySet<unknown> = new Set([String, Number, Boolean, BigInt, Symbol, Date, Function]);

/**
 * Collects the facts about a class's properties: from `@Type`, emitted metadata, its validators, and the values of a new
 * instance, in this order.
 */
export function classFacts(Class: Constructor): ClassFacts {
  const problems: ClassProblem[] = [];
  const sample = newSample(Class, problems);
  const validators = metadataByProperty(Class, { always: true });
  const isValidated = Object.keys(validators).length > 0;
  const decorated = decoratedProperties(Class);
  const names = new Set(isValidated ? Object.keys(validators) : [...Object.keys(sample), ...decorated]);
  const factsOf = (name: string) => propertyFacts(Class, name, validators[name] ?? [], sample, problems);
  const properties = [...names].map(factsOf);
  const undeclared = decorated.filter((name) => !names.has(name)).map(factsOf);
  if (problems.length === 0) problems.push(...findStrayDecorators(Class, validators, sample));
  return { Class, properties, undeclared, isValidated, sample, problems };
}

function newSample(Class: Constructor, problems: ClassProblem[]): Record<string, unknown> {
  try {
    return new Class() as Record<string, unknown>;
  } catch (error) {
    const isEndless = error instanceof RangeError;
    const text = isEndless
      ? 'creates objects without end: a default value refers to the class itself'
      : `cannot be created without arguments (${error instanceof Error ? error.message : String(error)})`;
    const cure = isEndless
      ? 'remove that default value'
      : 'its constructor must work without arguments, because the values are set afterwards';
    problems.push({ Class, text, cure });
    return {};
  }
}

function propertyFacts(
  Class: Constructor,
  name: string,
  validators: readonly ValidationMetadata[],
  sample: Readonly<Record<string, unknown>>,
  problems: ClassProblem[],
): Property {
  const metadata = typeMetadata(Class, name);
  const explicitType = metadata === undefined ? undefined : declaredByType(Class, name, metadata, problems);
  const declared = declaredType(Class, name, sample);
  const implied = impliedType(validators);
  const declaredShape = shapeOf(declared) ?? shapeOf(explicitType);
  const discriminator = discriminatorOf(metadata);
  const typeFunction = metadata !== undefined && needsObject(metadata) ? metadata.typeFunction : undefined;
  const isTyped = explicitType !== undefined || discriminator !== undefined || typeFunction !== undefined;
  const isShapeImplied = declaredShape === undefined && (declared === undefined || isTyped);
  const shape = declaredShape ?? (isShapeImplied && implied.isList ? 'list' : 'one');
  const inferredType = shape === 'one' && declared !== undefined ? declared : implied.type;
  const type = shapeOf(explicitType) === undefined ? (explicitType ?? inferredType) : undefined;
  const converter = converterFor(type) ?? (type === undefined ? implied.converter : undefined);
  const transform = hasTransform(Class, name, 'toClass');
  const isClass = type !== undefined && !SCALARS.has(type) && type !== Object && explicitType !== Buffer;
  const isNested = isClass && (explicitType !== undefined || hasValidators(type) || decoratedProperties(type).length > 0);
  return {
    name,
    sent: sentName(Class, name),
    shape,
    type,
    converter,
    isTyped,
    isInstance: isClass && !isNested,
    isNested,
    isShapeImplied,
    isDelegated: transform || discriminator !== undefined || typeFunction !== undefined || isExcluded(Class, name, 'toClass'),
    hasTransform: transform,
    isSettable: isSettable(Class, name, sample),
    discriminator,
    typeFunction,
    container: isSubclass(declared, Array) || isSubclass(declared, Set) ? declared : undefined,
  };
}

/** The shape of values of a type: a list, a set, a map, or `undefined` for single values. */
function shapeOf(type: Function | undefined): Property['shape'] | undefined {
  if (type === Map) return 'map';
  if (type === Array || isSubclass(type, Array)) return 'list';
  return type === Set || isSubclass(type, Set) ? 'set' : undefined;
}

function isSubclass(type: Function | undefined, Base: Function): boolean {
  return type?.prototype instanceof Base;
}

/** The type that `@Type` declares, if it does not depend on an object. */
function declaredByType(
  Class: Function,
  property: string,
  metadata: TypeMetadata,
  problems: ClassProblem[],
): Function | undefined {
  if (metadata.typeFunction === undefined || needsObject(metadata)) return undefined;
  let type: unknown;
  try {
    type = metadata.typeFunction();
  } catch (error) {
    const text = `has a @Type that fails (${error instanceof Error ? error.message : String(error)})`;
    problems.push({ Class, property, text, cure: 'declare the class before it is used' });
    return undefined;
  }
  if (typeof type === 'function') return type === Object ? undefined : type;
  const text = `has a @Type that gives ${type === undefined ? 'undefined' : `${String(type)}, which is not a class`}`;
  const cure = 'it must return a class. Two files that import each other may see an undefined class';
  problems.push({ Class, property, text, cure });
  return undefined;
}

/** The emitted type, or the type of a new instance's value. `Object` means that there is no class: interfaces, unions. */
function declaredType(Class: Constructor, name: string, sample: Readonly<Record<string, unknown>>): Function | undefined {
  const emitted = emittedType(Class, name);
  if (emitted !== undefined && emitted !== Object) return emitted;
  const value = Object.hasOwn(sample, name) ? sample[name] : undefined;
  const type = value === undefined || value === null ? undefined : (Object(value).constructor as Function | undefined);
  return type === Object ? undefined : type;
}

export function emittedType(Class: Function, name: string): Function | undefined {
  const emitted: unknown = Reflect.getMetadata?.('design:type', Class.prototype as object, name);
  return typeof emitted === 'function' ? emitted : undefined;
}

interface Implied {
  isList: boolean;
  type: Function | undefined;
  converter: Converter | undefined;
}

function impliedType(validators: readonly ValidationMetadata[]): Implied {
  const implied: Implied = { isList: false, type: undefined, converter: undefined };
  for (const { name = '', each = false, constraints = [] } of validators) {
    if (each || /^(?:isArray|array[A-Z].*)$/.test(name)) implied.isList = true;
    if (Object.hasOwn(IMPLIED, name)) implied.type = IMPLIED[name];
    const [first] = constraints;
    if (name === 'isIn' && Array.isArray(first) && first.length > 0) {
      if (first.every((one) => typeof one === 'number')) implied.type ??= Number;
      if (first.every((one) => typeof one === 'boolean')) implied.type ??= Boolean;
    }
    if (name === 'isEnum' && typeof first === 'object' && first !== null) implied.converter = enumConverter(first);
  }
  return implied;
}

const validated = new WeakMap<Function, boolean>();

/** Whether a class has validators, its own or inherited ones. */
export function hasValidators(Class: Function): boolean {
  let known = validated.get(Class);
  if (known !== true) {
    known = Object.keys(metadataByProperty(Class, { always: true })).length > 0;
    validated.set(Class, known);
  }
  return known;
}

/** Whether a client's value can be assigned: not over a method such as `toString`, and not without a setter. */
export function isSettable(Class: Function, name: string, sample: Readonly<Record<string, unknown>>): boolean {
  if (name === '__proto__' || name === 'constructor') return false;
  if (Object.hasOwn(sample, name)) return typeof sample[name] !== 'function';
  for (let owner = Class.prototype as object | null; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const member = Object.getOwnPropertyDescriptor(owner, name);
    if (member === undefined) continue;
    return typeof member.value !== 'function' && (member.get === undefined || member.set !== undefined);
  }
  return true;
}

/** Nested objects whose class is unknown or wrong. They would all be rejected, whatever they contain. */
export function nestingProblem(
  Class: Constructor,
  property: Property,
  validators: readonly ValidationMetadata[],
  allowsUnknown: boolean,
): ClassProblem | undefined {
  if (!validators.some(({ type }) => type === NESTED)) return undefined;
  if (property.isDelegated) return discriminatorProblem(Class, property, allowsUnknown);
  const { name, type, shape } = property;
  if (type === undefined || type === Object) {
    const what = shape === 'one' ? 'an object' : `a ${shape} of objects`;
    return { Class, property: name, text: `nests ${what} of an unknown class`, cure: 'add @Type(() => …) to it' };
  }
  if (SCALARS.has(type)) {
    const text = `is validated as a nested object, but is declared as ${type.name}`;
    return { Class, property: name, text, cure: 'declare its class, or remove @ValidateNested()' };
  }
  if (allowsUnknown || hasValidators(type)) return undefined;
  const text = `nests objects of ${className(type)}, which has no validators, so that all of them are rejected`;
  return { Class, property: name, text, cure: `decorate the properties of ${className(type)}, or remove @ValidateNested()` };
}

/** A discriminator with subclasses that have no validators. Objects of any of them would be rejected. */
function discriminatorProblem(
  Class: Constructor,
  { name, type, discriminator, hasTransform: hasFunction }: Property,
  allowsUnknown: boolean,
): ClassProblem | undefined {
  if (discriminator === undefined || hasFunction || allowsUnknown) return undefined;
  const classes = [...discriminator.subTypes.map(({ value }) => value), ...(type === undefined ? [] : [type])];
  if (classes.some(hasValidators)) return undefined;
  const names = discriminator.subTypes.map(({ value }) => className(value)).join(', ');
  const text = `nests objects of subclasses without validators (${names}), so that all of them are rejected`;
  return { Class, property: name, text, cure: 'decorate the properties of these classes, or remove @ValidateNested()' };
}

/**
 * Finds validators on properties that the class does not have. TypeScript emits a type for every decorated property, if it emits
 * any. A property without an emitted type was decorated by name and is neither a field nor an accessor.
 */
function findStrayDecorators(
  Class: Constructor,
  validators: Readonly<Record<string, readonly ValidationMetadata[]>>,
  sample: Readonly<Record<string, unknown>>,
): ClassProblem[] {
  const emits = new Set<unknown>();
  for (const [name, all] of Object.entries(validators)) {
    for (const { target } of all) if (hasOwnType(target, name)) emits.add(target);
  }
  return Object.entries(validators).flatMap(([property, all]) => {
    const [first] = all;
    if (first === undefined || property in sample || all.some(({ target }) => !emits.has(target) || hasOwnType(target, property)))
      return [];
    const known = Object.keys(validators).filter((name) => name !== property);
    const text = 'has validators, but the class has no such property';
    return [{ Class, property, text, cure: `declare it, or use the name of an existing one (${known.join(', ')})` }];
  });
}

function hasOwnType(target: unknown, name: string): boolean {
  return typeof target === 'function' && Reflect.hasOwnMetadata?.('design:type', target.prototype as object, name) === true;
}
