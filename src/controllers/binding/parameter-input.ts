import { FormsDict } from '../../http/body/urlencoded.js';
import { HeaderDict } from '../../http/fields/headers.js';
import type { ParameterSource } from '../decorators/route-options.js';
import type { Parameter } from '../decorators/parameter.js';
import type { Target } from './target-type.js';

/** What a decorated parameter takes of its source: one value, or all there is. */
export interface ParameterInput {
  /** The name that clients send the value under; `undefined` where the parameter takes all there is. */
  readonly name: string | undefined;
  /** Whether it takes all as a `FormsDict` or `HeaderDict`, as it came. */
  readonly isDictionary: boolean;
}

const DICTIONARY: ParameterInput = { name: undefined, isDictionary: true };

/** Decides which value of its source a parameter takes: the one that its decorator names, else what its type and name say. */
export function inputOf(parameter: Parameter, source: ParameterSource, target: Target): ParameterInput {
  if (source.name !== undefined) return { name: source.name, isDictionary: false };
  if (source.kind === 'header' ? isHeaderDict(target) : isFormsDict(target)) return DICTIONARY;
  return { name: ownName(parameter, source, target), isDictionary: false };
}

function ownName({ name }: Parameter, { kind }: ParameterSource, { isList, converter }: Target): string | undefined {
  switch (kind) {
    case 'query':
    case 'form':
      // A declared scalar without a name can only mean the value of its own name.
      return isList || converter !== undefined ? name : undefined;
    case 'header':
      return dashed(name);
    case 'body':
      return undefined;
    default:
      return name;
  }
}

/** `userAgent` stands for `user-agent`. */
function dashed(name: string | undefined): string | undefined {
  return name?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-');
}

function isFormsDict({ type, isList }: Target): boolean {
  // By the prototype: the class that users import makes dictionaries with attribute access, of this one.
  return !isList && typeof type === 'function' && type.prototype === FormsDict.prototype;
}

function isHeaderDict({ type }: Target): boolean {
  return type === (HeaderDict as unknown);
}
