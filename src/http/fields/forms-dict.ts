import { brand } from '../../support/brand.js';
import { attributeHandler } from './attribute-access.js';

const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** The number of pairs from which on an index by name is faster. */
const INDEX_THRESHOLD = 8;

/**
 * Names and values from a client: a query, a form, files, cookies. A name may have several values. The order of all pairs is kept.
 * Like Bottle's `FormsDict`, `get` returns the newest value.
 *
 * Iteration, `entries`, `values` and `size` include every pair; `keys` lists each name once. `__proto__` and `constructor` are ordinary
 * names.
 *
 * @example
 * const query = new FormsDict([['tag', 'a'], ['tag', 'b']]);
 * query.get('tag'); // 'b'
 * query.getAll('tag'); // ['a', 'b']
 */
export class FormsDict<V = string> implements Iterable<[string, V]> {
  #names: string[] = [];
  #values: V[] = [];
  // The positions of each name. Created on the first lookup in a long dictionary, and deleted when positions change. V8 seeds string
  // hashes, so that a client cannot prepare colliding names for the Map.
  #index: Map<string, number[]> | undefined = undefined;

  constructor(pairs?: Iterable<readonly [string, V]>) {
    if (pairs === undefined) return;
    for (const [name, value] of pairs) this.append(name, value);
  }

  /** The number of pairs. */
  get size(): number {
    return this.#names.length;
  }

  /** The newest value of a name, as in Bottle, or the fallback. */
  get(name: string): V | undefined;
  get<D>(name: string, fallback: D): V | D;
  get(name: string, fallback?: unknown): unknown {
    const at = this.#lastIndex(name);
    return at < 0 ? fallback : this.#values[at];
  }

