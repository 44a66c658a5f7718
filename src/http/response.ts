import { brand } from '../support/brand.js';
import { type CookieOptions, deleteCookie, serializeCookie } from './fields/cookies.js';
import { asHeaderAccess, HeaderDict, type Headers } from './fields/headers.js';
import { withCharset } from './fields/media-type.js';
import { parseStatus } from './fields/status.js';

/**
 * The status, headers and cookies that are sent with the result of the method. Bottle's `response`.
 *
 * @example
 * create(response: Response) {
 *   response.status = 201;
 *   response.setHeader('Location', '/posts/7');
 *   return { id: 7 };
 * }
 */
export class Response {
  /** Zero until the status is set. */
  #code = 0;
  #reason: string | undefined = undefined;
  #headerAccess: Headers | undefined = undefined;
  #cookies: Map<string, string> | undefined = undefined;
  /** The headers as stored, without attribute access. */
  readonly headerDict = new HeaderDict();

  /** The status code. The setter accepts a code or a status line such as `'404 Not here'`. */
  get status(): number {
    return this.#code === 0 ? 200 : this.#code;
  }

  set status(status: number | string) {
    const { code, reason } = parseStatus(status);
    this.#code = code;
    this.#reason = typeof status === 'string' ? reason : undefined;
  }

  get statusCode(): number {
    return this.status;
  }

  /** Code and reason phrase: `'404 Not Found'`. */
  get statusLine(): string {
    return `${this.status} ${this.reason}`;
  }

  /** The reason phrase: the one that was set, or the registered one. */
  get reason(): string {
    return this.#reason ?? parseStatus(this.status).reason;
  }

  /** Whether the status was set. */
  get hasStatus(): boolean {
    return this.#code !== 0;
  }

  /** The headers: case-insensitive, with methods (`get set append has delete`) and by attribute (`headers['X-A'] = 'b'`). */
  get headers(): Headers {
    this.#headerAccess ??= asHeaderAccess(this.headerDict);
    return this.#headerAccess;
  }

  getHeader(name: string): string | undefined;
  getHeader<D>(name: string, fallback: D): string | D;
  getHeader(name: string, fallback?: unknown): unknown {
    return this.headerDict.get(name, fallback as string);
  }

  /** Sets a header. Replaces existing values. Throws on CR, LF or NUL. */
  setHeader(name: string, value: string | number | Date): void {
    this.headerDict.set(name, value);
  }

  /** Adds a header. Keeps existing values. Throws on CR, LF or NUL. */
  addHeader(name: string, value: string | number | Date): void {
    this.headerDict.append(name, value);
  }

  /**
   * Sets a list of headers. All values of a name replace its existing values. `Set-Cookie` and `Vary` are added to the existing values:
   * caches need all header names that the response depends on.
   */
  replaceHeaders(headers: Iterable<readonly [string, string]>): void {
    if (this.headerDict.size === 0 && headers instanceof HeaderDict) {
      this.headerDict.extend(headers);
      return;
    }
    const seen = new Set(['set-cookie', 'vary']);
    for (const [name, value] of headers) {
      const lower = name.toLowerCase();
      if (seen.has(lower)) this.headerDict.append(name, value);
      else this.headerDict.set(name, value);
      seen.add(lower);
    }
  }

  /** The `Content-Type`, `text/html; charset=UTF-8` unless set. */
  get contentType(): string {
    return this.headerDict.get('Content-Type') ?? 'text/html; charset=UTF-8';
  }

  set contentType(type: string) {
    this.headerDict.set('Content-Type', type);
  }

  /** The charset that strings are encoded in. Setting it changes the parameter of the content type. */
  get charset(): string {
    const match = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(this.headerDict.get('Content-Type') ?? '');
    return match?.[1] ?? 'UTF-8';
  }

  set charset(charset: string) {
    this.contentType = withCharset(this.contentType, charset);
  }

  /**
   * Sets a cookie. With `secret` the value may be any JSON value and is signed (HMAC-SHA-256); otherwise it is a string.
   *
   * @throws CookieError for names, values or attributes that browsers reject (RFC 6265bis), and for a `secret` that is set to an empty
   *   value or `undefined`.
   */
  setCookie(name: string, value: unknown, options: CookieOptions = {}): void {
    this.#cookies ??= new Map();
    this.#cookies.set(name, serializeCookie(name, value, options));
  }

  /** Deletes a cookie in the browser. `path` and `domain` must be those that the cookie was set with. */
  deleteCookie(name: string, options: CookieOptions = {}): void {
    this.#cookies ??= new Map();
    this.#cookies.set(name, deleteCookie(name, options));
  }

  /** @internal Creates a copy with the same status, headers and cookies. */
  copy(): Response {
    const copy = new (this.constructor as typeof Response)();
    copy.#code = this.#code;
    copy.#reason = this.#reason;
    copy.headerDict.extend(this.headerDict);
    if (this.#cookies !== undefined) copy.#cookies = new Map(this.#cookies);
    return copy;
  }

  /** Deletes the headers that describe the body: its type, length, validators and caching. For errors, which replace the body. */
  dropRepresentation(): void {
    for (const name of REPRESENTATION_HEADERS) this.headerDict.delete(name);
  }

  /** All headers for sending: name, value, name, value …; cookies last. */
  toFlat(): string[] {
    // The server frames the body. `Transfer-Encoding` together with `Content-Length` would be ambiguous (RFC 9112 §6.3).
    this.headerDict.delete('Transfer-Encoding');
    const flat = this.headerDict.toFlat();
    if (this.#cookies !== undefined) for (const cookie of this.#cookies.values()) flat.push('Set-Cookie', cookie);
    return flat;
  }
}

brand(Response, 'Response');

const REPRESENTATION_HEADERS = [
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Language',
  'Content-Range',
  'Content-Disposition',
  'ETag',
  'Last-Modified',
  'Cache-Control',
  'Expires',
  'Accept-Ranges',
];
