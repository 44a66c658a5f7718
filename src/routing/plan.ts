import { decodePath } from './path.js';
import { Search } from './search.js';
import type { Match, RouteEntry, Table } from './table.js';
import type { Leaf } from './trie.js';
import { simpleValues, textsAt, valuesOf } from './values.js';

/** How the requests of one verb are matched: with the rules of several tables, in one search. */
export class Plan<T> {
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
