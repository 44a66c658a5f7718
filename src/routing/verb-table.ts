import { covers, samplePath } from './rule-shadowing.js';
import type { Rule } from './rule.js';
import { TrieSearch } from './trie-search.js';

/** An added rule with its target. */
export interface RouteEntry<T> {
  readonly rule: Rule;
  /** The verb in upper case. `ANY` matches verbs without a rule of their own; `PROXY` is tried before all others. */
  readonly method: string;
  readonly target: T;
  readonly name: string | undefined;
  /** The position in the order in which dynamic rules are tried. A replacement has the position of the replaced rule. */
  readonly order: number;
  /** The shared match of a static rule. */
  readonly staticMatch: Match<T> | undefined;
}

/** The target of a path. Matches of static rules are shared and must not be changed. */
export type Match<T> = { target: T; values: unknown[] };

/** The rules of one verb. */
export class VerbTable<T> {
  readonly #statics = new Map<string, RouteEntry<T>>();
  readonly #dynamic = new Map<string, RouteEntry<T>>();
  #search: TrieSearch<RouteEntry<T>> | null = null;

  add(entry: RouteEntry<T>): void {
    if (entry.rule.isStatic) {
      this.#statics.set(entry.rule.parts.join(''), entry);
      return;
    }
    this.#dynamic.set(entry.rule.shape, entry);
    this.#search = null; // built again on demand, so that adding many rules stays fast
  }

  /** Its rules in the order in which they are tried. */
  ordered(): RouteEntry<T>[] {
    return [...this.#statics.values(), ...this.#inOrder()];
  }

  has(path: string): boolean {
    return this.find(path) !== null;
  }

  /** The rule that matches a decoded path. */
  find(path: string): RouteEntry<T> | null {
    return this.#statics.get(path) ?? this.#currentSearch()?.find(path, path.length)?.entry ?? null;
  }

  /** An entry with an order below `limit` that certainly matches all paths of `later`. */
  findShadowing(later: RouteEntry<T>, limit: number): RouteEntry<T> | undefined {
    const sample = samplePath(later.rule);
    if (sample !== undefined) {
      const first = this.find(sample);
      if (first === null || first === later) return undefined; // `later` is reachable
      if (first.order < limit && shadows(first, later)) return first;
    }
    for (const entry of this.#dynamic.values()) {
      if (entry.order < limit && shadows(entry, later)) return entry;
    }
    return undefined;
  }

  #inOrder(): RouteEntry<T>[] {
    return [...this.#dynamic.values()].sort((a, b) => a.order - b.order);
  }

  #currentSearch(): TrieSearch<RouteEntry<T>> | null {
    if (this.#search === null && this.#dynamic.size > 0) this.#search = new TrieSearch(this.#inOrder());
    return this.#search;
  }
}

function shadows<T>(entry: RouteEntry<T>, later: RouteEntry<T>): boolean {
  return entry !== later && covers(entry.rule, later.rule);
}
