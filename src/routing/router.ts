import { RouteBuildError } from './route-error.js';
import type { FilterFactory } from './filters.js';
import { FilterTable } from './filter-table.js';
import { nearest } from '../support/nearest.js';
import { decodePath } from './path.js';
import { Rule } from './rule.js';
import { Search, simpleValues } from './trie-search.js';
import { type Match, type RouteEntry, Table } from './verb-table.js';
import type { Leaf } from './trie.js';
import { textsAt, valuesOf } from './wildcard-values.js';

export type { Filter, FilterFactory, FilterType } from './filters.js';
export { decodePath } from './path.js';
export { Rule } from './rule.js';
export type { Match, RouteEntry } from './verb-table.js';
export type { Wildcard } from './wildcard.js';

/** A rule that will not be matched, and the one because of which. */
export interface RouteProblem<T> {
  readonly kind: 'duplicate' | 'unreachable';
  readonly entry: RouteEntry<T>;
  readonly by: RouteEntry<T>;
}

/** Maps verbs and paths to targets, by Bottle's rules. */
export class Router<T> {
  readonly #filters = new FilterTable();
  #entries: RouteEntry<T>[] = [];
  #nextOrder = 0;
  /** The entries that count, by verb and shape: where two are equal, the later. */
  readonly #live = new Map<string, RouteEntry<T>>();
  /** What `build` knows: the rules by their text and by their name. */
  readonly #named = new Map<string, Rule>();
  readonly #tables = new Map<string, Table<T>>();
  /** How a verb is matched. Only verbs with rules of their own (and HEAD) have a matcher here. */
  readonly #matchers = new Map<string, VerbMatcher<T>>();
  #otherMatcher = new VerbMatcher<T>([]);
  /** The matcher of the verb that nearly all requests have, kept beside the map. */
  #getMatcher = this.#otherMatcher;

  /** Every rule added, in the order they were added, including those that a later one replaced. */
  get entries(): readonly RouteEntry<T>[] {
    return this.#entries;
  }

  /**
   * Adds a filter, or replaces one, for rules added from now on.
   *
   * @param name Letters and underscores.
   * @param factory Makes the filter from the configuration of a wildcard. Its pattern meets texts that clients choose: see
   *   {@link Filter.pattern} for what that means for patterns that can backtrack.
   * @throws TypeError for a name that no rule can contain.
   * @example
   * router.addFilter('hex', () => ({ pattern: '[0-9a-f]+', parse: text => Number.parseInt(text, 16) }));
   */
  addFilter(name: string, factory: FilterFactory): void {
    this.#filters.add(name, factory);
  }

