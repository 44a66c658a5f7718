import { decodeText, isCharset } from './charset.js';

/** The parsed `Content-Disposition` of a form part. */
interface FormDisposition {
  readonly name: string;
  /** `undefined` for a text field. */
  readonly filename: string | undefined;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/**
 * A parameter whose quoted value ends at the first quotation mark without a backslash before it (RFC 9110 section 5.6.4). An
 * unquoted value must not begin with a blank: that would cause backtracking.
 */
const ESCAPED_PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"[ \\t]*|([^ \\t;"][^;"]*)?))?(?=;|$)`,
  'ys',
);
/** A parameter whose quoted value ends at the first quotation mark: browsers do not escape backslashes (WHATWG HTML). */
const PLAIN_PARAMETER = new RegExp(`;[ \\t]*(?:(${TOKEN})[ \\t]*=[ \\t]*(?:"([^"]*)"[ \\t]*|([^ \\t;"][^;"]*)?))?(?=;|$)`, 'ys');

/**
 * Reads the `Content-Disposition` of a part of a form (RFC 7578 section 4.2): names as browsers escape them (`%22`, `%0D`,
 * `%0A`) and as other clients do (`\"`), in UTF-8 or the form's charset; also `filename*` of RFC 8187, which wins.
 *
 * @param bytes the header's value, one character (latin1) for each byte.
 * @param charset that of the form, for names that are not UTF-8.
 * @returns the disposition, or a description of the error.
 */
export function parseFormDisposition(bytes: string, charset: string | undefined): FormDisposition | string {
  const semicolon = bytes.indexOf(';');
  const type = (semicolon < 0 ? bytes : bytes.slice(0, semicolon)).trim().toLowerCase();
  if (type !== 'form-data') return 'has a Content-Disposition that is not form-data';
  if (semicolon < 0) return 'has no name';
  const rest = bytes.slice(semicolon).trimEnd();
  const escaped = readParameters(rest, ESCAPED_PARAMETER, (text) => text.replace(/\\(["\\])/g, '$1'));
  const parameters = escaped ?? readParameters(rest, PLAIN_PARAMETER, (text) => text);
  if (parameters === undefined) return 'has a Content-Disposition that cannot be read';
  if (typeof parameters === 'string') return `says its ${parameters} twice`;
  const text = (key: string): string | undefined => {
    const extended = parameters.get(`${key}*`);
    const decoded = extended === undefined ? undefined : decodeExtended(extended);
    if (decoded !== undefined) return decoded;
    const value = parameters.get(key);
    return value === undefined ? undefined : unescapeName(decodeHeaderText(value, charset));
  };
  const name = text('name');
  if (name === undefined) return 'has no name';
  const filename = text('filename');
  if (filename === undefined && parameters.has('filename*')) return 'has a filename* that cannot be read';
  return { name, filename };
}

/** Returns the parameters by name; the name of a repeated parameter; or `undefined` for invalid syntax. */
function readParameters(
  text: string,
  pattern: RegExp,
  unquote: (text: string) => string,
): Map<string, string> | string | undefined {
  const parameters = new Map<string, string>();
  let repeated: string | undefined;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [, name, quoted, plain] = match;
    if (name === undefined) continue;
    const key = name.toLowerCase();
    if (parameters.has(key)) repeated = key;
    parameters.set(key, quoted === undefined ? (plain ?? '').trim() : unquote(quoted));
  }
  return repeated ?? parameters;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes a header: as UTF-8 if it is valid, else in the form's charset, else as latin1. */
export function decodeHeaderText(bytes: string, charset?: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  try {
    return strictUtf8.decode(buffer);
  } catch {
    const isOther = charset !== undefined && charset !== 'utf-8' && isCharset(charset);
    return isOther ? decodeText(buffer, charset) : bytes;
  }
}

/** Decodes the escapes of browsers for quotation marks and line breaks in names. Browsers escape no other characters. */
function unescapeName(text: string): string {
  return text.replace(/%22|%0D|%0A/gi, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}

/** Decodes `charset'language'percent-encoded` (RFC 8187 section 3.2). Returns `undefined` for other syntax. */
function decodeExtended(value: string): string | undefined {
  const match = /^([\w.:+-]+)'[\w-]*'((?:[^%]|%[0-9a-f]{2})*)$/i.exec(value);
  if (match === null || !isCharset(match[1] as string)) return undefined;
  const bytes = (match[2] as string).replace(/%(..)/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return decodeText(Buffer.from(bytes, 'latin1'), match[1] as string);
}
