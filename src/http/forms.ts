import { HTTPError } from './errors.js';
import { asForms, type Forms, FormsDict } from './forms-dict.js';

export { asForms, type Forms, FormsDict, formsDict } from './forms-dict.js';

/** How `parseUrlencoded` reads. */
export interface UrlencodedOptions {
  /** The most pairs that are taken. Default: 1000. */
  limit?: number;
  /**
   * Makes text of bytes, for charsets other than UTF-8. The text to parse is then taken for bytes as well: one character (latin1)
   * for each.
   */
  decode?: (bytes: Uint8Array) => string;
}

/** Pairs in one form or query. */
const DEFAULT_LIMIT = 1000;

/**
 * Parses a query or a form as `application/x-www-form-urlencoded`, by the rules of the WHATWG URL standard (section 5.1): `+` is
 * a space, `;` is data, empty names are kept, broken escapes stay as they are, and invalid UTF-8 becomes U+FFFD.
 *
 * @param text the query without its `?`, or the body.
 * @throws HTTPError 413 (`BN_FORM_TOO_LARGE`) for more pairs than the limit.
 * @example parseUrlencoded('name=Ada+Lovelace&tag=a&tag=b').getAll('tag') // ['a', 'b']
 */
export function parseUrlencoded(text: string, options: UrlencodedOptions = {}): Forms {
  const limit = options.limit ?? DEFAULT_LIMIT;
  const unescape = options.decode === undefined ? unescapeUtf8 : unescapeWith(options.decode);
  const forms = new FormsDict();
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      if (forms.size >= limit) {
        throw new HTTPError(413, `More than ${limit} form fields.`, { code: 'BN_FORM_TOO_LARGE' });
      }
      // Within the pair only: looking for `=` in the whole text would cost its length for every pair without one.
      const pair = text.slice(start, end);
      const equals = pair.indexOf('=');
      if (equals < 0) forms.append(unescape(pair), '');
      else forms.append(unescape(pair.slice(0, equals)), unescape(pair.slice(equals + 1)));
    }
    start = end + 1;
  }
  return asForms(forms);
}

function unescapeUtf8(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // A broken escape or invalid UTF-8: byte by byte.
    return lenientUtf8.decode(unescapeBytes(Buffer.from(spaced, 'utf8')));
  }
}

const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function unescapeWith(decode: (bytes: Uint8Array) => string): (text: string) => string {
  return (text) => decode(unescapeBytes(Buffer.from(text.replaceAll('+', ' '), 'latin1')));
}

/** Percent-decodes in place (WHATWG URL section 1.3): what is no `%` with two hexadecimal digits stays. */
function unescapeBytes(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] as number;
    if (byte === 0x25) {
      const high = hexDigit(bytes[at + 1]);
      const low = hexDigit(bytes[at + 2]);
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
