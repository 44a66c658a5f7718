import { brand } from '../../support/brand.js';
import { attributeHandler } from './attribute-access.js';
import { formatHttpDate } from './dates.js';
import { withVary } from './raw-headers.js';

/** The value of a header. Numbers are formatted as decimals, dates as HTTP dates. */
type HeaderValue = string | number | bigint | Date;

/** A source of headers: another `HeaderDict`, fetch `Headers`, pairs, or an object (a list means several values). */
export type HeaderSource =
  | HeaderDict
  | Iterable<readonly [string, HeaderValue | readonly HeaderValue[]]>
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;

/** Thrown for an invalid header: `BN_HEADER_NAME` for its name, `BN_HEADER_VALUE` for its value. */
class HeaderError extends TypeError {
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
// Characters that are not allowed in a field value (RFC 9110 section 5.5), and characters beyond latin1.
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

// Validated names, and their lower case. Bounded, because an application may create names from data.
const LOWER_CASE_NAMES = new Map<string, string>();
const MAX_LOWER_CASE_NAMES = 500;

/**
 * The headers of a message (RFC 9110 section 5). Names are case-insensitive, a name may have several values, and the order and the
 * spelling of names are kept. Iteration, `entries`, `values`, `size` and `toFlat` include every value; `keys` lists each header once.
 *
 * Setting an invalid header throws a `HeaderError`: for line breaks, NUL and other control characters, names that are not tokens, and
 * values beyond latin1. This prevents response splitting by values from clients.
 *
 * @example
 * const headers = new HeaderDict({ 'Content-Type': 'text/plain' });
 * headers.append('Set-Cookie', 'a=1').append('Set-Cookie', 'b=2');
 * headers.get('content-type'); // 'text/plain'
 */
export class HeaderDict implements Iterable<[string, string]> {
  // Lower-case name, name, value, and so on. A message has few headers, so a linear search is faster than an index.
  #list: string[] = [];
  #joinsValues = false;

  /** @throws HeaderError for invalid names and values. */
  constructor(source?: HeaderSource) {
    if (source !== undefined) this.extend(source);
  }

  /**
   * Creates a dictionary from the raw headers of a request: name, value, name, value …. They are not validated again. For a repeated
   * header, `get` returns all values joined (RFC 9110 section 5.3).
   *
   * @example HeaderDict.fromRaw(['Host', 'localhost', 'Accept', 'a/b', 'accept', 'c/d']).get('accept') // 'a/b, c/d'
   */
  static fromRaw(raw: readonly string[]): HeaderDict {
    const headers = new this();
    headers.#joinsValues = true;
    const list = headers.#list;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = raw[i] as string;
      list.push(LOWER_CASE_NAMES.get(name) ?? name.toLowerCase(), name, raw[i + 1] as string);
    }
    return headers;
  }

  /** The number of values of all names. */
  get size(): number {
    return this.#list.length / 3;
  }

