import { attributeHandler } from './attribute-access.js';
import { formatHttpDate } from './dates.js';
import { withVary } from './raw-headers.js';

/** What a header may be set to. Numbers become decimal digits, dates the date format of HTTP. */
export type HeaderValue = string | number | bigint | Date;

/** Where headers may come from: another `HeaderDict`, `fetch` `Headers`, pairs, or an object (a list means several values). */
export type HeaderSource =
  | HeaderDict
  | Iterable<readonly [string, HeaderValue | readonly HeaderValue[]]>
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;

/** Thrown for a header that HTTP cannot carry: `BN_HEADER_NAME` for its name, `BN_HEADER_VALUE` for its value. */
export class HeaderError extends TypeError {
  override readonly name: string = 'HeaderError';
  readonly code: 'BN_HEADER_NAME' | 'BN_HEADER_VALUE';

  constructor(code: 'BN_HEADER_NAME' | 'BN_HEADER_VALUE', message: string) {
    super(message);
    this.code = code;
  }
}

const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

// RFC 9110 section 5.6.2.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Everything that may not stand in a field value (RFC 9110 section 5.5), and what latin1 does not hold.
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

// Names that passed the check, with their lower case. Bounded, for an application may make names out of its data.
const LOWERED = new Map<string, string>();
const LOWERED_LIMIT = 500;

/**
 * The headers of a message (RFC 9110 section 5): names are case-insensitive, a name may have several values, and both the order
 * and the spelling of names are kept. Iteration, `entries`, `values`, `size` and `toFlat` count every value; `keys` names each
 * header once.
 *
 * What cannot stand in a header throws a `HeaderError` where it is set: line breaks, NUL and other control characters, names that
 * are no token, values beyond latin1. So nothing that an application passes on from a client can split a response.
 *
 * @example
 * const headers = new HeaderDict({ 'Content-Type': 'text/plain' });
 * headers.append('Set-Cookie', 'a=1').append('Set-Cookie', 'b=2');
 * headers.get('content-type'); // 'text/plain'
 */
export class HeaderDict implements Iterable<[string, string]> {
  // Lower-case name, name, value; and again. A message has few headers: a walk over them beats any index.
  #list: string[] = [];
  #joins = false;

  /** @throws HeaderError for names and values that HTTP cannot carry. */
  constructor(source?: HeaderSource) {
    if (source !== undefined) this.extend(source);
  }