  /** All values of a name, in order. The list is empty if the name has no value. */
  getAll(name: string): V[] {
    const places = this.#indexByName()?.get(name);
    if (places) return places.map((at) => this.#values[at] as V);
    return this.#index ? [] : this.#values.filter((_, at) => this.#names[at] === name);
  }

  has(name: string): boolean {
    return this.#lastIndex(name) >= 0;
  }

  /** Adds a value. Keeps the existing values of the name. */
  append(name: string, value: V): this {
    const places = this.#index?.get(name);
    if (places) places.push(this.#names.length);
    else this.#index?.set(name, [this.#names.length]);
    this.#names.push(name);
    this.#values.push(value);
    return this;
  }

  /** Sets a single value, at the position of the first existing value. */
  set(name: string, value: V): this {
    const first = this.#indexByName()?.get(name)?.[0] ?? this.#names.indexOf(name);
    if (first < 0) return this.append(name, value);
    this.#values[first] = value;
    if (this.#lastIndex(name) !== first) this.#filter((at) => at === first || this.#names[at] !== name);
    return this;
  }

  /** The same as `set`, under Bottle's name. */
  replace(name: string, value: V): this {
    return this.set(name, value);
  }

  /** Removes a name with all its values. Returns whether it existed. */
  delete(name: string): boolean {
    if (!this.has(name)) return false;
    this.#filter((at) => this.#names[at] !== name);
    return true;
  }

  /** The names, each once, in the order of their first pairs. */
  keys(): IterableIterator<string> {
    return new Set(this.#names).values();
  }

  /** All values in their order. */
  values(): IterableIterator<V> {
    return this.#values.values();
  }

  /** All pairs in their order. */
  *entries(): IterableIterator<[string, V]> {
    for (let at = 0; at < this.#names.length; at++) yield [this.#names[at] as string, this.#values[at] as V];
  }

  [Symbol.iterator](): IterableIterator<[string, V]> {
    return this.entries();
  }

  /** An object without a prototype: a name with several values has a list. */
  toObject(): Record<string, V | V[]> {
    const lists = new Map<string, V[]>();
    for (const [name, value] of this.entries()) {
      const list = lists.get(name);
      if (list) list.push(value);
      else lists.set(name, [value]);
    }
    const object = Object.create(null) as Record<string, V | V[]>;
    for (const [name, list] of lists) object[name] = list.length === 1 ? (list[0] as V) : list;
    return object;
  }

  /** The same as `toObject`, for `JSON.stringify`. */
  toJSON(): Record<string, V | V[]> {
    return this.toObject();
  }

  [INSPECT](_depth: unknown, options: unknown, inspect?: (value: unknown, options: unknown) => string): unknown {
    return inspect ? `FormsDict ${inspect({ ...this.toObject() }, options)}` : this.toObject();
  }

  #lastIndex(name: string): number {
    const index = this.#indexByName();
    return index ? (index.get(name)?.at(-1) ?? -1) : this.#names.lastIndexOf(name);
  }

  #indexByName(): Map<string, number[]> | undefined {
    if (this.#index || this.#names.length < INDEX_THRESHOLD) return this.#index;
    const index = new Map<string, number[]>();
    for (let at = 0; at < this.#names.length; at++) {
      const places = index.get(this.#names[at] as string);
      if (places) places.push(at);
      else index.set(this.#names[at] as string, [at]);
    }
    this.#index = index;
    return index;
  }

  #filter(wanted: (at: number) => boolean): void {
    const kept = [...this.#names.keys()].filter(wanted);
    this.#values = kept.map((at) => this.#values[at] as V);
    this.#names = kept.map((at) => this.#names[at] as string);
    this.#index = undefined;
  }
}

brand(FormsDict, 'FormsDict');

/**
 * A `FormsDict` with attribute access: `query.page` is the newest value of `page`. If values may be strings, an absent name is `''`,
 * as in Bottle. In a dictionary of other values (files), it is `undefined`.
 *
 * The members of `FormsDict` (`get`, `size`, `keys`, …) and of every object (`toString`, …) take precedence over names from a client:
 * read such a name with `get('size')`. Attributes are read-only: write with `set`.
 */
export type Forms<V = string> = FormsDict<V> & { readonly [name: string]: string extends V ? V : V | undefined };

function formsHandler(absent: unknown): ProxyHandler<FormsDict<unknown>> {
  return attributeHandler<FormsDict<unknown>>({
    read: (forms, name) => forms.get(name, absent),
    has: (forms, name) => forms.has(name),
    names: (forms) => forms.keys(),
  });
}

const withText = formsHandler('');
const withoutText = formsHandler(undefined);

/** The argument of `asForms` and `formsDict`. It is required if values are not strings: an absent value is `undefined` then. */
type Absent<V> = string extends V ? [absent?: ''] : [absent: undefined];

/**
 * Adds attribute access to a dictionary: `forms.page`, `'page' in forms`, `{ ...forms }`.
 *
 * @param absent the value of an absent name: `''` (default), or `undefined` for dictionaries whose values are not strings.
 * @example asForms(new FormsDict([['page', '2']])).page // '2'
 */
export function asForms<V>(forms: FormsDict<V>, ...absent: Absent<V>): Forms<V> {
  const handler = absent.length > 0 && absent[0] === undefined ? withoutText : withText;
  return new Proxy(forms as FormsDict<unknown>, handler) as unknown as Forms<V>;
}

/**
 * An empty dictionary with attribute access.
 *
 * @param absent as for `asForms`.
 * @example formsDict().page // ''
 * @example formsDict<FileUpload>(undefined).avatar // undefined
 */
export function formsDict<V = string>(...absent: Absent<V>): Forms<V> {
  return asForms(new FormsDict<V>(), ...absent);
}

/**
 * Returns the next index of a character, for parsers of pairs. It searches again only when the known index is behind `from`. A new
 * search for every pair would take quadratic time if most pairs do not contain the character.
 *
 * @param known the previous result; -1 initially.
 * @returns the length of the text if the character does not follow.
 */
export function nextIndex(char: string, text: string, from: number, known: number): number {
  if (known >= from) return known;
  const at = text.indexOf(char, from);
  return at < 0 ? text.length : at;
}
