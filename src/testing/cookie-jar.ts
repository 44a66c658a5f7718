import { type CookieOptions, parseCookies, serializeCookie } from '../http/fields/cookies.js';
import { parseHttpDate } from '../http/fields/dates.js';

/** The parts of a `Set-Cookie` header. */
interface ReceivedCookie {
  name: string;
  /** The value as it was sent. */
  raw: string;
  /** The value without quotes and percent-escapes, as in `request.cookies`. */
  value: string;
  /** Attribute names are in lower case. */
  attributes: Map<string, string>;
}

interface StoredCookie {
  name: string;
  raw: string;
  value: string;
  domain: string;
  /** Whether the cookie has no `Domain`, and therefore belongs to this host only. */
  hostOnly: boolean;
  path: string;
  secure: boolean;
  /** Milliseconds since 1970; `Infinity` for a session cookie. */
  expires: number;
}

/**
 * A cookie store that follows browsers (RFC 6265, section 5). It stores cookies by host, path and name until they expire or are
 * deleted. Cookies with `Secure` are sent over https only. `SameSite` has no effect, because a test has no other site.
 *
 * @example
 * const client = new TestClient(app);
 * await client.post('/login', { form: { name: 'ada' } });
 * client.cookies.get('session');
 * client.cookies.set('theme', 'dark');
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5
 */
export class CookieJar implements Iterable<[string, string]> {
  readonly #base: URL;
  #cookies: StoredCookie[] = [];

  /** @param base the URL for which `set` stores cookies. */
  constructor(base: string | URL = 'http://localhost') {
    this.#base = new URL(base);
  }

  /** The number of cookies that have not expired. */
  get size(): number {
    return this.#unexpired().length;
  }

  /** The value of a cookie, for any path and host. Of several, the one that was set last. */
  get(name: string): string | undefined {
    return this.#unexpired().findLast((cookie) => cookie.name === name)?.value;
  }

  has(name: string): boolean {
    return this.#unexpired().some((cookie) => cookie.name === name);
  }

  /**
   * Stores a cookie, as if the app had set it for the whole site.
   *
   * @param value a string; with `secret`, any JSON value, which is signed.
   * @throws CookieError for a name, value or attribute that browsers reject, and for a `secret` that is empty or `undefined`.
   * @example client.cookies.set('user', { id: 7 }, { secret: 'key' });
   */
  set(name: string, value: unknown, options: CookieOptions = {}): this {
    this.store(this.#base, [serializeCookie(name, value, { path: '/', ...options })]);
    return this;
  }

  /**
   * Removes a cookie from every path and host.
   *
   * @returns whether it existed.
   */
  delete(name: string): boolean {
    const found = this.has(name);
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name);
    return found;
  }

  clear(): void {
    this.#cookies = [];
  }

  /** The names and values of all cookies that have not expired. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const { name, value } of this.#unexpired()) yield [name, value];
  }

  /** Stores the cookies of a response to `url`. Cookies that browsers reject are ignored. */
  store(url: URL, setCookies: readonly string[]): void {
    for (const header of setCookies) {
      const received = parseSetCookie(header);
      const cookie = received === undefined ? undefined : toStoredCookie(received, url);
      if (cookie === undefined) continue;
      const index = this.#cookies.findIndex((other) => isSame(other, cookie));
      // A replaced cookie keeps its position, which decides the order in `Cookie` (RFC 6265, section 5.3, step 11).
      if (index === -1) this.#cookies.push(cookie);
      else this.#cookies[index] = cookie;
    }
  }

  /** The cookies that are sent with a request to `url`, longer paths first (RFC 6265, section 5.4). */
  sentTo(url: URL): { name: string; raw: string }[] {
    return this.#unexpired()
      .filter((cookie) => isSentTo(cookie, url))
      .sort((a, b) => b.path.length - a.path.length);
  }

  #unexpired(): StoredCookie[] {
    const now = Date.now();
    this.#cookies = this.#cookies.filter(({ expires }) => expires > now);
    return [...this.#cookies];
  }
}

/** Parses a `Set-Cookie` header (RFC 6265, section 5.2). Returns `undefined` for one without a name. */
export function parseSetCookie(header: string): ReceivedCookie | undefined {
  const [pair = '', ...rest] = header.split(';');
  const [name, raw] = splitPair(pair);
  if (raw === undefined || name === '') return undefined;
  const attributes = new Map(
    rest.map((part) => {
      const [key, value = ''] = splitPair(part);
      return [key.toLowerCase(), value] as const;
    }),
  );
  return { name, raw, value: parseCookies(`${name}=${raw}`).get(name) ?? raw, attributes };
}

function splitPair(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text.trim(), undefined] : [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
}

/** Creates a stored cookie with its attributes. Returns `undefined` for a cookie of another host. */
function toStoredCookie({ name, raw, value, attributes }: ReceivedCookie, url: URL): StoredCookie | undefined {
  const domain = (attributes.get('domain') ?? '').replace(/^\./, '').toLowerCase();
  if (domain !== '' && !domainMatches(url.hostname, domain)) return undefined;
  const path = attributes.get('path') ?? '';
  return {
    name,
    raw,
    value,
    domain: domain === '' ? url.hostname : domain,
    hostOnly: domain === '',
    path: path.startsWith('/') ? path : defaultPath(url),
    secure: attributes.has('secure'),
    expires: expiryOf(attributes),
  };
}

/** `Max-Age` takes precedence over `Expires`. Invalid values are ignored. */
function expiryOf(attributes: Map<string, string>): number {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Date.now() + Number(maxAge) * 1000;
  const expires = attributes.get('expires');
  if (expires === undefined) return Number.POSITIVE_INFINITY;
  const time = (parseHttpDate(expires) ?? new Date(expires)).getTime();
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}

function isSame(a: StoredCookie, b: StoredCookie): boolean {
  return a.name === b.name && a.domain === b.domain && a.hostOnly === b.hostOnly && a.path === b.path;
}

function isSentTo({ domain, hostOnly, path, secure }: StoredCookie, url: URL): boolean {
  const matchesHost = hostOnly ? url.hostname === domain : domainMatches(url.hostname, domain);
  return matchesHost && pathMatches(url.pathname, path) && (!secure || url.protocol === 'https:');
}

/** RFC 6265, section 5.1.3. An IP address has no subdomains. */
function domainMatches(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$|^\[/.test(host));
}

/** RFC 6265, section 5.1.4. */
function pathMatches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/');
}

function defaultPath(url: URL): string {
  const end = url.pathname.lastIndexOf('/');
  return end <= 0 ? '/' : url.pathname.slice(0, end);
}
