import { type CookieOptions, parseCookies, serializeCookie } from '../http/fields/cookies.js';
import { parseHttpDate } from '../http/fields/dates.js';

/** A `Set-Cookie` header in its parts. */
export interface ReceivedCookie {
  name: string;
  /** As it was sent. */
  raw: string;
  /** Without quotes and percent-escapes, as `request.cookies` will give it. */
  value: string;
  /** Attribute names in lower case. */
  attributes: Map<string, string>;
}

interface StoredCookie {
  name: string;
  raw: string;
  value: string;
  domain: string;
  /** Whether it came without `Domain`, and so belongs to this very host. */
  hostOnly: boolean;
  path: string;
  secure: boolean;
  /** Milliseconds since 1970; `Infinity` for as long as the jar. */
  expires: number;
}

/**
 * Cookies as a browser keeps them (RFC 6265, section 5): by host, path and name, until they expire or are deleted; those with
 * `Secure` are sent over https only. `SameSite` makes no difference, for a test has no other site.
 *
 * @example
 * const client = new TestClient(app);
 * await client.post('/login', { form: { name: 'ada' } });
 * client.cookies.get('session');
 * client.cookies.set('theme', 'dark');
 */
export class CookieJar implements Iterable<[string, string]> {
  readonly #base: URL;
  #cookies: StoredCookie[] = [];

  /** @param base the URL that `set` puts cookies under. */
  constructor(base: string | URL = 'http://localhost') {
    this.#base = new URL(base);
  }

  /** The number of cookies that have not expired. */
  get size(): number {
    return this.#alive().length;
  }

  /** The value of a cookie, whatever its path and host; of several, that which was set last. */
  get(name: string): string | undefined {
    return this.#alive().findLast((cookie) => cookie.name === name)?.value;
  }

  has(name: string): boolean {
    return this.#alive().some((cookie) => cookie.name === name);
  }

  /**
   * Puts a cookie into the jar, as if the app had set it on the whole site.
   *
   * @param value a string; with `secret`, any JSON value, signed.
   * @throws CookieError for a name, value or attribute that no browser would take, and for a `secret` that is there and empty or
   *   `undefined`.
   * @example client.cookies.set('user', { id: 7 }, { secret: 'key' });
   */
  set(name: string, value: unknown, options: CookieOptions = {}): this {
    this.store(this.#base, [serializeCookie(name, value, { path: '/', ...options })]);
    return this;
  }

  /** Removes a cookie from every path and host; tells whether it was there. */
  delete(name: string): boolean {
    const found = this.has(name);
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name);
    return found;
  }

  clear(): void {
    this.#cookies = [];
  }

  /** Name and value of every cookie that has not expired. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const { name, value } of this.#alive()) yield [name, value];
  }

  /** Takes in what a response to `url` has set. What a browser would refuse is passed over. */
  store(url: URL, setCookies: readonly string[]): void {
    for (const header of setCookies) {
      const received = parseSetCookie(header);
      const cookie = received === undefined ? undefined : stored(received, url);
      if (cookie === undefined) continue;
      const at = this.#cookies.findIndex((other) => isSame(other, cookie));
      // One that is replaced keeps its place, which decides the order in `Cookie` (RFC 6265, section 5.3, step 11).
      if (at === -1) this.#cookies.push(cookie);
      else this.#cookies[at] = cookie;
    }
  }

  /** The cookies that a request to `url` carries, those with the longer path first (RFC 6265, section 5.4). */
  sentTo(url: URL): { name: string; raw: string }[] {
    return this.#alive()
      .filter((cookie) => belongs(cookie, url))
      .sort((a, b) => b.path.length - a.path.length);
  }

  #alive(): StoredCookie[] {
    const now = Date.now();
    this.#cookies = this.#cookies.filter(({ expires }) => expires > now);
    return [...this.#cookies];
  }
}

/** Takes a `Set-Cookie` header apart (RFC 6265, section 5.2); `undefined` for one without a name. */
export function parseSetCookie(header: string): ReceivedCookie | undefined {
  const [pair = '', ...rest] = header.split(';');
  const [name, raw] = halves(pair);
  if (raw === undefined || name === '') return undefined;
  const attributes = new Map(
    rest.map((part) => {
      const [key, value = ''] = halves(part);
      return [key.toLowerCase(), value] as const;
    }),
  );
  return { name, raw, value: parseCookies(`${name}=${raw}`).get(name) ?? raw, attributes };
}

function halves(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text.trim(), undefined] : [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
}

/** A cookie with its attributes put into effect; `undefined` for one that is meant for a host which this is not. */
function stored({ name, raw, value, attributes }: ReceivedCookie, url: URL): StoredCookie | undefined {
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

/** `Max-Age` goes before `Expires`; what is broken counts as absent. */
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

function belongs({ domain, hostOnly, path, secure }: StoredCookie, url: URL): boolean {
  const atHost = hostOnly ? url.hostname === domain : domainMatches(url.hostname, domain);
  return atHost && pathMatches(url.pathname, path) && (!secure || url.protocol === 'https:');
}

/** RFC 6265, section 5.1.3. An address has no subdomains. */
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
