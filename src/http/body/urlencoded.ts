import { HTTPError } from '../http-error.js';
import { asForms, type Forms, FormsDict, nextIndex } from '../fields/forms-dict.js';

export { asForms, type Forms, FormsDict, formsDict } from '../fields/forms-dict.js';

/** Options of `parseUrlencoded`. */
interface UrlencodedOptions {
  /** The maximum number of pairs. Default: 1000. */
  limit?: number;
  /**
   * Decodes bytes, for charsets other than UTF-8. The text to parse then contains bytes, one per character (latin1).
   */
  decode?: (bytes: Uint8Array) => string;
}

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
  let [equals, plus, percent] = [-1, -1, -1];
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      if (forms.size >= limit) {
        throw new HTTPError(413, `More than ${limit} form fields.`, { code: 'BN_FORM_TOO_LARGE' });
      }
      equals = nextIndex('=', text, start, equals);
      plus = nextIndex('+', text, start, plus);
      percent = nextIndex('%', text, start, percent);
      const name = text.slice(start, Math.min(equals, end));
      const value = equals < end ? text.slice(equals + 1, end) : '';
      const isPlain = plus >= end && percent >= end && options.decode === undefined;
      forms.append(isPlain ? name : unescape(name), isPlain ? value : unescape(value));
    }
    start = end + 1;
  }
  return asForms(forms);
}

/** Up to this length, `unescapeAscii` is faster than `decodeURIComponent`. */
const MAX_SHORT_LENGTH = 64;

function unescapeUtf8(text: string): string {
  const short = text.length <= MAX_SHORT_LENGTH ? unescapeAscii(text) : undefined;
  if (short !== undefined) return short;
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // A broken escape or invalid UTF-8: byte by byte.
    return lenientUtf8.decode(unescapeBytes(Buffer.from(spaced, 'utf8')));
  }
}

/** Returns `undefined` if there are invalid escapes, or escapes of other characters. */
function unescapeAscii(text: string): string | undefined {
  let decoded = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2b) {
      decoded += `${text.slice(from, at)} `;
      from = at + 1;
    } else if (code === 0x25) {
      const high = hexDigit(text.charCodeAt(at + 1));
      const low = hexDigit(text.charCodeAt(at + 2));
      if (high < 0 || high > 7 || low < 0) return undefined;
      decoded += text.slice(from, at) + String.fromCharCode(high * 16 + low);
      at += 2;
      from = at + 1;
    }
  }
  return from === 0 ? text : decoded + text.slice(from);
}

const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function unescapeWith(decode: (bytes: Uint8Array) => string): (text: string) => string {
  return (text) => decode(unescapeBytes(Buffer.from(text.replaceAll('+', ' '), 'latin1')));
}

/** Percent-decodes in place (WHATWG URL section 1.3). Invalid escapes stay as they are. */
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
