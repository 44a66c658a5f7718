import { RouteBuildError } from './route-error.js';
import type { FilterFactory } from './filters.js';
import { FilterTable } from './filter-table.js';
import { nearest } from '../support/nearest.js';
import { decodePath } from './path.js';
import { Rule } from './rule.js';
import { TrieSearch, simpleValues } from './trie-search.js';
import { type Match, type RouteEntry, VerbTable } from './verb-table.js';
import type { Leaf } from './trie.js';
import { textsAt, valuesOf } from './wildcard-values.js';

export type { Filter, FilterFactory, FilterType } from './filters.js';
export { decodePath } from './path.js';
export { Rule } from './rule.js';
export type { Match, RouteEntry } from './verb-table.js';
export type { Wildcard } from './wildcard.js';

/** A rule that never matches, and the rule that prevents it. */
export interface RouteProblem<T> {
  readonly kind: 'duplicate' | 'unreachable';
  readonly entry: RouteEntry<T>;
  readonly by: RouteEntry<T>;
}

/**
 * Maps verbs and paths to targets, with Bottle's rules.
 *
 * @example
 * const router = new Router<string>();
 * router.add('/posts/<id:int>', 'GET', 'show');
 * router.match('GET', '/posts/7'); // { target: 'show', values: [7] }
 * @see https://bottlepy.org/docs/stable/routing.html
 */
export class Router<T> {
  readonly #filters = new FilterTable();
  #entries: RouteEntry<T>[] = [];
  #nextOrder = 0;
  /** The effective entries, by verb and shape. Of two equal ones, the later is effective. */
  readonly #effective = new Map<string, RouteEntry<T>>();
  /** The rules for `build`, by text and by name. */
  readonly #rulesByName = new Map<string, Rule>();
  readonly #tables = new Map<string, VerbTable<T>>();
  /** The matcher of each verb that has rules, and of HEAD. */
  readonly #matchers = new Map<string, VerbMatcher<T>>();
  #otherMatcher = new VerbMatcher<T>([]);
  /** The matcher of the most frequent verb, stored outside the map. */
  #getMatcher = this.#otherMatcher;

  /** Every added rule in order, including those that a later one replaced. */
  get entries(): readonly RouteEntry<T>[] {
    return this.#entries;
  }

  /**
   * Adds or replaces a filter for rules that are added later.
   *
   * @param name letters and underscores.
   * @param factory creates the filter from the configuration of a wildcard. Clients choose the texts that its pattern matches:
   *   see {@link Filter.pattern} about backtracking.
   * @throws TypeError for a name that no rule can contain.
   * @example
   * router.addFilter('hex', () => ({ pattern: '[0-9a-f]+', parse: text => Number.parseInt(text, 16) }));
   * @see https://bottlepy.org/docs/stable/routing.html
   */
  addFilter(name: string, factory: FilterFactory): void {
    this.#filters.add(name, factory);
  }