  /**
   * The headers of a request as they came: name, value, name, value …. They are not checked again. Of a repeated header, `get`
   * gives all values joined, as RFC 9110 section 5.3 reads them.
   *
   * @example HeaderDict.fromRaw(['Host', 'localhost', 'Accept', 'a/b', 'accept', 'c/d']).get('accept') // 'a/b, c/d'
   */
  static fromRaw(raw: readonly string[]): HeaderDict {
    const headers = new this();
    headers.#joins = true;
    const list = headers.#list;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = raw[i] as string;
      list.push(LOWERED.get(name) ?? name.toLowerCase(), name, raw[i + 1] as string);
    }
    return headers;
  }

  /** The number of values, over all names. */
  get size(): number {
    return this.#list.length / 3;
  }

  /**
   * The value of a header. Of several values: in a response the last one, as in Bottle; in a request all of them, joined by `, `
   * (`Cookie` by `; `). `Set-Cookie` is never joined.
   */
  get(name: string): string | undefined;
  get<D>(name: string, fallback: D): string | D;
  get(name: string, fallback?: unknown): unknown {
    const lower = LOWERED.get(name) ?? name.toLowerCase();
    const list = this.#list;
    let found: string | undefined;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] !== lower) continue;
      if (found === undefined || !this.#joins || lower === 'set-cookie') found = list[i + 2];
      else found += (lower === 'cookie' ? '; ' : ', ') + list[i + 2];
    }
    return found ?? fallback;
  }

  /** All values of a header in their order; an empty list without any. */
  getAll(name: string): string[] {
    const lower = LOWERED.get(name) ?? name.toLowerCase();
    const list = this.#list;
    const values: string[] = [];
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] === lower) values.push(list[i + 2] as string);
    }
    return values;
  }

  has(name: string): boolean {
    const lower = LOWERED.get(name) ?? name.toLowerCase();
    const list = this.#list;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] === lower) return true;
    }
    return false;
  }

  /**
   * Sets a header in place of all values it had; a list sets several values. An empty list deletes it.
   *
   * @throws HeaderError for a name or value that HTTP cannot carry; the dictionary is unchanged then.
   */
  set(name: string, value: HeaderValue | readonly HeaderValue[]): this {
    const lower = checkedName(name);
    if (typeof value === 'object' && !(value instanceof Date)) return this.#setAll(lower, name, value);
    const text = checkedValue(name, value);
    const list = this.#list;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] !== lower) continue;
      list[i + 1] = name;
      list[i + 2] = text;
      this.#drop(lower, i + 3);
      return this;
    }
    list.push(lower, name, text);
    return this;
  }

  /**
   * Adds a value to those that the header has. A list adds several.
   *
   * @throws HeaderError for a name or value that HTTP cannot carry.
   */
  append(name: string, value: HeaderValue | readonly HeaderValue[]): this {
    const lower = checkedName(name);
    if (typeof value === 'object' && !(value instanceof Date)) {
      const texts = checkedValues(name, value);
      for (const text of texts) this.#list.push(lower, name, text);
    } else {
      this.#list.push(lower, name, checkedValue(name, value));
    }
    return this;
  }

  /** The same as `append`. */
  add(name: string, value: HeaderValue | readonly HeaderValue[]): this {
    return this.append(name, value);
  }

  /** Adds all headers of a source to those that are there. `undefined` values are passed over. */
  extend(source: HeaderSource): this {
    // What stands in another dictionary has passed the check, unless it is a client's.
    if (#list in source && !source.#joins) {
      for (const text of [...source.#list]) this.#list.push(text);
      return this;
    }
    const entries = Symbol.iterator in source ? source : Object.entries(source);
    for (const [name, value] of entries as Iterable<readonly [string, HeaderValue | readonly HeaderValue[] | undefined]>) {
      if (value !== undefined) this.append(name, value);
    }
    return this;
  }

  /** Sets a header unless it is there, and gives the value that it has now. */
  setDefault(name: string, value: HeaderValue): string {
    const present = this.get(name);
    if (present !== undefined) return present;
    this.set(name, value);
    return this.get(name, '');
  }

  /** Removes a header with all its values; tells whether it was there. */
  delete(name: string): boolean {
    return this.#drop(LOWERED.get(name) ?? name.toLowerCase(), 0);
  }

  clear(): void {
    this.#list.length = 0;
  }

  /** The names, each once, as first spelled. */
  *keys(): IterableIterator<string> {
    const seen = new Set<string>();
    const list = this.#list;
    for (let i = 0; i < list.length; i += 3) {
      const lower = list[i] as string;
      if (seen.has(lower)) continue;
      seen.add(lower);
      yield list[i + 1] as string;
    }
  }

  /** All values in their order. */
  *values(): IterableIterator<string> {
    for (let i = 2; i < this.#list.length; i += 3) yield this.#list[i] as string;
  }

  /** All pairs of name and value in their order; a header with several values gives several pairs. */
  *entries(): IterableIterator<[string, string]> {
    const list = this.#list;
    for (let i = 0; i < list.length; i += 3) yield [list[i + 1] as string, list[i + 2] as string];
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  /** Name, value, name, value …, as it is sent. A header with several values gives several pairs. */
  toFlat(): string[] {
    const list = this.#list;
    const flat: string[] = [];
    for (let i = 0; i < list.length; i += 3) flat.push(list[i + 1] as string, list[i + 2] as string);
    return flat;
  }

  /** An object without a prototype: a header with several values has a list. */
  toJSON(): Record<string, string | string[]> {
    const object = Object.create(null) as Record<string, string | string[]>;
    for (const name of this.keys()) {
      const values = this.getAll(name);
      object[name] = values.length === 1 ? (values[0] as string) : values;
    }
    return object;
  }

  [INSPECT](_depth: unknown, options: unknown, inspect?: (value: unknown, options: unknown) => string): unknown {
    return inspect ? `HeaderDict ${inspect({ ...this.toJSON() }, options)}` : this.toJSON();
  }

  #setAll(lower: string, name: string, values: readonly HeaderValue[]): this {
    const texts = checkedValues(name, values);
    this.#drop(lower, 0);
    for (const text of texts) this.#list.push(lower, name, text);
    return this;
  }

  /** Removes all entries of a name from a place on. */
  #drop(lower: string, from: number): boolean {
    const list = this.#list;
    let kept = from;
    for (let i = from; i < list.length; i += 3) {
      if (list[i] === lower) continue;
      if (kept !== i) {
        list[kept] = list[i] as string;
        list[kept + 1] = list[i + 1] as string;
        list[kept + 2] = list[i + 2] as string;
      }
      kept += 3;
    }
    if (kept === list.length) return false;
    list.length = kept;
    return true;
  }
}

/** A `HeaderDict` whose headers can also be read, set and deleted as attributes. */
export type Headers = HeaderDict & { [name: string]: string | undefined };

const handler = attributeHandler<HeaderDict>({
  read: (headers, name) => headers.get(name),
  has: (headers, name) => headers.has(name),
  names: (headers) => headers.keys(),
  write(headers, name, value) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value as HeaderValue);
  },
  remove: (headers, name) => void headers.delete(name),
});

