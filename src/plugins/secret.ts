import { crypto } from '../http/crypto.js';

/**
 * Compares texts in a time that tells nothing about them, not even their lengths: what is compared are their digests under a key
 * that nobody knows, and all candidates are tried.
 */
export class SecretComparer {
  readonly #key = crypto().randomBytes(32);

  digest(text: string): Buffer {
    return crypto().createHmac('sha256', this.#key).update(text, 'utf8').digest();
  }

  /** The place among digests of one equal to the text's, or -1. */
  find(text: string, digests: readonly Buffer[]): number {
    const given = this.digest(text);
    let found = -1;
    for (let i = 0; i < digests.length; i++) {
      if (crypto().timingSafeEqual(given, digests[i] as Buffer)) found = i;
    }
    return found;
  }
}
