import type { Constructor, Property } from '../properties.js';
import { converterFor } from '../convert.js';
import type { Builders, Plain } from './instance-builder.js';
import { type BuildProblem, looseConversion, prefixPaths, scalarConversion } from './scalar-conversion.js';

/**
 * Converts the value of a property, or an element of it.
 *
 * @param plain the object that has the value
 * @param instance the object that is being built from it
 */
export type ConvertValue = (value: unknown, problems: BuildProblem[], plain: Plain, instance: object) => unknown;

/** The result of a conversion to no value: an empty field of a form is a missing number. */
export const ABSENT: unique symbol = Symbol('absent');

/** The circumstances of a property's conversion. */
interface ConversionScope {
  readonly builders: Builders;
  /** Whether the values are texts. */
  readonly texts: boolean;
  /** Whether nested objects will be validated in the requested groups. */
  readonly isNestingActive: boolean;
}

/** The conversion of a property's value: a single value, or all elements of a list, set or map. `undefined` if it stays unchanged. */
export function valueConversion(property: Property, scope: ConversionScope): ConvertValue | undefined {
  // Without `@Type`, a function gets the value as it was sent.
  if (property.hasTransform && !property.isTyped) return undefined;
  const { shape, isShapeImplied } = property;
  const element = elementConversion(property, scope);
  const convert = shape === 'one' && !isShapeImplied ? element : collectionConversion(property, element);
  // A function gets the texts as they were sent.
  if (!scope.texts || property.hasTransform) return convert;
  if (shape === 'one') {
    const isBlankAbsent = property.converter?.acceptsBlank === false;
    return (value, problems, plain, instance) => {
      const last: unknown = Array.isArray(value) ? value[value.length - 1] : value;
      if (isBlankAbsent && typeof last === 'string' && last.trim() === '') return ABSENT;
      return convert === undefined ? last : convert(last, problems, plain, instance);
    };
  }
  if (shape === 'map') return convert;
  return (value, problems, plain, instance) => {
    const list: unknown = Array.isArray(value) ? value : [value];
    return convert === undefined ? list : convert(list, problems, plain, instance);
  };
}

function collectionConversion(property: Property, element: ConvertValue | undefined): ConvertValue | undefined {
  const { shape, isShapeImplied } = property;
  if (shape === 'map') return mapConversion(element);
  // `@Type` also converts a single value instead of a list.
  const single = isShapeImplied || property.isTyped ? element : undefined;
  if (shape === 'set') return setConversion(element, property.container, single);
  const Container = property.container as (new () => unknown[]) | undefined;
  if (element === undefined && Container === undefined) {
    return shape === 'list' ? (value) => (Array.isArray(value) || !(value instanceof Set) ? value : [...value]) : undefined;
  }
  const list = (values: readonly unknown[], problems: BuildProblem[], plain: Plain, instance: object): unknown[] => {
    const made: unknown[] = [];
    for (let i = 0; i < values.length; i++) {
      const before = problems.length;
      const value = values[i];
      if (Array.isArray(value)) made.push(list(value, problems, plain, instance));
      else made.push(element === undefined ? value : element(value, problems, plain, instance));
      if (problems.length !== before) prefixPaths(problems, before, i);
    }
    return made;
  };
  const set = setConversion(element);
  const map = mapConversion(element);
  return (value, problems, plain, instance) => {
    if (Array.isArray(value)) {
      const made = list(value, problems, plain, instance);
      return Container === undefined ? made : fill(new Container(), made);
    }
    if (value instanceof Set) {
      return isShapeImplied ? set(value, problems, plain, instance) : list([...value], problems, plain, instance);
    }
    if (single === undefined || (value instanceof Map && !isShapeImplied)) return value;
    return value instanceof Map ? map(value, problems, plain, instance) : single(value, problems, plain, instance);
  };
}

function fill(list: unknown[], values: readonly unknown[]): unknown[] {
  for (const value of values) list.push(value);
  return list;
}

