import { crypto } from '../../support/lazy-crypto.js';

// `!signature?payload`, as Bottle writes it. 43 characters of base64url hold the 32 bytes of SHA-256.
const SIGNED = /^!([A-Za-z0-9_-]{43})\?([A-Za-z0-9_-]*)$/;

/**
 * Signs a JSON value under a name: `!signature?payload`, with HMAC-SHA-256 over name and payload, both in base64url. The value
 * can be read by the client, but not changed, nor moved to another name. Unlike Bottle's pickles, what comes back is only ever
 * data.
 *
 * @param value any JSON value.
 * @param secret the key; of a list, the first.
 * @throws CookieError (`BN_COOKIE`) for a value that JSON cannot hold, and for a secret that is empty or `undefined`.
 * @example unsignValue('visits', signValue('visits', 3, 'secret'), 'secret') // { value: 3 }
 */
export function signValue(name: string, value: unknown, secret: string | readonly string[]): string {
  const [key] = keysOf(name, secret);
  const payload = Buffer.from(json(name, value), 'utf8').toString('base64url');
  return `!${signature(name, payload, key as string)}?${payload}`;
}

/**
 * Reads what `signValue` made. Signatures are compared in constant time.
 *
 * @param secrets the key, or all keys that may have signed: put a new one first, and drop the old one when its cookies have
 *   expired.
 * @returns the value, wrapped so that a signed `null` differs from a failure; `undefined` for anything not signed with one of the
 *   secrets under this name. Never throws for what a client sent.
 * @throws CookieError (`BN_COOKIE`) for a secret that is empty or `undefined`, and for a list that has such a one or none.
 */
export function unsignValue(
  name: string,
  text: string | undefined,
  secrets: string | readonly string[],
): { value: unknown } | undefined {
  const candidates = keysOf(name, secrets);
  const match = typeof text === 'string' ? SIGNED.exec(text) : null;
  if (!match) return undefined;
  // Compared as text: base64url has several spellings of the same bytes, and only ours shall pass.
  const given = Buffer.from(match[1] as string, 'latin1');
  const payload = match[2] as string;
  let valid = false;
  for (const key of candidates) {
    // All keys are tried: the time must not tell which one fits.
    if (crypto().timingSafeEqual(given, Buffer.from(signature(name, payload, key), 'latin1'))) valid = true;
  }
  if (!valid) return undefined;
  try {
    return { value: JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}

function signature(name: string, payload: string, key: string): string {
  // A name holds no `=`, so no other name and payload give the same text.
  return crypto().createHmac('sha256', key).update(`${name}=${payload}`).digest('base64url');
}

/** What to do about a secret that is none. */
export const SECRET_CURE =
  'give a long random string, or a list of such (is the environment variable set?), or leave `secret` out for an unsigned cookie';

/** Says what is wrong with a secret, without showing it; `undefined` when it can sign. */
export function secretProblem(secret: unknown): string | undefined {
  const isList = Array.isArray(secret);
  const list: readonly unknown[] = isList ? secret : [secret];
  if (list.length === 0) return 'the list of secrets is empty';
  const subject = isList ? 'one of the secrets' : 'the secret';
  for (const key of list) {
    if (key === '') return `${subject} is empty`;
    if (typeof key !== 'string') return `${subject} is ${key === null ? 'null' : typeof key}, not a string`;
  }
  return undefined;
}

/**
 * The keys that a secret stands for.
 *
 * @throws CookieError (`BN_COOKIE`) for one that is empty or `undefined`: a secret that is not set must not turn signing off.
 */
export function keysOf(name: string, secret: unknown): readonly string[] {
  const problem = secretProblem(secret);
  if (problem !== undefined) throw new CookieError(`Cookie ${JSON.stringify(name)}: ${problem}; ${SECRET_CURE}.`);
  return typeof secret === 'string' ? [secret] : (secret as readonly string[]);
}

function json(name: string, value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new CookieError(
    `Cookie ${JSON.stringify(name)}: a value of type ${typeof value} is no JSON value; give null, a boolean, a number,` +
      ' a string, an array or a plain object without cycles.',
    cause === undefined ? undefined : { cause },
  );
}

/** Thrown for a cookie that no browser would take as it is meant. */
export class CookieError extends TypeError {
  override readonly name: string = 'CookieError';
  readonly code = 'BN_COOKIE';
}
