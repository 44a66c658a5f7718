import { validationMetadata } from './class-validator.js';
import { type Converter, converterFor } from './convert.js';

/** What is known of a property before it has a value. */
export interface PropertyType {
  readonly isList: boolean;
  /** Of the property, or of the list's elements. */
  readonly type: Function | undefined;
  readonly converter: Converter | undefined;
}

/** The types that validators imply, for compilers that emit none (esbuild, tsx, standard decorators). */
const IMPLIED: Record<string, Function> = {
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

/** Reads what a class tells of its properties' types: emitted metadata, else its validators, else the values of new instances. */
export function propertyTypes(Class: new () => object): (name: string) => PropertyType {
  const implied = new Map<string, { isList: boolean; type: Function | undefined }>();
  for (const { propertyName, name = '', each = false } of validationMetadata(Class)) {
    const before = implied.get(propertyName);
    const type = Object.hasOwn(IMPLIED, name) ? IMPLIED[name] : undefined;
    const isList = each || /^(?:isArray|array[A-Z].*)$/.test(name);
    implied.set(propertyName, { isList: isList || before?.isList === true, type: type ?? before?.type });
  }
  const defaults = sample(Class);
  return (name) => {
    const emitted = Reflect.getMetadata?.('design:type', Class.prototype as object, name) as Function | undefined;
    const known = implied.get(name);
    const byDefault = Object.hasOwn(defaults, name) ? typeOf(defaults[name]) : undefined;
    const declared = emitted === undefined || emitted === Object ? byDefault : emitted;
    const isList = declared === Array || (declared === undefined && known?.isList === true);
    const type = isList || declared === undefined ? known?.type : declared;
    return { isList, type, converter: converterFor(type) };
  };
}

/** The names of the properties that new instances have. */
export function fieldNames(Class: new () => object): Set<string> {
  return new Set(Object.keys(sample(Class)));
}

function sample(Class: new () => object): Record<string, unknown> {
  try {
    return new Class() as Record<string, unknown>;
  } catch {
    // It wants arguments. What is wrong with that shows when an instance is really needed.
    return {};
  }
}

function typeOf(value: unknown): Function | undefined {
  return value === undefined || value === null ? undefined : (Object(value).constructor as Function | undefined);
}
