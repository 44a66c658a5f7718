import { type CookieOptions, deleteCookie, serializeCookie } from './fields/cookies.js';
import { asHeaderAccess, HeaderDict, type Headers } from './fields/headers.js';
import { withCharset } from './fields/media-type.js';
import { parseStatus } from './fields/status.js';

/**
 * The response in the making: status, headers and cookies that go with whatever the method returns. Bottle's `response`.
 *
 * @example
 * create(response: Response) {
 *   response.status = 201;
 *   response.setHeader('Location', '/posts/7');
 *   return { id: 7 };
 * }
 */
export class Response {
  /** Zero until somebody sets the status. */
  #code = 0;
  #reason: string | undefined = undefined;
  #access: Headers | undefined = undefined;
  #cookies: Map<string, string> | undefined = undefined;
  /** The headers as stored, without attribute access. */
  readonly headerDict = new HeaderDict();

  /** The status as a number. May be set to a number or to a whole status line: `'404 Not here'`. */
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

  /** Whether the status was set, or is still the default. */
  get hasStatus(): boolean {
    return this.#code !== 0;
  }

  /** The headers: case-insensitive, with methods (`get set append has delete`) and by attribute (`headers['X-A'] = 'b'`). */
  get headers(): Headers {
    this.#access ??= asHeaderAccess(this.headerDict);
    return this.#access;
  }

  getHeader(name: string): string | undefined;
  getHeader<D>(name: string, fallback: D): string | D;
  getHeader(name: string, fallback?: unknown): unknown {
    return this.headerDict.get(name, fallback as string);
  }

  /** Sets a header in place of all of that name. Throws on CR, LF or NUL. */
  setHeader(name: string, value: string | number | Date): void {
    this.headerDict.set(name, value);
  }

  /** Adds a header beside those of that name. Throws on CR, LF or NUL. */
  addHeader(name: string, value: string | number | Date): void {
    this.headerDict.append(name, value);
  }

  /**
   * Takes over a list of headers: each name in place of what it had, with all its values. Cookies stand beside those set before,
   * and so does `Vary`: caches must heed all that anybody has looked at.
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
   * @throws CookieError for names, values or attributes that no browser would accept (RFC 6265bis), and for a `secret` that is there
   *   and empty or `undefined`.
   */
  setCookie(name: string, value: unknown, options: CookieOptions = {}): void {
    this.#cookies ??= new Map();
    this.#cookies.set(name, serializeCookie(name, value, options));
  }

  /** Tells the browser to forget a cookie; `path` and `domain` must be those it was set with. */
  deleteCookie(name: string, options: CookieOptions = {}): void {
    this.#cookies ??= new Map();
    this.#cookies.set(name, deleteCookie(name, options));
  }

  /** @internal A second response with the same status, headers and cookies. */
  copy(): Response {
    const copy = new (this.constructor as typeof Response)();
    copy.#code = this.#code;
    copy.#reason = this.#reason;
    copy.headerDict.extend(this.headerDict);
    if (this.#cookies !== undefined) copy.#cookies = new Map(this.#cookies);
    return copy;
  }

  /** Forgets what only described the body that an error now replaces: its type, length, validators and caching. */
  dropRepresentation(): void {
    for (const name of REPRESENTATION_HEADERS) this.headerDict.delete(name);
  }

  /** All headers as they are sent: name, value, name, value …; cookies last. */
  toFlat(): string[] {
    // How the body is framed is for the server to say: beside a length it would be two answers to one reader (RFC 9112 §6.3).
    this.headerDict.delete('Transfer-Encoding');
    const flat = this.headerDict.toFlat();
    if (this.#cookies !== undefined) for (const cookie of this.#cookies.values()) flat.push('Set-Cookie', cookie);
    return flat;
  }
}

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