  /**
   * Adds a rule. It replaces an earlier rule of the same shape and verb, and takes its position.
   *
   * @param rule in Bottle's syntax.
   * @param method a verb, `ANY` or `PROXY`, in upper or lower case.
   * @param target the result of a match.
   * @param name a name for {@link build}, in addition to the rule's text.
   * @throws RouteSyntaxError
   */
  add(rule: string, method: string, target: T, name?: string): RouteEntry<T> {
    const parsed = new Rule(rule, this.#filters);
    const verb = method.toUpperCase();
    const replaced = this.#effective.get(`${verb} ${parsed.shape}`);
    const order = replaced?.order ?? this.#nextOrder++;
    const staticMatch = parsed.isStatic ? { target, values: Object.freeze([]) as unknown as unknown[] } : undefined;
    const entry: RouteEntry<T> = { rule: parsed, method: verb, target, name, order, staticMatch };
    this.#entries.push(entry);
    this.#register(entry);
    return entry;
  }

  /**
   * Removes the rules of a target. Rules that they had replaced become effective again.
   *
   * @returns whether there were any.
   */
  remove(target: T): boolean {
    const remaining = this.#entries.filter((entry) => entry.target !== target);
    if (remaining.length === this.#entries.length) return false;
    this.#reset(remaining);
    return true;
  }

  /** Removes all rules. The filters stay. */
  clear(): void {
    this.#reset([]);
  }

  /**
   * Finds the target of a request.
   *
   * @param method the verb.
   * @param path the path as received: percent-encoded, without the query.
   * @returns `null` if no rule matches; see {@link allowed}.
   * @throws BadPathError, FilterValueError
   */
  match(method: string, path: string): Match<T> | null {
    return this.matchTarget(method, path, path.length);
  }

  /**
   * Like {@link match}, for a request target that may contain a query after the path, as servers pass it.
   *
   * @param length the length of the path.
   * @throws BadPathError, FilterValueError
   */
  matchTarget(method: string, target: string, length: number): Match<T> | null {
    const matcher = method === 'GET' ? this.#getMatcher : this.#matcherOf(method);
    return length === 0 ? matcher.match('/', 1) : matcher.match(target, length);
  }

  /**
   * The verbs that a path supports, sorted, for the `Allow` header of a 405. An empty list if the path does not exist (404).
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
   * Builds the path of a rule.
   *
   * @param name the rule's name or text.
   * @param params the values of the wildcards, by name. Others become the query.
   * @param anonymous the values of the anonymous wildcards.
   * @throws RouteBuildError
   * @example
   * router.add('/posts/<id:int>', 'GET', show, 'post');
   * router.build('post', { id: 7, page: 2 }); // '/posts/7?page=2'
   */
  build(name: string, params: Readonly<Record<string, unknown>> = {}, ...anonymous: unknown[]): string {
    const rule = this.#rulesByName.get(name);
    if (rule !== undefined) return rule.build(params, anonymous);
    const near = nearest(name, this.#rulesByName.keys());
    const remedy = near === undefined ? 'give a route that name, or use its rule.' : `did you mean ${JSON.stringify(near)}?`;
    throw new RouteBuildError(`There is no route called ${JSON.stringify(name)}; ${remedy}`);
  }

  /** The rules that never match: replaced by an equal rule, or behind a rule that certainly matches all their paths. */
  problems(): RouteProblem<T>[] {
    const found: RouteProblem<T>[] = [];
    for (const entry of this.#entries) {
      const effective = this.#effective.get(keyOf(entry)) as RouteEntry<T>;
      if (effective !== entry) {
        found.push({ kind: 'duplicate', entry, by: effective });
        continue;
      }
      const by = this.#shadowedBy(entry);
      if (by !== undefined) found.push({ kind: 'unreachable', entry, by });
    }
    return found;
  }

  #shadowedBy(entry: RouteEntry<T>): RouteEntry<T> | undefined {
    const proxies =
      entry.method === 'PROXY' ? undefined : this.#tables.get('PROXY')?.findShadowing(entry, Number.POSITIVE_INFINITY);
    if (proxies !== undefined || entry.rule.isStatic) return proxies;
    return this.#tables.get(entry.method)?.findShadowing(entry, entry.order);
  }

  #register(entry: RouteEntry<T>): void {
    this.#effective.set(keyOf(entry), entry);
    this.#rulesByName.set(entry.rule.text, entry.rule);
    if (entry.name !== undefined) this.#rulesByName.set(entry.name, entry.rule);
    let table = this.#tables.get(entry.method);
    if (table === undefined) {
      table = new VerbTable();
      this.#tables.set(entry.method, table);
      this.#makeMatchers();
    }
    table.add(entry);
    for (const matcher of this.#matchers.values()) matcher.invalidate();
    this.#otherMatcher.invalidate();
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
    this.#effective.clear();
    this.#rulesByName.clear();
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

/** Matches the requests of one verb with the rules of several tables, in one search. */
class VerbMatcher<T> {
  readonly #tables: readonly VerbTable<T>[];
  #search: TrieSearch<RouteEntry<T>> | null = null;

  /** @param tables in the order in which they are tried. */
  constructor(tables: readonly VerbTable<T>[]) {
    this.#tables = tables;
  }

  /** Called when a rule is added to a table. The next match builds the search again, so that adding many rules stays fast. */
  invalidate(): void {
    this.#search = null;
  }

  /**
   * Matches a path as received. Most paths need no decoding, but scanning a path for that would take as long as the match. The
   * path is therefore matched undecoded first, and then the match is checked: the path consists only of the rule's literal texts
   * and the wildcards' texts.
   *
   * @param length the length of the path.
   */
  match(target: string, length: number): Match<T> | null {
    const search = this.#search ?? this.#makeSearch();
    const leaf = search.find(target, length);
    if (leaf?.isPlain && !search.sawEncoded) {
      const { conversions, entry } = leaf;
      if (conversions.length === 0) return entry.staticMatch as Match<T>;
      const values = simpleValues(conversions, target, search.spans);
      if (values !== null) return { target: entry.target, values };
    }
    return this.#matchDecoded(search, leaf, target.slice(0, length));
  }

  /** @param undecoded the result of the search for the path as received. */
  #matchDecoded(search: TrieSearch<RouteEntry<T>>, undecoded: Leaf<RouteEntry<T>> | null, raw: string): Match<T> | null {
    const path = decodePath(raw, undecoded === null ? search.readTo : 0);
    const leaf = path === raw ? undecoded : search.find(path, path.length);
    if (leaf === null) return null;
    const { rule, target, staticMatch } = leaf.entry;
    if (staticMatch !== undefined) return staticMatch;
    const texts = search.texts ?? textsAt(rule.wildcards.length, path, search.spans);
    return { target, values: valuesOf(rule.text, rule.wildcards, texts) };
  }

  #makeSearch(): TrieSearch<RouteEntry<T>> {
    this.#search = new TrieSearch(this.#tables.flatMap((table) => table.ordered()));
    return this.#search;
  }
}
