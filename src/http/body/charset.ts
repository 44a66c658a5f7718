import { createRequire } from 'node:module';
import { HTTPError } from '../http-error.js';
import { toBuffer } from '../../support/bytes.js';

/** Thrown for a charset that text cannot be encoded in. */
class CharsetError extends TypeError {
  override readonly name: string = 'CharsetError';
  readonly code = 'BN_CHARSET';
}

interface Codec {
  encode(text: string): Uint8Array;
  /** Invalid bytes become U+FFFD. */
  decode(bytes: Uint8Array): string;
}

/** How `decodeText` treats invalid bytes. */
interface DecodeOptions {
  /** Throw for them instead of replacing them by U+FFFD. Default: false. */
  fatal?: boolean;
}

interface Iconv {
  encodingExists(name: string): boolean;
  encode(text: string, name: string): Uint8Array;
  decode(bytes: Uint8Array, name: string): string;
}

const BOM = 0xfeff;
const utf16Decoder = new TextDecoder('utf-16le');

const utf8: Codec = {
  encode: (text) => Buffer.from(text, 'utf8'),
  // Same result as TextDecoder, which is slower for short texts.
  decode: (bytes) => {
    const text = toBuffer(bytes).toString('utf8');
    return text.charCodeAt(0) === BOM ? text.slice(1) : text;
  },
};

// Node's latin1 and ascii truncate characters to a byte, which can produce `<`. So other characters are replaced first.
const latin1: Codec = {
  encode: (text) => Buffer.from(text.replace(/[^\x00-\xff]/gu, '?'), 'latin1'),
  decode: (bytes) => toBuffer(bytes).toString('latin1'),
};

const ascii: Codec = {
  encode: (text) => Buffer.from(text.replace(/[^\x00-\x7f]/gu, '?'), 'latin1'),
  decode: (bytes) =>
    toBuffer(bytes)
      .toString('latin1')
      .replace(/[\x80-\xff]/g, '\ufffd'),
};

const utf16le: Codec = {
  encode: (text) => Buffer.from(text, 'utf16le'),
  decode: (bytes) => utf16Decoder.decode(bytes),
};

const NATIVE = new Map<string, Codec>([
  ...(['utf-8', 'utf8'] as const).map((name) => [name, utf8] as const),
  ...(['latin1', 'latin-1', 'iso-8859-1', 'iso8859-1', 'iso_8859-1', 'l1'] as const).map((name) => [name, latin1] as const),
  ...(['ascii', 'us-ascii'] as const).map((name) => [name, ascii] as const),
  ...(['utf-16le', 'utf16le'] as const).map((name) => [name, utf16le] as const),
]);

// Codecs of iconv-lite that are not charsets, and UTF-7, which can hide markup from filters (the WHATWG forbids it).
const REJECTED = /^(?:hex|base64|binary|utf7|utf7imap|unicode11utf7)$/;

/**
 * Encodes text. UTF-8, latin1, ASCII and UTF-16LE are built in. Others use `iconv-lite`, which is loaded on first use.
 * A character that the charset cannot encode becomes `?`.
 *
 * @param charset a name as in `Content-Type`, in any case.
 * @throws CharsetError (`BN_CHARSET`, a TypeError) for an unknown charset.
 * @example encodeText('é', 'latin1') // <Buffer e9>
 */
export function encodeText(text: string, charset: string): Uint8Array {
  if (charset === 'utf-8' || charset === 'UTF-8') return Buffer.from(text, 'utf8');
  const codec = codecOf(charset);
  if (codec) return codec.encode(text);
  throw new CharsetError(
    `The charset ${JSON.stringify(charset)} is unknown: use UTF-8, or another one that iconv-lite knows, such as windows-1252.`,
  );
}

/**
 * Decodes bytes into text. A byte order mark is dropped, invalid bytes become U+FFFD unless they are `fatal`.
 *
 * @param charset a name as in `Content-Type`, in any case.
 * @throws HTTPError 415 (`BN_CHARSET`) for an unknown charset; with `fatal`, 400 (`BN_ENCODING`) for invalid bytes.
 * @example decodeText(new Uint8Array([0xe9]), 'ISO-8859-1') // 'é'
 */
export function decodeText(bytes: Uint8Array, charset: string, options: DecodeOptions = {}): string {
  const codec = charset === 'utf-8' ? utf8 : codecOf(charset);
  if (codec) {
    const text = codec.decode(bytes);
    // The client may also have sent U+FFFD itself. Then encoding the text gives the same bytes.
    if (options.fatal && text.includes('\ufffd') && !isRoundTrip(bytes, text, codec)) {
      throw new HTTPError(400, `The text is not valid ${charset}.`, { code: 'BN_ENCODING' });
    }
    return text;
  }
  throw new HTTPError(415, `The charset ${JSON.stringify(charset.slice(0, 40))} is not supported.`, { code: 'BN_CHARSET' });
}

/**
 * Whether text can be encoded in and decoded from a charset.
 *
 * @example isCharset('shift_jis') // true
 */
export function isCharset(charset: string): boolean {
  return codecOf(charset) !== undefined;
}

function isRoundTrip(bytes: Uint8Array, text: string, codec: Codec): boolean {
  const back = Buffer.from(codec.encode(text));
  const given = toBuffer(bytes);
  // Without the byte order mark, which decoding dropped.
  return back.equals(given.subarray(Math.max(0, given.length - back.length))) && given.length - back.length <= 4;
}

function codecOf(charset: string): Codec | undefined {
  const name = charset.trim().toLowerCase();
  const native = NATIVE.get(name);
  if (native) return native;
  // iconv-lite compares only letters and digits of names.
  const bare = name.replace(/[^0-9a-z]/g, '');
  if (bare === '' || name.length > 40 || REJECTED.test(bare)) return undefined;
  const iconv = loadIconv();
  if (!iconv.encodingExists(name)) return undefined;
  return {
    encode: (text) => iconv.encode(text, name),
    decode: (bytes) => iconv.decode(toBuffer(bytes), name),
  };
}

let iconv: Iconv | undefined;

function loadIconv(): Iconv {
  iconv ??= createRequire(import.meta.url)('iconv-lite') as Iconv;
  return iconv;
}
