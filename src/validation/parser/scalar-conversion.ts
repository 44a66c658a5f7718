import { type Converter, INVALID } from '../convert.js';
import type { Property } from '../properties.js';

/** A problem with plain data that occurs before the validators run, with its path of property names and indexes. */
export interface BuildProblem {
  readonly segments: (string | number)[];
  readonly constraint: string;
  readonly message: string;
  readonly value: unknown;
  /** Whether it is reported even if a validator reports an error at the same position. */
  readonly isAlwaysReported: boolean;
}

/** Converts a value to the type of a property. A value that cannot be converted stays unchanged and becomes a problem. */
type Convert = (value: unknown, problems: BuildProblem[]) => unknown;

/** The conversion of single values of a property (the elements of a list), or `undefined` if they stay unchanged. */
export function scalarConversion(property: Property, texts: boolean): Convert | undefined {
  const { converter, name, type } = property;
  if (property.isInstance) return texts ? requireInstance(name, type as Function) : undefined;
  if (converter === undefined) return undefined;
  return texts ? fromTexts(converter, name) : fromJson(property, converter);
}

function fromTexts(converter: Converter, name: string): Convert {
  return (value, problems) => {
    if (typeof value === 'string') return convertText(converter, name, value, problems);
    // A file instead of a text.
    if (typeof value === 'object' && value !== null) problems.push(conversionProblem(converter, name, value));
    return value;
  };
}

function fromJson({ isTyped, type, name }: Property, converter: Converter): Convert | undefined {
  if (type === Date) {
    return (value, problems) => {
      if (typeof value === 'string') return convertText(converter, name, value, problems);
      return isTyped && typeof value === 'number' ? new Date(value) : value;
    };
  }
  if (type === BigInt) {
    return (value, problems) => {
      if (typeof value === 'string') return convertText(converter, name, value, problems);
      return Number.isSafeInteger(value) ? BigInt(value as number) : value;
    };
  }
  if (!isTyped) return undefined;
  if (type === String) return (value) => (isScalar(value) ? String(value) : value);
  return (value, problems) => (typeof value === 'string' ? convertText(converter, name, value, problems) : value);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
}

function convertText(converter: Converter, name: string, text: string, problems: BuildProblem[]): unknown {
  const value = converter.convert(text);
  if (value !== INVALID) return value;
  problems.push(conversionProblem(converter, name, text));
  return text;
}

function conversionProblem({ constraint, requirement }: Converter, name: string, value: unknown): BuildProblem {
  return { segments: [], constraint, message: `${name} ${requirement}`, value, isAlwaysReported: false };
}

/** A text cannot become an instance of a class, such as an upload. */
function requireInstance(name: string, type: Function): Convert {
  const message = `${name} must be an instance of ${type.name}`;
  return (value, problems) => {
    if (typeof value === 'string')
      problems.push({ segments: [], constraint: 'isInstance', message, value, isAlwaysReported: false });
    return value;
  };
}

/**
 * The conversion of `class-transformer` to a type. It applies to values that a function of the user gets afterwards, which may
 * expect its results: `NaN` for a text that is not a number.
 */
export function looseConversion(type: unknown): Convert | undefined {
  const convert = LOOSE.get(type);
  if (convert === undefined) return undefined;
  return (value) => {
    if (value === null || value === undefined) return value;
    try {
      return convert(value);
    } catch {
      // An object with keys such as `toString` and `valueOf`, or anything that no buffer can be made of.
      return value;
    }
  };
}

const LOOSE = new Map<unknown, (value: unknown) => unknown>([
  [String, String],
  [Number, Number],
  [Boolean, Boolean],
  [Date, (value) => (value instanceof Date ? new Date(value.getTime()) : new Date(value as string | number))],
  [Buffer, (value) => Buffer.from(value as string)],
]);

/** Prefixes the paths of new problems with a segment. */
export function prefixPaths(problems: BuildProblem[], since: number, segment: string | number): void {
  for (let i = since; i < problems.length; i++) problems[i]?.segments.unshift(segment);
}
