import { RouteSyntaxError } from './route-error.js';
import { builtinFilters, type Filter, type FilterFactory } from './filters.js';
import { nearest } from '../support/nearest.js';
import { compilePattern, type Pattern } from './pattern.js';
import type { CompiledWildcard } from './wildcard.js';

/** The filters of one router, and the patterns made from them (rules share few, and compiling is dear). */
export class FilterTable {
  readonly #factories = builtinFilters();
  readonly #patterns = new Map<string, Pattern>();

  add(name: string, factory: FilterFactory): void {
    if (!/^[a-zA-Z_]+$/.test(name)) {
      throw new TypeError(
        `A filter cannot be called ${JSON.stringify(name)}: use letters and underscores, as a rule can name it.`,
      );
    }
    this.#factories.set(name, factory);
  }

  /** Compiles a wildcard of `rule`. @throws RouteSyntaxError */
  wildcard(rule: string, name: string | undefined, filterName: string, config: string | undefined): CompiledWildcard {
    const place = `wildcard <${name ?? ''}${filterName === 'default' ? '' : `:${filterName}`}${config === undefined ? '' : `:${config}`}>`;
    // Bottle's default filter is `re`, so `<name::exp>` works, and so does the old `:name#exp#`.
    const factory = this.#factories.get(filterName === 'default' ? 're' : filterName);
    if (factory === undefined) {
      const near = nearest(filterName, this.#factories.keys());
      const remedy = near ? `did you mean "${near}"?` : `known are ${[...this.#factories.keys()].join(', ')}.`;
      throw new RouteSyntaxError(rule, `${place}: there is no filter "${filterName}"; ${remedy}`);
    }
    const filter = this.#make(rule, place, factory, config);
    return {
      name,
      filter: filterName === 'default' && config !== undefined ? 're' : filterName,
      config,
      type: filter.type ?? (filter.parse ? undefined : 'string'),
      pattern: this.#pattern(rule, place, filter.pattern),
      made: filter,
    };
  }

  #make(rule: string, place: string, factory: FilterFactory, config: string | undefined): Filter {
    try {
      return factory(config);
    } catch (cause) {
      throw new RouteSyntaxError(rule, `${place}: its filter refused the configuration: ${reason(cause)}`, { cause });
    }
  }

  #pattern(rule: string, place: string, text: string): Pattern {
    let pattern = this.#patterns.get(text);
    if (pattern === undefined) {
      try {
        pattern = compilePattern(text);
      } catch (cause) {
        const what = `${place}: ${JSON.stringify(text)} is no regular expression that a rule can hold`;
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
