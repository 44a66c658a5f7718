import { BadPathError } from './route-error.js';

/**
 * Stands for an encoded slash in a decoded path. A lone surrogate cannot come out of UTF-8, so no client can send it, and it is
 * not `/`, so it never separates segments.
 */
export const ENCODED_SLASH = '\uDC2F';

/**
 * Decodes a request path as UTF-8. An encoded slash becomes {@link ENCODED_SLASH}; see {@link restoreSlashes}. Bytes from 0x80
 * that arrive unencoded, as latin-1 characters, decode as UTF-8 too.
 *
 * @param raw The path as received, without the query.
 * @param from All before is known to be as it would be after decoding.
 * @throws BadPathError if the bytes are not UTF-8 or a percent sign is not followed by two hexadecimal digits.
 * @example
 * decodePath('/stra%C3%9Fe'); // '/straße'
 */
export function decodePath(raw: string, from = 0): string {
  return isPlain(raw, from, raw.length) ? raw : decodeFrom(raw);
}

/** Whether a part of a path is as it would be after decoding. */
export function isPlain(raw: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = raw.charCodeAt(i);
    if (code === 0x25 || code >= 0x80) return false;
  }
  return true;
}

function decodeFrom(raw: string): string {
  try {
    const encoded = /[^\x00-\x7f]/.test(raw) ? encodeBytes(raw) : raw;
    return decodeURIComponent(/%2f/i.test(encoded) ? encoded.replace(/%2f/gi, ENCODED_SLASH) : encoded);
  } catch (cause) {
    throw new BadPathError(raw, { cause });
  }
}

/** Latin-1 characters are bytes; if there are others, the path is text that was never encoded. */
function encodeBytes(raw: string): string {
  if (/[^\x00-\xff]/.test(raw)) return raw.replace(/[^\x00-\x7f]+/g, encodeURIComponent);
  return raw.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
}

/** Turns the stand-ins of encoded slashes in a wildcard's text into slashes. */
export function restoreSlashes(text: string): string {
  if (!text.includes(ENCODED_SLASH)) return text;
  // Unicode mode, as the same code unit is also the second half of characters such as 🐯.
  return text.replace(/\udc2f/gu, '/');
}

/** Percent-encodes the literal text of a rule: what may stand in a path (RFC 3986, section 3.3) stays. */
export function encodeLiteral(text: string): string {
  return encodeURI(text).replace(/[?#[\]]/g, encodeURIComponent);
}

/** Percent-encodes a wildcard's text, with its slashes or without. */
export function encodeValue(text: string, keepSlashes: boolean): string {
  const encoded = encodeURIComponent(text);
  return keepSlashes ? encoded.replaceAll('%2F', '/') : encoded;
}
