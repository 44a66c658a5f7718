import type { Filter, FilterType } from './filters.js';
import type { Pattern } from './pattern.js';

/** A wildcard of a rule, as it was written. */
interface Wildcard {
  /** `undefined` for an anonymous wildcard. */
  readonly name: string | undefined;
  /** The filter's name; `'default'` for `<name>`. */
  readonly filter: string;
  readonly config: string | undefined;
  /** The type of its value, if the filter declares it. */
  readonly type: FilterType | undefined;
}

/** A wildcard with its compiled pattern and filter. */
export interface CompiledWildcard extends Wildcard {
  readonly pattern: Pattern;
  readonly compiledFilter: Filter;
}

/** An element of a rule: literal text, or a wildcard. */
export type Part = string | CompiledWildcard;
