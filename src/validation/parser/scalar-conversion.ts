import { type Converter, INVALID } from '../convert.js';
import type { Property } from '../properties.js';

/** Something that is wrong with plain data before any validator is asked, and where: property names and indexes. */
export interface BuildProblem {
  readonly segments: (string | number)[];
  readonly constraint: string;
  readonly message: string;
  readonly value: unknown;
  /** Told even if a validator has something to say of the same place. */
  readonly isCertain: boolean;
}

/** Makes of one value what a property asks for; what cannot be made stays as it is, and is a problem. */
export type Convert = (value: unknown, problems: BuildProblem[]) => unknown;

/** The conversion of single values of a property (the elements, if it is a list), or `undefined` where they stay as they are. */
export function scalarConversion(property: Property, texts: boolean): Convert | undefined {
  const { converter, name, type } = property;
  if (property.isInstance) return texts ? instanceDemand(name, type as Function) : undefined;
  if (converter === undefined) return undefined;
  return texts ? fromTexts(converter, name) : fromJson(property, converter);
}

function fromTexts(converter: Converter, name: string): Convert {
  return (value, problems) => {
    if (typeof value === 'string') return converted(converter, name, value, problems);
    // A file, where a text is asked for.
    if (typeof value === 'object' && value !== null) problems.push(refusal(converter, name, value));
    return value;
  };
}

function fromJson({ isTyped, type, name }: Property, converter: Converter): Convert | undefined {
  if (type === Date) {
    return (value, problems) => {
      if (typeof value === 'string') return converted(converter, name, value, problems);
      return isTyped && typeof value === 'number' ? new Date(value) : value;
    };
  }
  if (type === BigInt) {
    return (value, problems) => {
      if (typeof value === 'string') return converted(converter, name, value, problems);
      return Number.isSafeInteger(value) ? BigInt(value as number) : value;
    };
  }
  if (!isTyped) return undefined;
  if (type === String) return (value) => (isScalar(value) ? String(value) : value);
  return (value, problems) => (typeof value === 'string' ? converted(converter, name, value, problems) : value);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
}

function converted(converter: Converter, name: string, text: string, problems: BuildProblem[]): unknown {
  const value = converter.convert(text);
  if (value !== INVALID) return value;
  problems.push(refusal(converter, name, text));
  return text;
}

function refusal({ constraint, demand }: Converter, name: string, value: unknown): BuildProblem {
  return { segments: [], constraint, message: `${name} ${demand}`, value, isCertain: false };
}

/** What is declared as an instance of a class (an upload) is no text. */
function instanceDemand(name: string, type: Function): Convert {
  const message = `${name} must be an instance of ${type.name}`;
  return (value, problems) => {
    if (typeof value === 'string') problems.push({ segments: [], constraint: 'isInstance', message, value, isCertain: false });
    return value;
  };
}