/**
 * The same headers with attribute access beside the methods: `headers['content-type']` (`undefined` when absent),
 * `headers['X-Foo'] = 'bar'` (`undefined` deletes), `'x-foo' in headers`, `delete headers['x-foo']`, `{ ...headers }`.
 *
 * @example
 * const headers = asHeaderAccess(new HeaderDict());
 * headers['X-Foo'] = 'bar';
 * headers.get('x-foo'); // 'bar'
 */
export function asHeaderAccess(headers: HeaderDict): Headers {
  return new Proxy(headers, handler) as Headers;
}

function checkedName(name: string): string {
  const known = LOWERED.get(name);
  if (known !== undefined) return known;
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new HeaderError(
      'BN_HEADER_NAME',
      `${JSON.stringify(name)} is no header name: use letters, digits and !#$%&'*+-.^_\`|~ only (RFC 9110 section 5.6.2).`,
    );
  }
  const lower = name.toLowerCase();
  if (LOWERED.size < LOWERED_LIMIT) LOWERED.set(name, lower);
  return lower;
}

/**
 * Checks a header before it is set, as `response.setHeader` does.
 *
 * @returns the value as it is sent.
 * @throws HeaderError for a name or value that HTTP cannot carry (RFC 9110 §5.5).
 */
export function checkedHeader(name: string, value: HeaderValue): string {
  checkedName(name);
  return checkedValue(name, value);
}

function checkedValues(name: string, values: readonly HeaderValue[]): string[] {
  if (!Array.isArray(values)) throw unfit(name, values);
  return values.map((value) => checkedValue(name, value));
}

function checkedValue(name: string, value: HeaderValue): string {
  const text = typeof value === 'string' ? value : converted(name, value);
  if (FORBIDDEN.test(text)) throw forbidden(name, text);
  // Space around a value is no part of it (RFC 9110 section 5.5), and HTTP/2 refuses it.
  return trimBlank(text);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** A text (or a part of it) without the spaces and tabs around it: `trim` would also take characters that are data here, such as U+00A0. */
export function trimBlank(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function converted(name: string, value: unknown): string {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return formatHttpDate(value);
  throw unfit(name, value);
}

function unfit(name: string, value: unknown): HeaderError {
  const kind = value === null ? 'null' : typeof value === 'number' || value instanceof Date ? String(value) : typeof value;
  return new HeaderError('BN_HEADER_VALUE', `Header ${name} cannot be ${kind}: give a string, a finite number or a valid Date.`);
}

/** The message tells the place but not the value, which may be a secret. */
function forbidden(name: string, text: string): HeaderError {
  const at = text.search(FORBIDDEN);
  const code = text.charCodeAt(at);
  const problem =
    code > 0xff
      ? `a character beyond latin1 (U+${code.toString(16).toUpperCase().padStart(4, '0')}) at position ${at}: ` +
        "percent-encode the value, or use the extended notation of RFC 8187 (filename*=UTF-8''…)"
      : `a ${CONTROL_NAMES[code] ?? 'control character'} at position ${at}: remove it, a header is one line of text`;
  return new HeaderError('BN_HEADER_VALUE', `The value of header ${name} contains ${problem}.`);
}

const CONTROL_NAMES: Readonly<Record<number, string>> = { 0: 'NUL', 10: 'line feed', 13: 'carriage return' };

/**
 * Adds names of request headers to `Vary`, beside those that it has: caches must not give a response to requests that differ in
 * these (RFC 9110 section 12.5.5).
 *
 * @param names one name, or several with commas.
 */
export function addVary(headers: HeaderDict, names: string): void {
  const value = withVary(headers.getAll('Vary').join(', '), names);
  if (value !== undefined) headers.set('Vary', value);
}
