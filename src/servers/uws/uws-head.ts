import { reasonPhrase } from '../../http/fields/status.js';
import type { HttpRequest, HttpResponse } from './uws-binding.js';
import { bytesOf } from './header-bytes.js';

/** A head that is not sent yet. */
export interface Head {
  readonly status: number;
  readonly reason: string;
  /** Name, value, name, value …. */
  readonly headers: readonly string[];
}

const lines = new Map<number, string>();

function statusLine(status: number, reason: string): string {
  if (reason !== '') return `${status} ${reason}`;
  let line = lines.get(status);
  if (line === undefined) {
    line = `${status} ${reasonPhrase(status)}`;
    lines.set(status, line);
  }
  return line;
}

/**
 * Writes the status and the headers, except for those that uWebSockets.js writes itself: length, framing and date.
 *
 * @returns whether a header says that the connection ends.
 */
export function writeHead(response: HttpResponse, status: number, reason: string, headers: readonly string[]): boolean {
  // Without a status, uWebSockets.js sends 200.
  if (status !== 200 || reason !== '') response.writeStatus(statusLine(status, reason));
  let isLast = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    switch (name.length) {
      case 14:
        if (name === 'Content-Length' || name.toLowerCase() === 'content-length') continue;
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') continue;
        break;
      case 4:
        if (name.toLowerCase() === 'date') continue;
        break;
      case 10:
        if (name.toLowerCase() !== 'connection') break;
        if (value.toLowerCase() === 'close') {
          isLast = true;
          continue;
        }
        if (/\bclose\b/i.test(value)) isLast = true;
    }
    response.writeHeader(bytesOf(name), isUsualType(value) ? bytesOf(value) : value);
  }
  return isLast;
}

/** Whether a head says that the connection ends. */
export function endsConnection(headers: readonly string[]): boolean {
  return headers.some(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'connection' && /\bclose\b/i.test(headers[i + 1] as string),
  );
}

/** The default content types. Others may come from clients, for example with an upload that is sent back. */
function isUsualType(value: string): boolean {
  return value === 'application/json' || value === 'text/html; charset=UTF-8';
}

/** Headers that may occur only once. The first of several counts, as in Node. */
const SINGLE: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/** Copies all headers of a valid request: name, value, name, value …, with names in lower case. */
export function copyHeaders(request: HttpRequest): string[] {
  const raw: string[] = [];
  request.forEach((name, value) => {
    raw.push(name, value);
  });
  return raw;
}

/** The value of a header in such a copy. */
export function findHeader(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i] !== name) continue;
    if (found === undefined) found = raw[i + 1] as string;
    else if (!SINGLE.has(name)) found += (name === 'cookie' ? '; ' : ', ') + raw[i + 1];
  }
  return found;
}
