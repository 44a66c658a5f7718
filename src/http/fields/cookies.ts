import { formatHttpDate } from './dates.js';
import { asForms, type Forms, FormsDict, nextIndex } from './forms-dict.js';
import { trimBlank } from './headers.js';
import { keysOf, signValue, CookieError } from './cookie-signature.js';

export { unsignValue } from './cookie-signature.js';
import type { CookieOptions } from './cookie-options.js';

export type { CookieOptions } from './cookie-options.js';

/** RFC 6265bis section 5.7: user agents ignore a cookie with more octets of name and value. */
const MAX_SIZE = 4096;
/** RFC 6265bis section 5.6: user agents ignore an attribute with more octets. */
const MAX_ATTRIBUTE = 1024;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Characters outside of cookie-octet (RFC 6265 section 4.1.1), and the percent sign.
const TO_ENCODE = /[^\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/g;
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/;
const DOMAIN = /^\.?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i;
const SAME_SITE: Readonly<Record<string, string>> = { lax: 'Lax', strict: 'Strict', none: 'None' };
const PRIORITY: Readonly<Record<string, string>> = { low: 'Low', medium: 'Medium', high: 'High' };

const OPTIONS: ReadonlySet<string> = new Set<keyof CookieOptions>([
  ...(['secret', 'maxAge', 'expires', 'path', 'domain', 'secure', 'httpOnly', 'sameSite', 'partitioned', 'priority'] as const),
]);

/**
 * Parses a `Cookie` header (RFC 6265 section 5.4). Quotes and percent-escapes of values are decoded. Invalid escapes stay as they are,
 * and invalid pairs are ignored. Never throws.
 *
 * For repeated names, `get` returns the first cookie, because clients send the cookie with the longest path first (section 5.4). For
 * that reason, `getAll` lists them from last to first.
 *
 * @example parseCookies('a=1; b="x%20y"').get('b') // 'x y'
 */
export function parseCookies(header: string | undefined): Forms {
  return asForms(readCookies(header));
}

/** Like `parseCookies`, but without attribute access, which is slower than the parsing. */
export function readCookies(header: string | undefined): FormsDict {
  const cookies = new FormsDict();
  if (!header) return cookies;
  let isRepeated = false;
  let equals = -1;
  for (let start = 0; start < header.length; ) {
    let end = header.indexOf(';', start);
    if (end < 0) end = header.length;
    equals = nextIndex('=', header, start, equals);
    const name = equals < end ? trimBlank(header, start, equals) : '';
    if (name !== '') {
      isRepeated ||= cookies.has(name);
      cookies.append(name, cookieValue(trimBlank(header, equals + 1, end)));
    }
    start = end + 1;
  }
  return isRepeated ? new FormsDict(reverseRepeated([...cookies])) : cookies;
}

function cookieValue(raw: string): string {
  const text = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : raw;
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reverses the values of each repeated name. The positions of the names stay. */
function reverseRepeated(pairs: [string, string][]): [string, string][] {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return pairs.map(([name]) => [name, values.get(name)?.pop() as string]);
}

/**
 * Serializes a cookie as the value of a `Set-Cookie` header. The value is percent-encoded where RFC 6265 requires it, so that
 * `parseCookies` returns the same text (lone surrogates become U+FFFD).
 *
 * @param value a string; with `secret`, any JSON value.
 * @throws CookieError (`BN_COOKIE`) for a name, value or attribute that browsers would reject, ignore or misinterpret; among them
 *   `sameSite: 'none'` and `partitioned` without `secure`, the rules of `__Host-` and `__Secure-`, and more than 4096 bytes; also
 *   for a `secret` that is empty or `undefined`.
 * @example serializeCookie('theme', 'dark', { path: '/', maxAge: 3600, sameSite: 'lax' })
 * // 'theme=dark; Max-Age=3600; Path=/; SameSite=Lax'
 */
export function serializeCookie(name: string, value: unknown, options: CookieOptions = {}): string {
  checkName(name);
  for (const option of Object.keys(options)) {
    if (!OPTIONS.has(option))
      throw cookieError(name, `the option ${JSON.stringify(option)} is unknown`, `use ${[...OPTIONS].join(', ')}`);
  }
  const content = encodeValue(name, value, options);
  const size = name.length + content.length;
  if (size > MAX_SIZE) {
    throw cookieError(
      name,
      `name and value take ${size} bytes, and browsers ignore more than ${MAX_SIZE}`,
      'store the data on the server',
    );
  }
  checkRules(name, options);
  return `${name}=${content}${serializeAttributes(name, options)}`;
}

/**
 * Serializes a `Set-Cookie` header that deletes a cookie. Use the same path, domain and prefix as for setting it.
 *
 * @throws CookieError (`BN_COOKIE`) as `serializeCookie` does.
 * @example deleteCookie('theme', { path: '/' }) // 'theme=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/'
 */
export function deleteCookie(name: string, options: CookieOptions = {}): string {
  const { secret, ...others } = options;
  if ('secret' in options) keysOf(name, secret);
  return serializeCookie(name, '', { ...others, maxAge: 0, expires: 0 });
}

function checkName(name: string): void {
  if (typeof name === 'string' && TOKEN.test(name)) return;
  throw cookieError(name, 'that is not a cookie name', "use letters, digits and !#$%&'*+-.^_`|~ only (RFC 6265 section 4.1.1)");
}

function encodeValue(name: string, value: unknown, options: CookieOptions): string {
  // A signed value consists of cookie-octets only.
  if ('secret' in options) return signValue(name, value, options.secret as string | readonly string[]);
  if (typeof value !== 'string') {
    throw cookieError(
      name,
      `the value is not a string but ${value === null ? 'null' : typeof value}`,
      'give a string, or a secret to sign it',
    );
  }
  return value.replace(TO_ENCODE, (part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/gu, '\ufffd')));
}

/** Checks combinations that browsers require (RFC 6265bis sections 4.1.3 and 5.7). Prefixes are case-insensitive. */
function checkRules(name: string, options: CookieOptions): void {
  const lower = name.toLowerCase();
  const requireOption = (why: string, wanted: boolean | undefined, what: string): void => {
    if (!wanted) throw cookieError(name, `${why} needs ${what}, or browsers refuse the cookie`, `set ${what}`);
  };
  if (lower.startsWith('__secure-')) requireOption('the prefix __Secure-', options.secure, 'secure: true');
  if (lower.startsWith('__http-') || lower.startsWith('__host-http-')) {
    requireOption('the prefix __Http-', options.secure, 'secure: true');
    requireOption('the prefix __Http-', options.httpOnly, 'httpOnly: true');
  }
  if (lower.startsWith('__host-')) {
    requireOption('the prefix __Host-', options.secure, 'secure: true');
    requireOption('the prefix __Host-', options.path === '/', "path: '/'");
    if (options.domain !== undefined) throw cookieError(name, 'the prefix __Host- allows no domain', 'leave domain out');
  }
  if (String(options.sameSite).toLowerCase() === 'none') requireOption("sameSite: 'none'", options.secure, 'secure: true');
  if (options.partitioned) requireOption('partitioned', options.secure, 'secure: true');
}

function serializeAttributes(name: string, options: CookieOptions): string {
  let text = '';
  if (options.maxAge !== undefined) {
    if (!Number.isSafeInteger(options.maxAge)) {
      throw cookieError(name, `maxAge is ${String(options.maxAge)}`, 'give a whole number of seconds');
    }
    text += `; Max-Age=${options.maxAge}`;
  }
  if (options.expires !== undefined) text += `; Expires=${formatExpires(name, options.expires)}`;
  if (options.domain !== undefined) {
    if (typeof options.domain !== 'string' || options.domain.length > 255 || !DOMAIN.test(options.domain)) {
      throw cookieError(
        name,
        `${JSON.stringify(options.domain)} is not a domain`,
        'give a host name, in Punycode where it is not ASCII',
      );
    }
    text += `; Domain=${options.domain}`;
  }
  if (options.path !== undefined) {
    if (typeof options.path !== 'string' || options.path.length > MAX_ATTRIBUTE || !PATH.test(options.path)) {
      throw cookieError(
        name,
        `${JSON.stringify(options.path)} is not a cookie path`,
        `start it with /, percent-encode ; and everything that is not ASCII, and stay under ${MAX_ATTRIBUTE} characters`,
      );
    }
    text += `; Path=${options.path}`;
  }
  if (options.secure) text += '; Secure';
  if (options.httpOnly) text += '; HttpOnly';
  const sameSite = options.sameSite === true ? 'strict' : options.sameSite;
  if (sameSite !== undefined && sameSite !== false) text += `; SameSite=${spellingOf(name, 'sameSite', sameSite, SAME_SITE)}`;
  if (options.partitioned) text += '; Partitioned';
  if (options.priority !== undefined) text += `; Priority=${spellingOf(name, 'priority', options.priority, PRIORITY)}`;
  return text;
}

function spellingOf(name: string, option: string, value: string, spellings: Readonly<Record<string, string>>): string {
  const key = String(value).toLowerCase();
  if (Object.hasOwn(spellings, key)) return spellings[key] as string;
  throw cookieError(name, `${option} is ${JSON.stringify(value)}`, `use ${Object.keys(spellings).join(', ')}`);
}

function formatExpires(name: string, expires: Date | number | string): string {
  try {
    return formatHttpDate(new Date(expires));
  } catch {
    throw cookieError(
      name,
      `expires is ${String(expires)}`,
      'give a valid Date, milliseconds, or a date as text, up to the year 9999',
    );
  }
}

function cookieError(name: unknown, problem: string, remedy: string): CookieError {
  return new CookieError(`Cookie ${JSON.stringify(name)}: ${problem}; ${remedy}.`);
}
