import type { Context } from '../../http/context.js';
import { shorten } from '../../support/escape-html.js';
import { isJsonType, parseContentType } from '../../http/fields/media-type.js';
import type { Request } from '../../http/request.js';

/** A table of the page: names and values, unescaped. */
export interface Facts {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
  /** A text that replaces the rows. */
  readonly text?: string;
}

const MASK = '••••••';
/** Names of values that are probably secret. Screenshots must not show them. */
const SECRET =
  /auth(?!or)|cookie|token|secret|passw|passphrase|pwd|api-?_?key|access-?_?key|private-?_?key|session|csrf|xsrf|signature|credential|otp|\bpin\b|cvv|cvc|card/i;

const MAX_VALUE = 500;
const MAX_BODY = 4000;
const MAX_ROWS = 60;

/** The tables about a request. Never throws, even if the request is invalid or its body is unread. */
export function requestFacts(context: Context): Facts[] {
  const { request } = context;
  return [
    { title: 'Query', rows: listOrEmpty(() => rowsOf(request.query)) },
    ...bodyFacts(context),
    { title: 'Headers', rows: listOrEmpty(() => [...request.headers].map(headerRow)) },
  ].filter(({ rows, text }) => rows.length > 0 || text !== undefined);
}

/** The URL of the request, with secret query values masked. */
export function requestLine(request: Request): string {
  const query = valueOr(() => [...request.query].map(([name, value]) => `${name}=${maskSecret(name, value)}`).join('&'), '…');
  return `${shorten(request.fullPath, MAX_VALUE)}${request.queryString === '' ? '' : `?${shorten(query, MAX_VALUE)}`}`;
}

function bodyFacts(context: Context): Facts[] {
  const { request } = context;
  if (!context.exchange.hasBody) return [];
  const { type } = parseContentType(request.contentType);
  const title = `Body: ${type || 'of no declared type'}`;
  try {
    if (type === 'multipart/form-data' || type === 'application/x-www-form-urlencoded') {
      const files = [...request.files].map(
        ([name, file]) => [name, `${file.rawFilename}, ${file.contentType}, ${file.contentLength} bytes`] as const,
      );
      return [{ title, rows: [...rowsOf(request.forms), ...files] }];
    }
    // A body in a temporary file is too large to show, so it is not read.
    if (request.isBodyStored) return [{ title, rows: [], text: 'The body is large. It is stored in a temporary file.' }];
    if (isJsonType(type)) return [{ title, rows: [], text: jsonText(request) }];
    if (/^text\/|xml$|javascript$/.test(type) || type === '') return [{ title, rows: [], text: shorten(request.text, MAX_BODY) }];
    return [{ title, rows: [], text: `${request.body.length} bytes` }];
  } catch {
    return [{ title, rows: [], text: 'The body has not been read, or cannot be read.' }];
  }
}

function jsonText(request: Request): string {
  const mask = (name: string, value: unknown): unknown =>
    SECRET.test(name) && value !== null && typeof value !== 'object' ? MASK : value;
  try {
    return shorten(JSON.stringify(JSON.parse(request.text), mask, 2), MAX_BODY);
  } catch {
    // Invalid JSON is shown unmasked, so that the mistake is visible.
    return shorten(request.text, MAX_BODY);
  }
}

function headerRow([name, value]: readonly [string, string]): [string, string] {
  const lower = name.toLowerCase();
  if (lower === 'cookie') return [name, value.replace(/=[^;]*/g, `=${MASK}`)];
  if (lower === 'authorization' || lower === 'proxy-authorization') {
    return [name, `${/^[A-Za-z0-9-]+(?= )/.exec(value)?.[0] ?? ''} ${MASK}`.trim()];
  }
  if (lower === 'referer') return [name, value.replace(/\?.*/s, '?…')];
  return [name, maskSecret(name, value)];
}

function rowsOf(pairs: Iterable<readonly [string, string]>): [string, string][] {
  const rows: [string, string][] = [];
  for (const [name, value] of pairs) {
    if (rows.length === MAX_ROWS) {
      rows.push(['…', 'and more']);
      break;
    }
    rows.push([shorten(name, 100), maskSecret(name, value)]);
  }
  return rows;
}

function maskSecret(name: string, value: string): string {
  return SECRET.test(name) ? MASK : shorten(value, MAX_VALUE);
}

function listOrEmpty<T>(find: () => T[]): T[] {
  return valueOr(find, []);
}

function valueOr<T>(find: () => T, otherwise: T): T {
  try {
    return find();
  } catch {
    return otherwise;
  }
}