  /**
   * The value of a header. For several values, a response returns the last one, as in Bottle. A request returns all values, joined by
   * `, ` (`Cookie` by `; `). `Set-Cookie` is never joined.
   */
  get(name: string): string | undefined;
  get<D>(name: string, fallback: D): string | D;
  get(name: string, fallback?: unknown): unknown {
    const lower = LOWER_CASE_NAMES.get(name) ?? name.toLowerCase();
    const list = this.#list;
    let found: string | undefined;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] !== lower) continue;
      if (found === undefined || !this.#joinsValues || lower === 'set-cookie') found = list[i + 2];
      else found += (lower === 'cookie' ? '; ' : ', ') + list[i + 2];
    }
    return found ?? fallback;
  }

  /** All values of a header, in order. The list is empty if the header was not sent. */
  getAll(name: string): string[] {
    const lower = LOWER_CASE_NAMES.get(name) ?? name.toLowerCase();
    const list = this.#list;
    const values: string[] = [];
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] === lower) values.push(list[i + 2] as string);
    }
    return values;
  }

  has(name: string): boolean {
    const lower = LOWER_CASE_NAMES.get(name) ?? name.toLowerCase();
    const list = this.#list;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] === lower) return true;
    }
    return false;
  }

  /**
   * Sets a header. Replaces existing values. A list sets several values; an empty list deletes the header.
   *
   * @throws HeaderError for an invalid name or value. The dictionary is not changed then.
   */
  set(name: string, value: HeaderValue | readonly HeaderValue[]): this {
    const lower = validateName(name);
    if (typeof value === 'object' && !(value instanceof Date)) return this.#setAll(lower, name, value);
    const text = validateValue(name, value);
    const list = this.#list;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] !== lower) continue;
      list[i + 1] = name;
      list[i + 2] = text;
      this.#remove(lower, i + 3);
      return this;
    }
    list.push(lower, name, text);
    return this;
  }

  /**
   * Adds a value to a header. A list adds several values.
   *
   * @throws HeaderError for an invalid name or value.
   */
  append(name: string, value: HeaderValue | readonly HeaderValue[]): this {
    const lower = validateName(name);
    if (typeof value === 'object' && !(value instanceof Date)) {
      const texts = validateValues(name, value);
      for (const text of texts) this.#list.push(lower, name, text);
    } else {
      this.#list.push(lower, name, validateValue(name, value));
    }
    return this;
  }

  /** The same as `append`. */
  add(name: string, value: HeaderValue | readonly HeaderValue[]): this {
    return this.append(name, value);
  }

  /** Adds all headers of a source. Keeps existing values. Ignores `undefined` values. */
  extend(source: HeaderSource): this {
    // Headers of another dictionary have been validated, unless they come from a client.
    if (#list in source && !source.#joinsValues) {
      for (const text of [...source.#list]) this.#list.push(text);
      return this;
    }
    const entries = Symbol.iterator in source ? source : Object.entries(source);
    for (const [name, value] of entries as Iterable<readonly [string, HeaderValue | readonly HeaderValue[] | undefined]>) {
      if (value !== undefined) this.append(name, value);
    }
    return this;
  }

  /** Sets a header if it is absent. Returns the current value. */
  setDefault(name: string, value: HeaderValue): string {
    const present = this.get(name);
    if (present !== undefined) return present;
    this.set(name, value);
    return this.get(name, '');
  }

  /** Removes a header with all its values. Returns whether it existed. */
  delete(name: string): boolean {
    return this.#remove(LOWER_CASE_NAMES.get(name) ?? name.toLowerCase(), 0);
  }

  clear(): void {
    this.#list.length = 0;
  }

  /** The names, each once, in their first spelling. */
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

  /** The headers for sending: name, value, name, value …. A header with several values has several pairs. */
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
    const texts = validateValues(name, values);
    this.#remove(lower, 0);
    for (const text of texts) this.#list.push(lower, name, text);
    return this;
  }

  /** Removes all entries of a name, starting at an index. */
  #remove(lower: string, from: number): boolean {
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

brand(HeaderDict, 'HeaderDict');

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
 * Adds attribute access to a dictionary: `headers['content-type']` (`undefined` when absent),
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

function validateName(name: string): string {
  const known = LOWER_CASE_NAMES.get(name);
  if (known !== undefined) return known;
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new HeaderError(
      'BN_HEADER_NAME',
      `${JSON.stringify(name)} is not a header name: use letters, digits and !#$%&'*+-.^_\`|~ only (RFC 9110 section 5.6.2).`,
    );
  }
  const lower = name.toLowerCase();
  if (LOWER_CASE_NAMES.size < MAX_LOWER_CASE_NAMES) LOWER_CASE_NAMES.set(name, lower);
  return lower;
}

/**
 * Validates a header, like `response.setHeader`.
 *
 * @returns the value for sending.
 * @throws HeaderError for an invalid name or value (RFC 9110 §5.5).
 */
export function checkedHeader(name: string, value: HeaderValue): string {
  validateName(name);
  return validateValue(name, value);
}

function validateValues(name: string, values: readonly HeaderValue[]): string[] {
  if (!Array.isArray(values)) throw invalidType(name, values);
  return values.map((value) => validateValue(name, value));
}

function validateValue(name: string, value: HeaderValue): string {
  const text = typeof value === 'string' ? value : stringify(name, value);
  if (FORBIDDEN.test(text)) throw invalidCharacter(name, text);
  // Whitespace around a value is not part of it (RFC 9110 section 5.5), and HTTP/2 rejects it.
  return trimBlank(text);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Trims spaces and tabs of a text or a part of it. `trim` would also remove characters that are data here, such as U+00A0. */
export function trimBlank(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function stringify(name: string, value: unknown): string {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return formatHttpDate(value);
  throw invalidType(name, value);
}

function invalidType(name: string, value: unknown): HeaderError {
  const kind = value === null ? 'null' : typeof value === 'number' || value instanceof Date ? String(value) : typeof value;
  return new HeaderError('BN_HEADER_VALUE', `Header ${name} cannot be ${kind}: give a string, a finite number or a valid Date.`);
}

/** The message contains the position but not the value, which may be a secret. */
function invalidCharacter(name: string, text: string): HeaderError {
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
 * Adds names of request headers to `Vary`. Caches do not reuse a response for requests that differ in these headers (RFC 9110 section
 * 12.5.5).
 *
 * @param names one name, or several names with commas.
 */
export function addVary(headers: HeaderDict, names: string): void {
  const value = withVary(headers.getAll('Vary').join(', '), names);
  if (value !== undefined) headers.set('Vary', value);
}
