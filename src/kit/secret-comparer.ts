import { crypto } from '../support/lazy-crypto.js';

/**
 * Compares secrets in constant time. It compares HMAC digests with a random key, and always compares all candidates, so the time reveals
 * neither the content nor the length of a secret.
 *
 * @example
 * const comparer = new SecretComparer();
 * const digests = tokens.map((token) => comparer.digest(token));
 * const isKnown = (given: string) => comparer.find(given, digests) !== -1;
 * @see https://nodejs.org/api/crypto.html#cryptotimingsafeequala-b
 */
export class SecretComparer {
  readonly #key = crypto().randomBytes(32);

  /** Returns the digest of a secret, for `find` of the same comparer. */
  digest(text: string): Buffer {
    return crypto().createHmac('sha256', this.#key).update(text, 'utf8').digest();
  }

  /** Returns the index of the digest of a text, or -1. */
  find(text: string, digests: readonly Buffer[]): number {
    const given = this.digest(text);
    let found = -1;
    for (let i = 0; i < digests.length; i++) {
      if (crypto().timingSafeEqual(given, digests[i] as Buffer)) found = i;
    }
    return found;
  }
}
