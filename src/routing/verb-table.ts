import { covers, samplePath } from './rule-shadowing.js';
import type { Rule } from './rule.js';
import { Search } from './trie-search.js';

/** A rule that was added, with what it leads to. */
export interface RouteEntry<T> {
  readonly rule: Rule;
  /** In upper case; `ANY` matches a verb that no other takes, `PROXY` is tried before all others. */
  readonly method: string;
  readonly target: T;
  readonly name: string | undefined;
  /** Its place in the order in which dynamic rules are tried. One that replaces an earlier has that one's place. */
  readonly order: number;
  /** What every match of a static rule gives. */
  readonly fixed: Match<T> | undefined;
}

/** What a path leads to. Shared between matches of static rules, so not to be changed. */
export type Match<T> = { target: T; values: unknown[] };

/** The rules of one verb. */
export class Table<T> {
  readonly #statics = new Map<string, RouteEntry<T>>();
  readonly #dynamic = new Map<string, RouteEntry<T>>();
  #search: Search<RouteEntry<T>> | null = null;

  add(entry: RouteEntry<T>): void {
    if (entry.rule.isStatic) {
      this.#statics.set(entry.rule.parts.join(''), entry);
      return;
    }
    this.#dynamic.set(entry.rule.shape, entry);
    this.#search = null; // made again when it is asked for, so that adding many stays cheap
  }

  /** Its rules in the order in which they are tried. */
  ordered(): RouteEntry<T>[] {
    return [...this.#statics.values(), ...this.#inOrder()];
  }

  has(path: string): boolean {
    return this.find(path) !== null;
  }

  /** The rule that a decoded path leads to. */
  find(path: string): RouteEntry<T> | null {
    return this.#statics.get(path) ?? this.#searching()?.find(path, path.length)?.entry ?? null;
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

  #inOrder(): RouteEntry<T>[] {
    return [...this.#dynamic.values()].sort((a, b) => a.order - b.order);
  }

  #searching(): Search<RouteEntry<T>> | null {
    if (this.#search === null && this.#dynamic.size > 0) this.#search = new Search(this.#inOrder());
    return this.#search;
  }
}

function hides<T>(entry: RouteEntry<T>, later: RouteEntry<T>): boolean {
  return entry !== later && covers(entry.rule, later.rule);
}
