import { crypto } from '../support/lazy-crypto.js';

/**
 * Compares secrets in a time that tells nothing about them, not even their lengths. It compares digests under a random key, and tries
 * all candidates.
 *
 * @example
 * const comparer = new SecretComparer();
 * const digests = tokens.map((token) => comparer.digest(token));
 * const isKnown = (given: string) => comparer.find(given, digests) !== -1;
 */
export class SecretComparer {
  readonly #key = crypto().randomBytes(32);

  /** The digest of a secret, for `find` of the same comparer. */
  digest(text: string): Buffer {
    return crypto().createHmac('sha256', this.#key).update(text, 'utf8').digest();
  }

  /** The index of the text's digest among digests, or -1. */
  find(text: string, digests: readonly Buffer[]): number {
    const given = this.digest(text);
    let found = -1;
    for (let i = 0; i < digests.length; i++) {
      if (crypto().timingSafeEqual(given, digests[i] as Buffer)) found = i;
    }
    return found;
  }
}
