import { RouteSyntaxError } from './route-error.js';
import { builtinFilters, type Filter, type FilterFactory } from './filters.js';
import { nearest } from '../support/nearest.js';
import { compilePattern, type Pattern } from './pattern.js';
import type { CompiledWildcard } from './wildcard.js';

/** The filters of one router, and a cache of their compiled patterns. Rules use few different patterns, and compiling is slow. */
export class FilterTable {
  readonly #factories = builtinFilters();
  readonly #patterns = new Map<string, Pattern>();

  add(name: string, factory: FilterFactory): void {
    if (!/^[a-zA-Z_]+$/.test(name)) {
      throw new TypeError(
        `A filter cannot be called ${JSON.stringify(name)}: use letters and underscores, so that rules can name it.`,
      );
    }
    this.#factories.set(name, factory);
  }

  /**
   * Compiles a wildcard of `rule`.
   *
   * @throws RouteSyntaxError for an unknown filter or an invalid pattern
   */
  wildcard(rule: string, name: string | undefined, filterName: string, config: string | undefined): CompiledWildcard {
    const location = `wildcard <${name ?? ''}${filterName === 'default' ? '' : `:${filterName}`}${config === undefined ? '' : `:${config}`}>`;
    // Bottle's default filter is `re`, so `<name::exp>` and the old syntax `:name#exp#` work.
    const factory = this.#factories.get(filterName === 'default' ? 're' : filterName);
    if (factory === undefined) {
      const near = nearest(filterName, this.#factories.keys());
      const remedy = near ? `did you mean "${near}"?` : `known are ${[...this.#factories.keys()].join(', ')}.`;
      throw new RouteSyntaxError(rule, `${location}: there is no filter "${filterName}"; ${remedy}`);
    }
    const filter = this.#createFilter(rule, location, factory, config);
    return {
      name,
      filter: filterName === 'default' && config !== undefined ? 're' : filterName,
      config,
      type: filter.type ?? (filter.parse ? undefined : 'string'),
      pattern: this.#pattern(rule, location, filter.pattern),
      compiledFilter: filter,
    };
  }

  #createFilter(rule: string, location: string, factory: FilterFactory, config: string | undefined): Filter {
    try {
      return factory(config);
    } catch (cause) {
      throw new RouteSyntaxError(rule, `${location}: its filter refused the configuration: ${reason(cause)}`, { cause });
    }
  }

  #pattern(rule: string, location: string, text: string): Pattern {
    let pattern = this.#patterns.get(text);
    if (pattern === undefined) {
      try {
        pattern = compilePattern(text);
      } catch (cause) {
        const what = `${location}: ${JSON.stringify(text)} is not a valid regular expression for a rule`;
        const hint = /\(\?P?<\w*$/.test(text) ? ' Inside a wildcard, ">" is written "\\>".' : '';
        throw new RouteSyntaxError(rule, `${what}: ${reason(cause)}.${hint}`, { cause });
      }
      this.#patterns.set(text, pattern);
    }
    return pattern;
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
