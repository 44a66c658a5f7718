import { RouteBuildError } from './errors.js';
import type { FilterFactory } from './filters.js';
import { FilterTable } from './filter-table.js';
import { nearest } from './nearest.js';
import { decodePath } from './path.js';
import { covers, samplePath } from './problems.js';
import { Rule } from './rule.js';
import { Search } from './search.js';
import { simpleValues, textsAt, valuesOf } from './values.js';

export type { Filter, FilterFactory, FilterType } from './filters.js';
export { decodePath } from './path.js';
export { Rule } from './rule.js';
export type { Wildcard } from './wildcard.js';

/** A rule that was added, with what it leads to. */
export interface RouteEntry<T> {
  readonly rule: Rule;
  /** In upper case; `ANY` matches a verb that no other takes, `PROXY` is tried before all others. */
  readonly method: string;
  readonly target: T;
  readonly name: string | undefined;
  /** Its place in the order in which dynamic rules are tried. One that replaces an earlier has that one's place. */
  readonly order: number;
}

/** What a path leads to. Shared between matches of static rules, so not to be changed. */
export type Match<T> = { target: T; values: unknown[] };

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
  /** Which tables to try for a verb, in their order. Only verbs with rules of their own have a plan here. */
  readonly #plans = new Map<string, Table<T>[]>();
  #otherPlan: Table<T>[] = [];

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
    const entry: RouteEntry<T> = { rule: parsed, method: verb, target, name, order: earlier?.order ?? this.#nextOrder++ };
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
    const plan = this.#plans.get(method) ?? this.#plans.get(method.toUpperCase()) ?? this.#otherPlan;
    const raw = path === '' ? '/' : path;
    for (let i = 0; i < plan.length; i++) {
      const match = (plan[i] as Table<T>).match(raw);
      if (match !== null) return match;
    }
    if (plan.length === 0) decodePath(raw); // an answer about a path is one about a path that can be read
    return null;
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
      this.#makePlans();
    }
    table.add(entry);
  }

  #makePlans(): void {
    const plan = (...verbs: string[]) => verbs.flatMap((verb) => this.#tables.get(verb) ?? []);
    this.#otherPlan = plan('PROXY', 'ANY');
    for (const verb of ['HEAD', ...this.#tables.keys()]) {
      this.#plans.set(verb, verb === 'HEAD' ? plan('PROXY', 'HEAD', 'GET', 'ANY') : plan('PROXY', verb, 'ANY'));
    }
  }

  #reset(entries: RouteEntry<T>[]): void {
    this.#live.clear();
    this.#named.clear();
    this.#tables.clear();
    this.#plans.clear();
    this.#otherPlan = [];
    this.#entries = entries;
    for (const entry of entries) this.#register(entry);
  }
}

/** The rules of one verb. */
class Table<T> {
  /** Static rules whose path needs no encoding: the received path can be looked up as it is. */
  readonly #plain = new Map<string, Match<T>>();
  readonly #statics = new Map<string, { entry: RouteEntry<T>; match: Match<T> }>();
  /** Which lengths the plain paths have; asking is cheaper than hashing a path that is none of them. */
  readonly #lengths: boolean[] = [];
  readonly #dynamic = new Map<string, RouteEntry<T>>();
  #search: Search<RouteEntry<T>> | null = null;

  add(entry: RouteEntry<T>): void {
    if (!entry.rule.isStatic) {
      this.#dynamic.set(entry.rule.shape, entry);
      this.#search = null; // made again at the next match, so that adding many stays cheap
      return;
    }
    const path = entry.rule.parts.join('');
    const values: unknown[] = [];
    Object.freeze(values);
    const match = { target: entry.target, values };
    this.#statics.set(path, { entry, match });
    if (/^[\x00-\x24\x26-\x7f]*$/.test(path)) {
      while (this.#lengths.length <= path.length) this.#lengths.push(false);
      this.#lengths[path.length] = true;
      this.#plain.set(path, match);
    }
  }

  /**
   * Matches a path as received. Most need no decoding, and reading them through to find that out would cost as much as the match;
   * so it is taken for decoded first, and then what was matched is looked at: a path that matched consists of the rule's literal
   * texts and the wildcards' texts, and nothing else.
   */
  match(raw: string): Match<T> | null {
    const fixed = raw.length < this.#lengths.length && this.#lengths[raw.length] === true ? this.#plain.get(raw) : undefined;
    if (fixed !== undefined) return fixed;
    const search = this.#searching();
    let leaf = search === null ? null : search.find(raw);
    if (search !== null && leaf?.isPlain && !search.sawEncoded && search.texts === null) {
      const values = simpleValues(leaf.conversions, raw, search.spans);
      if (values !== null) return { target: leaf.entry.target, values };
    }
    const path = decodePath(raw);
    if (path !== raw) {
      const encoded = this.#statics.get(path);
      if (encoded !== undefined) return encoded.match;
      if (search !== null) leaf = search.find(path);
    }
    if (search === null || leaf === null) return null;
    const { rule, target } = leaf.entry;
    const texts = search.texts ?? textsAt(rule.wildcards.length, path, search.spans);
    return { target, values: valuesOf(rule.text, rule.wildcards, texts) };
  }

  has(path: string): boolean {
    return this.find(path) !== null;
  }

  find(path: string): RouteEntry<T> | null {
    return this.#statics.get(path)?.entry ?? this.#searching()?.find(path)?.entry ?? null;
  }

  /** An entry with an order below `limit` that takes all paths of `later`, if that is certain. */
  hiding(later: RouteEntry<T>, limit: number): RouteEntry<T> | undefined {
    const sample = samplePath(later.rule);
    if (sample !== undefined) {
      const first = this.find(sample);
      if (first === null || first === later) return undefined; // proven to be reachable
      if (first.order < limit && hides(first, later)) return first;
    }
    for (const entry of this.#dynamic.values()) {
      if (entry.order < limit && hides(entry, later)) return entry;
    }
    return undefined;
  }

  #searching(): Search<RouteEntry<T>> | null {
    if (this.#search === null && this.#dynamic.size > 0) this.#search = new Search(this.#dynamic.values());
    return this.#search;
  }
}

function hides<T>(entry: RouteEntry<T>, later: RouteEntry<T>): boolean {
  return entry !== later && covers(entry.rule, later.rule);
}

function keyOf<T>(entry: RouteEntry<T>): string {
  return `${entry.method} ${entry.rule.shape}`;
}
