import { crypto } from '../../support/lazy-crypto.js';

// `!signature?payload`, as in Bottle. 43 characters of base64url encode the 32 bytes of SHA-256.
const SIGNED = /^!([A-Za-z0-9_-]{43})\?([A-Za-z0-9_-]*)$/;

/**
 * Signs a JSON value under a name: `!signature?payload`, with HMAC-SHA-256 over name and payload, both in base64url. The value
 * can be read by the client, but not changed, nor moved to another name. In contrast to Bottle's pickles, reading it cannot execute
 * code.
 *
 * @param value any JSON value.
 * @param secret the key, or a list of keys. The first one is used.
 * @throws CookieError (`BN_COOKIE`) for a value that is not JSON, and for a secret that is empty or `undefined`.
 * @example unsignValue('visits', signValue('visits', 3, 'secret'), 'secret') // { value: 3 }
 */
export function signValue(name: string, value: unknown, secret: string | readonly string[]): string {
  const [key] = keysOf(name, secret);
  const payload = Buffer.from(serialize(name, value), 'utf8').toString('base64url');
  return `!${signature(name, payload, key as string)}?${payload}`;
}

/**
 * Verifies and parses a value of `signValue`. Signatures are compared in constant time.
 *
 * @param secrets the key, or a list of keys. To rotate keys, insert the new key first, and remove the old key when its cookies have
 *   expired.
 * @returns the value, wrapped so that a signed `null` differs from a failure; `undefined` for a missing or invalid signature. Never
 *   throws for client input.
 * @throws CookieError (`BN_COOKIE`) for an empty list, and for a secret that is empty or `undefined`.
 */
export function unsignValue(
  name: string,
  text: string | undefined,
  secrets: string | readonly string[],
): { value: unknown } | undefined {
  const candidates = keysOf(name, secrets);
  const match = typeof text === 'string' ? SIGNED.exec(text) : null;
  if (!match) return undefined;
  // Compared as text, because several base64url texts decode to the same bytes, and only the canonical text is accepted.
  const given = Buffer.from(match[1] as string, 'latin1');
  const payload = match[2] as string;
  let valid = false;
  for (const key of candidates) {
    // All keys are tried, so that the time does not reveal the matching key.
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
  // A name contains no `=`, so the text is unambiguous.
  return crypto().createHmac('sha256', key).update(`${name}=${payload}`).digest('base64url');
}

/** The remedy in errors about an invalid secret. */
export const SECRET_REMEDY =
  'give a long random string, or a list of such (is the environment variable set?), or leave `secret` out for an unsigned cookie';

/** Describes the problem of a secret, without its value; `undefined` for a valid secret. */
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
 * Returns the keys of a secret.
 *
 * @throws CookieError (`BN_COOKIE`) for an empty or `undefined` secret. A missing secret must not disable signing.
 */
export function keysOf(name: string, secret: unknown): readonly string[] {
  const problem = secretProblem(secret);
  if (problem !== undefined) throw new CookieError(`Cookie ${JSON.stringify(name)}: ${problem}; ${SECRET_REMEDY}.`);
  return typeof secret === 'string' ? [secret] : (secret as readonly string[]);
}

function serialize(name: string, value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new CookieError(
    `Cookie ${JSON.stringify(name)}: a value of type ${typeof value} is not a JSON value; give null, a boolean, a number,` +
      ' a string, an array or a plain object without cycles.',
    cause === undefined ? undefined : { cause },
  );
}

/** Thrown for a cookie that browsers would reject, ignore or misinterpret. */
export class CookieError extends TypeError {
  override readonly name: string = 'CookieError';
  readonly code = 'BN_COOKIE';
}
