import { isClassNamed } from '../../support/brand.js';
import type { ParameterSource } from '../decorators/route-options.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Target } from './target-type.js';

/** The part of its source that a decorated parameter binds: one value, or all values. */
interface ParameterInput {
  /** The name of the value in the request; `undefined` if the parameter binds all values. */
  readonly name: string | undefined;
  /** Whether the parameter binds all values without conversion, as a `FormsDict` or `HeaderDict`. */
  readonly isDictionary: boolean;
}

const DICTIONARY: ParameterInput = { name: undefined, isDictionary: true };

/** Decides which value of its source a parameter binds. The name in its decorator comes first, then its type and its own name. */
export function inputOf(parameter: Parameter, source: ParameterSource, target: Target): ParameterInput {
  if (source.name !== undefined) return { name: source.name, isDictionary: false };
  if (source.kind === 'header' ? isHeaderDict(target) : isFormsDict(target)) return DICTIONARY;
  return { name: defaultName(parameter, source, target), isDictionary: false };
}

function defaultName({ name }: Parameter, { kind }: ParameterSource, { isList, converter }: Target): string | undefined {
  switch (kind) {
    case 'query':
    case 'form':
      // A scalar cannot be a whole object, so it is the value with the name of the parameter.
      return isList || converter !== undefined ? name : undefined;
    case 'header':
      return headerName(name);
    case 'body':
      return undefined;
    default:
      return name;
  }
}

/** Converts the name of a parameter to that of a header: `userAgent` to `user-agent`. */
function headerName(name: string | undefined): string | undefined {
  return name?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-');
}

function isFormsDict({ type, isList }: Target): boolean {
  return !isList && isClassNamed(type, 'FormsDict');
}

function isHeaderDict({ type }: Target): boolean {
  return isClassNamed(type, 'HeaderDict');
}
