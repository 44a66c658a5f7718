import { formatHttpDate } from './dates.js';
import { asForms, type Forms, FormsDict, nextOf } from './forms-dict.js';
import { trimBlank } from './headers.js';
import { keysOf, signValue, CookieError } from './cookie-signature.js';

export { signValue, unsignValue, CookieError } from './cookie-signature.js';
import type { CookieOptions } from './cookie-options.js';

export type { CookieOptions } from './cookie-options.js';

/** RFC 6265bis section 5.7: user agents ignore a cookie with more octets of name and value. */
const MAX_SIZE = 4096;
/** RFC 6265bis section 5.6: user agents ignore an attribute with more octets. */
const MAX_ATTRIBUTE = 1024;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Everything that is no cookie-octet (RFC 6265 section 4.1.1), and the percent sign.
const TO_ENCODE = /[^\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/g;
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/;
const DOMAIN = /^\.?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i;
const SAME_SITE: Readonly<Record<string, string>> = { lax: 'Lax', strict: 'Strict', none: 'None' };
const PRIORITY: Readonly<Record<string, string>> = { low: 'Low', medium: 'Medium', high: 'High' };

const OPTIONS: ReadonlySet<string> = new Set<keyof CookieOptions>([
  ...(['secret', 'maxAge', 'expires', 'path', 'domain', 'secure', 'httpOnly', 'sameSite', 'partitioned', 'priority'] as const),
]);

/**
 * Reads a `Cookie` header (RFC 6265 section 5.4). Values lose their quotes and percent-escapes; what is broken stays as it is or
 * is passed over: never throws.
 *
 * Of several cookies of one name, `get` gives the one that the client sent first: clients send the one with the longer path first
 * (section 5.4), and so other servers read it. To that end `getAll` lists them from last to first.
 *
 * @example parseCookies('a=1; b="x%20y"').get('b') // 'x y'
 */
export function parseCookies(header: string | undefined): Forms {
  return asForms(readCookies(header));
}

/** The same without attribute access, which takes longer to make and to read than a cookie to parse. */
export function readCookies(header: string | undefined): FormsDict {
  const cookies = new FormsDict();
  if (!header) return cookies;
  let isRepeated = false;
  let equals = -1;
  for (let start = 0; start < header.length; ) {
    let end = header.indexOf(';', start);
    if (end < 0) end = header.length;
    equals = nextOf('=', header, start, equals);
    const name = equals < end ? trimBlank(header, start, equals) : '';
    if (name !== '') {
      isRepeated ||= cookies.has(name);
      cookies.append(name, cookieValue(trimBlank(header, equals + 1, end)));
    }
    start = end + 1;
  }
  return isRepeated ? new FormsDict(firstLast([...cookies])) : cookies;
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

/** Turns the order of values round within each repeated name; the places of the names stay. */
function firstLast(pairs: [string, string][]): [string, string][] {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return pairs.map(([name]) => [name, values.get(name)?.pop() as string]);
}

/**
 * Makes the value of a `Set-Cookie` header. The value is percent-encoded where RFC 6265 asks for it, so that any text comes back
 * as it was (lone surrogates, which no charset can carry, become U+FFFD).
 *
 * @param value a string; with `secret`, any JSON value.
 * @throws CookieError (`BN_COOKIE`) for a name, value or attribute that a browser would refuse, ignore or misread; among them
 *   `sameSite: 'none'` and `partitioned` without `secure`, the rules of `__Host-` and `__Secure-`, and more than 4096 bytes; also
 *   for a `secret` that is empty or `undefined`.
 * @example serializeCookie('theme', 'dark', { path: '/', maxAge: 3600, sameSite: 'lax' })
 * // 'theme=dark; Max-Age=3600; Path=/; SameSite=Lax'
 */
export function serializeCookie(name: string, value: unknown, options: CookieOptions = {}): string {
  checkName(name);
  for (const option of Object.keys(options)) {
    if (!OPTIONS.has(option))
      throw bad(name, `the option ${JSON.stringify(option)} is unknown`, `use ${[...OPTIONS].join(', ')}`);
  }
  const content = encodedValue(name, value, options);
  const size = name.length + content.length;
  if (size > MAX_SIZE) {
    throw bad(
      name,
      `name and value take ${size} bytes, and browsers ignore more than ${MAX_SIZE}`,
      'store the data on the server',
    );
  }
  checkRules(name, options);
  return `${name}=${content}${attributes(name, options)}`;
}

/**
 * Makes the value of a `Set-Cookie` header that deletes a cookie. Path, domain and the prefix rules are those it was set with.
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
  throw bad(name, 'that is no cookie name', "use letters, digits and !#$%&'*+-.^_`|~ only (RFC 6265 section 4.1.1)");
}

function encodedValue(name: string, value: unknown, options: CookieOptions): string {
  // The signed form consists of cookie-octets as it is.
  if ('secret' in options) return signValue(name, value, options.secret as string | readonly string[]);
  if (typeof value !== 'string') {
    throw bad(
      name,
      `the value is no string but ${value === null ? 'null' : typeof value}`,
      'give a string, or a secret to sign it',
    );
  }
  return value.replace(TO_ENCODE, (part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/gu, '\ufffd')));
}

/** What browsers demand of combinations (RFC 6265bis sections 4.1.3 and 5.7); they compare prefixes without case. */
function checkRules(name: string, options: CookieOptions): void {
  const lower = name.toLowerCase();
  const demand = (why: string, wanted: boolean | undefined, what: string): void => {
    if (!wanted) throw bad(name, `${why} needs ${what}, or browsers refuse the cookie`, `set ${what}`);
  };
  if (lower.startsWith('__secure-')) demand('the prefix __Secure-', options.secure, 'secure: true');
  if (lower.startsWith('__http-') || lower.startsWith('__host-http-')) {
    demand('the prefix __Http-', options.secure, 'secure: true');
    demand('the prefix __Http-', options.httpOnly, 'httpOnly: true');
  }
  if (lower.startsWith('__host-')) {
    demand('the prefix __Host-', options.secure, 'secure: true');
    demand('the prefix __Host-', options.path === '/', "path: '/'");
    if (options.domain !== undefined) throw bad(name, 'the prefix __Host- allows no domain', 'leave domain out');
  }
  if (String(options.sameSite).toLowerCase() === 'none') demand("sameSite: 'none'", options.secure, 'secure: true');
  if (options.partitioned) demand('partitioned', options.secure, 'secure: true');
}

function attributes(name: string, options: CookieOptions): string {
  let text = '';
  if (options.maxAge !== undefined) {
    if (!Number.isSafeInteger(options.maxAge)) {
      throw bad(name, `maxAge is ${String(options.maxAge)}`, 'give a whole number of seconds');
    }
    text += `; Max-Age=${options.maxAge}`;
  }
  if (options.expires !== undefined) text += `; Expires=${expiry(name, options.expires)}`;
  if (options.domain !== undefined) {
    if (typeof options.domain !== 'string' || options.domain.length > 255 || !DOMAIN.test(options.domain)) {
      throw bad(name, `${JSON.stringify(options.domain)} is no domain`, 'give a host name, in Punycode where it is not ASCII');
    }
    text += `; Domain=${options.domain}`;
  }
  if (options.path !== undefined) {
    if (typeof options.path !== 'string' || options.path.length > MAX_ATTRIBUTE || !PATH.test(options.path)) {
      throw bad(
        name,
        `${JSON.stringify(options.path)} is no cookie path`,
        `start it with /, percent-encode ; and everything that is not ASCII, and stay under ${MAX_ATTRIBUTE} characters`,
      );
    }
    text += `; Path=${options.path}`;
  }
  if (options.secure) text += '; Secure';
  if (options.httpOnly) text += '; HttpOnly';
  const sameSite = options.sameSite === true ? 'strict' : options.sameSite;
  if (sameSite !== undefined && sameSite !== false) text += `; SameSite=${choice(name, 'sameSite', sameSite, SAME_SITE)}`;
  if (options.partitioned) text += '; Partitioned';
  if (options.priority !== undefined) text += `; Priority=${choice(name, 'priority', options.priority, PRIORITY)}`;
  return text;
}

function choice(name: string, option: string, value: string, spellings: Readonly<Record<string, string>>): string {
  const key = String(value).toLowerCase();
  if (Object.hasOwn(spellings, key)) return spellings[key] as string;
  throw bad(name, `${option} is ${JSON.stringify(value)}`, `use ${Object.keys(spellings).join(', ')}`);
}

function expiry(name: string, expires: Date | number | string): string {
  try {
    return formatHttpDate(new Date(expires));
  } catch {
    throw bad(name, `expires is ${String(expires)}`, 'give a valid Date, milliseconds, or a date as text, up to the year 9999');
  }
}

function bad(name: unknown, problem: string, remedy: string): CookieError {
  return new CookieError(`Cookie ${JSON.stringify(name)}: ${problem}; ${remedy}.`);
}
