import { attributeHandler } from './attribute-access.js';

const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** From this many pairs on, an index by name pays. */
const INDEX_FROM = 8;

/**
 * What a client sent as names and values: a query, a form, files, cookies. A name may have several values, and the order of all
 * pairs is kept. It is Bottle's `FormsDict`: `get` gives the newest value.
 *
 * Iteration, `entries`, `values` and `size` count every pair; `keys` names each key once. Every name is data: `__proto__` and
 * `constructor` are keys like others and reach no prototype.
 *
 * @example
 * const query = new FormsDict([['tag', 'a'], ['tag', 'b']]);
 * query.get('tag'); // 'b'
 * query.getAll('tag'); // ['a', 'b']
 */
export class FormsDict<V = string> implements Iterable<[string, V]> {
  #names: string[] = [];
  #values: V[] = [];
  // The places of each name. Made at the first look-up in a long dictionary, dropped when places shift. A Map: V8 seeds the
  // hashes of its strings, so colliding names cannot be prepared.
  #index: Map<string, number[]> | undefined = undefined;

  constructor(pairs?: Iterable<readonly [string, V]>) {
    if (pairs === undefined) return;
    for (const [name, value] of pairs) this.append(name, value);
  }

  /** The number of pairs. */
  get size(): number {
    return this.#names.length;
  }

  /** The newest value of a name, as in Bottle; without any, the fallback. */
  get(name: string): V | undefined;
  get<D>(name: string, fallback: D): V | D;
  get(name: string, fallback?: unknown): unknown {
    const at = this.#last(name);
    return at < 0 ? fallback : this.#values[at];
  }

  /** All values of a name in their order; an empty list without any. */
  getAll(name: string): V[] {
    const places = this.#lookUp()?.get(name);
    if (places) return places.map((at) => this.#values[at] as V);
    return this.#index ? [] : this.#values.filter((_, at) => this.#names[at] === name);
  }

  has(name: string): boolean {
    return this.#last(name) >= 0;
  }

  /** Adds a value to those that the name has. */
  append(name: string, value: V): this {
    const places = this.#index?.get(name);
    if (places) places.push(this.#names.length);
    else this.#index?.set(name, [this.#names.length]);
    this.#names.push(name);
    this.#values.push(value);
    return this;
  }

  /** Sets a name to this one value, at the place of the first one it had. */
  set(name: string, value: V): this {
    const first = this.#lookUp()?.get(name)?.[0] ?? this.#names.indexOf(name);
    if (first < 0) return this.append(name, value);
    this.#values[first] = value;
    if (this.#last(name) !== first) this.#keep((at) => at === first || this.#names[at] !== name);
    return this;
  }

  /** The same as `set`, under Bottle's name. */
  replace(name: string, value: V): this {
    return this.set(name, value);
  }

  /** Removes a name with all its values; tells whether it was there. */
  delete(name: string): boolean {
    if (!this.has(name)) return false;
    this.#keep((at) => this.#names[at] !== name);
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

  #last(name: string): number {
    const index = this.#lookUp();
    return index ? (index.get(name)?.at(-1) ?? -1) : this.#names.lastIndexOf(name);
  }

  #lookUp(): Map<string, number[]> | undefined {
    if (this.#index || this.#names.length < INDEX_FROM) return this.#index;
    const index = new Map<string, number[]>();
    for (let at = 0; at < this.#names.length; at++) {
      const places = index.get(this.#names[at] as string);
      if (places) places.push(at);
      else index.set(this.#names[at] as string, [at]);
    }
    this.#index = index;
    return index;
  }

  #keep(wanted: (at: number) => boolean): void {
    const kept = [...this.#names.keys()].filter(wanted);
    this.#values = kept.map((at) => this.#values[at] as V);
    this.#names = kept.map((at) => this.#names[at] as string);
    this.#index = undefined;
  }
}

/**
 * A `FormsDict` with attribute access: `query.page` is the newest value of `page`. Where values may be strings an absent name is
 * `''`, as in Bottle; in a dictionary of other values (files) it is `undefined`.
 *
 * The members of `FormsDict` (`get`, `size`, `keys`, …) and of every object (`toString`, …) win over names that a client sent:
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

/** What `asForms` and `formsDict` must be told where values are no strings: that an absent one is `undefined`. */
type Absent<V> = string extends V ? [absent?: ''] : [absent: undefined];

/**
 * The same dictionary with attribute access: `forms.page`, `'page' in forms`, `{ ...forms }`.
 *
 * @param absent what an absent name gives: `''` (default), or `undefined` for dictionaries whose values are no strings.
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
 * Where a character stands next in a text, for readers who go from pair to pair: it is looked for anew only when the place known is
 * left behind. To look for the `=` of each pair in the whole text would cost its length for every pair that has none.
 *
 * @param known what it gave the last time; -1 at first.
 * @returns the length of the text, if it comes no more.
 */
export function nextOf(char: string, text: string, from: number, known: number): number {
  if (known >= from) return known;
  const at = text.indexOf(char, from);
  return at < 0 ? text.length : at;
}
