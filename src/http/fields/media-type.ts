/** A parsed media type. */
export interface ContentType {
  /** Type and subtype in lower case, without parameters; `''` without a valid type. */
  readonly type: string;
  /** The parameters by their lower-case names, without quotes and escapes. For a repeated parameter, the first value. */
  readonly parameters: Readonly<Record<string, string>>;
}

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);
const NO_TYPE: ContentType = Object.freeze({ type: '', parameters: NO_PARAMETERS });

const TYPE = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/;
// One parameter: `; name=token` or `; name="quoted"`. Without a match, the text up to the next `;` is ignored.
const PARAMETER = /;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/y;

/**
 * Parses a `Content-Type` (RFC 9110 section 8.3). Tolerates errors of clients: spaces, empty and invalid parameters, a missing closing
 * quote. Never throws.
 *
 * @example parseContentType('text/HTML; Charset="utf-8"') // { type: 'text/html', parameters: { charset: 'utf-8' } }
 */
export function parseContentType(header: string | undefined): ContentType {
  if (!header) return NO_TYPE;
  // Cached, because most requests to an API have the same type.
  if (header !== cachedHeader) {
    cachedType = parseUncached(header);
    cachedHeader = header;
  }
  return cachedType;
}

let cachedHeader = '';
let cachedType = NO_TYPE;

function parseUncached(header: string): ContentType {
  const semicolon = header.indexOf(';');
  const type = (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
  if (!TYPE.test(type)) return NO_TYPE;
  return { type, parameters: semicolon < 0 ? NO_PARAMETERS : parseParameters(header, semicolon) };
}

/**
 * Parses the parameters of a header, such as `Content-Disposition` or `Accept`.
 *
 * @param from the index of the first `;`.
 */
export function parseParameters(header: string, from: number): Readonly<Record<string, string>> {
  const parameters = Object.create(null) as Record<string, string>;
  for (let at = from; at >= 0; at = header.indexOf(';', at)) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(header);
    if (!match) {
      at += 1;
      continue;
    }
    const name = (match[1] ?? '').toLowerCase();
    const value = match[2] === undefined ? (match[3] ?? '').trim() : match[2].replace(/\\(.)/g, '$1');
    if (!(name in parameters)) parameters[name] = value;
    at = PARAMETER.lastIndex;
  }
  return parameters;
}

/**
 * The charset of a `Content-Type`, in lower case; `undefined` without one.
 *
 * @example charsetOf('text/html; charset=UTF-8') // 'utf-8'
 */
export function charsetOf(header: string | undefined): string | undefined {
  if (!header?.includes(';')) return undefined;
  return parseContentType(header).parameters.charset?.toLowerCase() || undefined;
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** @throws TypeError for an invalid name of a charset. */
export function checkCharset(charset: string): void {
  if (!TOKEN.test(charset)) throw new TypeError(`${JSON.stringify(charset)} is not a charset: use a name such as UTF-8.`);
}

/**
 * Sets the charset of a content type. Keeps the other parameters.
 *
 * @throws TypeError for a charset that is not a token.
 * @example withCharset('text/html; charset=UTF-8', 'latin1') // 'text/html; charset=latin1'
 */
export function withCharset(contentType: string, charset: string): string {
  checkCharset(charset);
  const semicolon = contentType.indexOf(';');
  if (semicolon < 0) return `${contentType.trimEnd()}; charset=${charset}`;
  let text = `${contentType.slice(0, semicolon).trimEnd()}; charset=${charset}`;
  for (const [name, value] of Object.entries(parseParameters(contentType, semicolon))) {
    if (name === 'charset') continue;
    text += `; ${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
  }
  return text;
}

/**
 * Whether a media type (in lower case, without parameters) is JSON: `application/json`, `text/json`, or a `+json` suffix
 * (RFC 6839, WHATWG MIME Sniffing).
 *
 * @example isJsonType('application/problem+json') // true
 */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
}
