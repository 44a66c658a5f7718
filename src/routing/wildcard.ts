import type { Filter, FilterType } from './filters.js';
import type { Pattern } from './pattern.js';

/** A wildcard of a rule, as it was written. */
export interface Wildcard {
  /** `undefined` if it is anonymous. */
  readonly name: string | undefined;
  /** The filter's name; `'default'` for `<name>`. */
  readonly filter: string;
  readonly config: string | undefined;
  /** What its value is, if the filter tells. */
  readonly type: FilterType | undefined;
}

/** A wildcard with all that matching it takes. */
export interface CompiledWildcard extends Wildcard {
  readonly pattern: Pattern;
  readonly made: Filter;
}

/** A piece of a rule: literal text, or a wildcard. */
export type Part = string | CompiledWildcard;
