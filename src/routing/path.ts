import { BadPathError } from './route-error.js';

/**
 * Represents an encoded slash in a decoded path. UTF-8 cannot encode a lone surrogate, so no client can send it. It is not `/`,
 * so it never separates segments.
 */
const ENCODED_SLASH = '\uDC2F';

/**
 * Decodes a request path as UTF-8. An encoded slash becomes {@link ENCODED_SLASH}; see {@link restoreSlashes}. Bytes from 0x80
 * that arrive unencoded, as latin-1 characters, are decoded as UTF-8 too.
 *
 * @param raw the path as received, without the query.
 * @param from the index of the first character that may need decoding.
 * @throws BadPathError if the bytes are not UTF-8 or a percent sign is not followed by two hexadecimal digits.
 * @example
 * decodePath('/stra%C3%9Fe'); // '/straße'
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-2.1
 */
export function decodePath(raw: string, from = 0): string {
  return isPlain(raw, from, raw.length) ? raw : decodeFrom(raw);
}

/** Whether decoding would not change a part of a path. */
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

/** Latin-1 characters are bytes. A path with other characters is text that was never encoded. */
function encodeBytes(raw: string): string {
  if (/[^\x00-\xff]/.test(raw)) return raw.replace(/[^\x00-\x7f]+/g, encodeURIComponent);
  return raw.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
}

/** Replaces {@link ENCODED_SLASH} by slashes in a wildcard's text. */
export function restoreSlashes(text: string): string {
  if (!text.includes(ENCODED_SLASH)) return text;
  // Unicode mode, because the same code unit is the second half of characters such as 🐯.
  return text.replace(/\udc2f/gu, '/');
}

/** Percent-encodes the literal text of a rule. Characters that are allowed in a path (RFC 3986, section 3.3) stay unchanged. */
export function encodeLiteral(text: string): string {
  return encodeURI(text).replace(/[?#[\]]/g, encodeURIComponent);
}

/** Percent-encodes a wildcard's text, with or without its slashes. */
export function encodeValue(text: string, keepSlashes: boolean): string {
  const encoded = encodeURIComponent(text);
  return keepSlashes ? encoded.replaceAll('%2F', '/') : encoded;
}