  /**
   * Adds a rule. One of the same shape and verb is replaced, in its place.
   *
   * @param rule In Bottle's syntax.
   * @param method A verb, `ANY` or `PROXY`, in any case.
   * @param target What to give when it matches.
   * @param name For {@link build}, besides the rule's text.
   * @throws RouteSyntaxError
   */
  add(rule: string, method: string, target: T, name?: string): RouteEntry<T> {
    const parsed = new Rule(rule, this.#filters);
    const verb = method.toUpperCase();
    const earlier = this.#live.get(`${verb} ${parsed.shape}`);
    const order = earlier?.order ?? this.#nextOrder++;
    const fixed = parsed.isStatic ? { target, values: Object.freeze([]) as unknown as unknown[] } : undefined;
    const entry: RouteEntry<T> = { rule: parsed, method: verb, target, name, order, fixed };
    this.#entries.push(entry);
    this.#register(entry);
    return entry;
  }

  /** Removes the rules that lead to a target; what they had replaced counts again. Whether there were any. */
  remove(target: T): boolean {
    const left = this.#entries.filter((entry) => entry.target !== target);
    if (left.length === this.#entries.length) return false;
    this.#reset(left);
    return true;
  }

  /** Removes all rules. The filters stay. */
  clear(): void {
    this.#reset([]);
  }

  /**
   * Finds where a request goes.
   *
   * @param method The verb.
   * @param path The path as received: percent-encoded, without the query.
   * @returns `null` if no rule matches; see {@link allowed}.
   * @throws BadPathError, FilterValueError
   */
  match(method: string, path: string): Match<T> | null {
    return this.matchTarget(method, path, path.length);
  }

  /**
   * The same for a target that may go on behind its path: servers hand over path and query in one string.
   *
   * @param length where the path ends.
   * @throws BadPathError, FilterValueError
   */
  matchTarget(method: string, target: string, length: number): Match<T> | null {
    const matcher = method === 'GET' ? this.#getMatcher : this.#matcherOf(method);
    return length === 0 ? matcher.match('/', 1) : matcher.match(target, length);
  }

  /**
   * The verbs that a path can be asked with, sorted, for the `Allow` header of a 405. Empty if there is no such path: 404.
   *
   * @throws BadPathError
   */
  allowed(path: string): string[] {
    const decoded = decodePath(path === '' ? '/' : path);
    const verbs = new Set<string>();
    for (const [verb, table] of this.#tables) {
      if (verb !== 'ANY' && verb !== 'PROXY' && table.has(decoded)) verbs.add(verb);
    }
    if (verbs.has('GET')) verbs.add('HEAD');
    return [...verbs].sort();
  }

  /**
   * Builds the path that leads to a rule.
   *
   * @param name The rule's name or its text.
   * @param params The wildcards' values by their names; the others become the query.
   * @param anonymous The values of the wildcards without a name.
   * @throws RouteBuildError
   * @example
   * router.add('/posts/<id:int>', 'GET', show, 'post');
   * router.build('post', { id: 7, page: 2 }); // '/posts/7?page=2'
   */
  build(name: string, params: Readonly<Record<string, unknown>> = {}, ...anonymous: unknown[]): string {
    const rule = this.#named.get(name);
    if (rule !== undefined) return rule.build(params, anonymous);
    const near = nearest(name, this.#named.keys());
    const remedy = near === undefined ? 'give a route that name, or use its rule.' : `did you mean ${JSON.stringify(near)}?`;
    throw new RouteBuildError(`There is no route called ${JSON.stringify(name)}; ${remedy}`);
  }

  /** Rules that never match: replaced by an equal one, or behind one that certainly takes all their paths. */
  problems(): RouteProblem<T>[] {
    const found: RouteProblem<T>[] = [];
    for (const entry of this.#entries) {
      const live = this.#live.get(keyOf(entry)) as RouteEntry<T>;
      if (live !== entry) {
        found.push({ kind: 'duplicate', entry, by: live });
        continue;
      }
      const by = this.#hiddenBy(entry);
      if (by !== undefined) found.push({ kind: 'unreachable', entry, by });
    }
    return found;
  }

  #hiddenBy(entry: RouteEntry<T>): RouteEntry<T> | undefined {
    const proxies = entry.method === 'PROXY' ? undefined : this.#tables.get('PROXY')?.hiding(entry, Number.POSITIVE_INFINITY);
    if (proxies !== undefined || entry.rule.isStatic) return proxies;
    return this.#tables.get(entry.method)?.hiding(entry, entry.order);
  }

  #register(entry: RouteEntry<T>): void {
    this.#live.set(keyOf(entry), entry);
    this.#named.set(entry.rule.text, entry.rule);
    if (entry.name !== undefined) this.#named.set(entry.name, entry.rule);
    let table = this.#tables.get(entry.method);
    if (table === undefined) {
      table = new Table();
      this.#tables.set(entry.method, table);
      this.#makeMatchers();
    }
    table.add(entry);
    for (const matcher of this.#matchers.values()) matcher.outdate();
    this.#otherMatcher.outdate();
  }

  #makeMatchers(): void {
    const matcher = (...verbs: string[]) => new VerbMatcher<T>(verbs.flatMap((verb) => this.#tables.get(verb) ?? []));
    this.#otherMatcher = matcher('PROXY', 'ANY');
    for (const verb of ['HEAD', ...this.#tables.keys()]) {
      this.#matchers.set(verb, verb === 'HEAD' ? matcher('PROXY', 'HEAD', 'GET', 'ANY') : matcher('PROXY', verb, 'ANY'));
    }
    this.#getMatcher = this.#matchers.get('GET') ?? this.#otherMatcher;
  }

  #matcherOf(method: string): VerbMatcher<T> {
    return this.#matchers.get(method) ?? this.#matchers.get(method.toUpperCase()) ?? this.#otherMatcher;
  }

  #reset(entries: RouteEntry<T>[]): void {
    this.#live.clear();
    this.#named.clear();
    this.#tables.clear();
    this.#matchers.clear();
    this.#makeMatchers();
    this.#entries = entries;
    for (const entry of entries) this.#register(entry);
  }
}

function keyOf<T>(entry: RouteEntry<T>): string {
  return `${entry.method} ${entry.rule.shape}`;
}

/** How the requests of one verb are matched: with the rules of several tables, in one search. */
class VerbMatcher<T> {
  readonly #tables: readonly Table<T>[];
  #search: Search<RouteEntry<T>> | null = null;

  /** @param tables in the order in which they are tried. */
  constructor(tables: readonly Table<T>[]) {
    this.#tables = tables;
  }

  /** A rule was added to a table: the search is made anew at the next match, so that adding many stays cheap. */
  outdate(): void {
    this.#search = null;
  }

  /**
   * Matches a path as received. Most need no decoding, and reading them through to find that out would cost as much as the match;
   * so it is taken for decoded first, and then what was matched is looked at: a path that matched consists of the rule's literal
   * texts and the wildcards' texts, and nothing else.
   *
   * @param length where the path ends.
   */
  match(target: string, length: number): Match<T> | null {
    const search = this.#search ?? this.#makeSearch();
    const leaf = search.find(target, length);
    if (leaf?.isPlain && !search.sawEncoded) {
      const { conversions, entry } = leaf;
      if (conversions.length === 0) return entry.fixed as Match<T>;
      const values = simpleValues(conversions, target, search.spans);
      if (values !== null) return { target: entry.target, values };
    }
    return this.#matchDecoded(search, leaf, target.slice(0, length));
  }

  /** @param undecoded what the search has found for the path as received. */
  #matchDecoded(search: Search<RouteEntry<T>>, undecoded: Leaf<RouteEntry<T>> | null, raw: string): Match<T> | null {
    const path = decodePath(raw, undecoded === null ? search.readTo : 0);
    const leaf = path === raw ? undecoded : search.find(path, path.length);
    if (leaf === null) return null;
    const { rule, target, fixed } = leaf.entry;
    if (fixed !== undefined) return fixed;
    const texts = search.texts ?? textsAt(rule.wildcards.length, path, search.spans);
    return { target, values: valuesOf(rule.text, rule.wildcards, texts) };
  }

  #makeSearch(): Search<RouteEntry<T>> {
    this.#search = new Search(this.#tables.flatMap((table) => table.ordered()));
    return this.#search;
  }
}