function setConversion(element: ConvertValue | undefined, Container?: Function, single?: ConvertValue): ConvertValue {
  return (value, problems, plain, instance) => {
    if (!Array.isArray(value) && !(value instanceof Set)) {
      return single === undefined || value instanceof Map ? value : single(value, problems, plain, instance);
    }
    const made = Container === undefined ? new Set<unknown>() : new (Container as new () => Set<unknown>)();
    let index = 0;
    for (const one of value) {
      const before = problems.length;
      made.add(element === undefined ? one : element(one, problems, plain, instance));
      if (problems.length !== before) prefixPaths(problems, before, index);
      index++;
    }
    return made;
  };
}

function mapConversion(element: ConvertValue | undefined): ConvertValue {
  return (value, problems, plain, instance) => {
    const isMap = value instanceof Map;
    const record = isMap ? undefined : recordOf(value);
    if (!isMap && record === undefined) return value;
    const made = new Map<unknown, unknown>();
    for (const [key, one] of isMap ? (value as Map<unknown, unknown>) : Object.entries(record as Plain)) {
      const before = problems.length;
      made.set(key, element === undefined ? one : element(one, problems, plain, instance));
      if (problems.length !== before) prefixPaths(problems, before, String(key));
    }
    return made;
  };
}

/** The conversion of a single value. */
function elementConversion(property: Property, scope: ConversionScope): ConvertValue | undefined {
  const { typeFunction } = property;
  if (typeFunction === undefined) return conversionTo(property.type, property, scope);
  return (value, problems, plain, instance) => {
    const type = typeFunction({ newObject: instance, object: plain, property: property.name });
    const convert = conversionTo(typeof type === 'function' ? type : undefined, withType(property, type), scope);
    return convert === undefined ? value : convert(value, problems, plain, instance);
  };
}

function withType(property: Property, type: unknown): Property {
  const converter = converterFor(type);
  const isNested = typeof type === 'function' && type !== Object && type !== Buffer && converter === undefined;
  return { ...property, type: type as Function | undefined, converter, isNested, isInstance: false };
}

function conversionTo(type: Function | undefined, property: Property, scope: ConversionScope): ConvertValue | undefined {
  const { builders, isNestingActive, texts } = scope;
  if (property.discriminator !== undefined) return subclassConversion(type, property, scope);
  if (property.isNested) {
    const build = builders.for(type as Constructor, isNestingActive);
    return (value, problems) => {
      const record = recordOf(value);
      return record === undefined ? value : build(record, problems);
    };
  }
  if (property.isTyped && (property.hasTransform || type === Buffer)) return looseConversion(type);
  return scalarConversion(property, texts);
}

/** Builds an instance of the subclass that an object names. */
function subclassConversion(type: Function | undefined, property: Property, scope: ConversionScope): ConvertValue {
  const { builders, isNestingActive } = scope;
  const { property: key, subTypes, isKept } = property.discriminator as NonNullable<Property['discriminator']>;
  return (value, problems) => {
    const record = recordOf(value);
    if (record === undefined) return value;
    const named = Object.hasOwn(record, key) ? subTypes.find(({ name }) => name === record[key])?.value : undefined;
    const { [key]: _, ...others } = record;
    const plain = isKept ? record : others;
    const Class = named ?? type;
    if (Class !== undefined && Class !== Object) return builders.for(Class as Constructor, isNestingActive)(plain, problems);
    // A client's `constructor` must not be taken for the class of the object.
    const { constructor: __, ...kept } = plain;
    return kept;
  };
}

/** An object whose properties can be read, or `undefined`. A map is read as an object of its entries. */
export function recordOf(value: unknown): Plain | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.getPrototypeOf(value) === Object.prototype) return value as Plain;
  if (value instanceof Map) return Object.fromEntries(value) as Plain;
  const isOther =
    Array.isArray(value) ||
    value instanceof Set ||
    value instanceof Date ||
    value instanceof Promise ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value);
  return isOther ? undefined : (value as Plain);
}
