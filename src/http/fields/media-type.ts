/** A media type taken apart. */
export interface ContentType {
  /** Type and subtype in lower case, without parameters; `''` when the header holds none. */
  readonly type: string;
  /** The parameters by their lower-case names, quotes and escapes resolved. Of a repeated one, the first. */
  readonly parameters: Readonly<Record<string, string>>;
}

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);
const NO_TYPE: ContentType = Object.freeze({ type: '', parameters: NO_PARAMETERS });

const TYPE = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/;
// One parameter: `; name=token` or `; name="quoted"`. Where it does not match, the rest up to the next `;` is passed over.
const PARAMETER = /;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/y;

/**
 * Takes a `Content-Type` apart (RFC 9110 section 8.3), and forgives what clients get wrong: spaces, empty and broken
 * parameters, a missing closing quote. Never throws.
 *
 * @example parseContentType('text/HTML; Charset="utf-8"') // { type: 'text/html', parameters: { charset: 'utf-8' } }
 */
export function parseContentType(header: string | undefined): ContentType {
  if (!header) return NO_TYPE;
  // Requests to an API nearly all have the same.
  if (header !== latestHeader) {
    latestType = takeApart(header);
    latestHeader = header;
  }
  return latestType;
}

let latestHeader = '';
let latestType = NO_TYPE;

function takeApart(header: string): ContentType {
  const semicolon = header.indexOf(';');
  const type = (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
  if (!TYPE.test(type)) return NO_TYPE;
  return { type, parameters: semicolon < 0 ? NO_PARAMETERS : parseParameters(header, semicolon) };
}

/**
 * The parameters that stand after a `;`, wherever a header has such (`Content-Disposition`, `Accept`).
 *
 * @param from the place of the first `;`.
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
 * The charset that a `Content-Type` names, in lower case; `undefined` when it names none.
 *
 * @example charsetOf('text/html; charset=UTF-8') // 'utf-8'
 */
export function charsetOf(header: string | undefined): string | undefined {
  if (!header?.includes(';')) return undefined;
  return parseContentType(header).parameters.charset?.toLowerCase() || undefined;
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** @throws TypeError for what cannot be the name of a charset. */
export function checkCharset(charset: string): void {
  if (!TOKEN.test(charset)) throw new TypeError(`${JSON.stringify(charset)} is no charset: use a name such as UTF-8.`);
}

/**
 * A content type with this charset in place of the one it had; its other parameters stay.
 *
 * @throws TypeError for a charset that is no token.
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
 * Whether a media type (in lower case, without parameters) says JSON: `application/json`, `text/json`, or a `+json` suffix
 * (RFC 6839, WHATWG MIME Sniffing).
 *
 * @example isJsonType('application/problem+json') // true
 */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
}
