import { isUtf8 } from 'node:buffer';
import { reasonPhrase } from '../../http/fields/status.js';
import { type EventKind, valueOf } from './events.js';

/** What a function returns for a request. */
export interface LambdaResult {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

/** The head of an answer whose body follows as a stream (`application/vnd.awslambda.http-integration-response`). */
export interface LambdaPrelude {
  statusCode: number;
  headers: Record<string, string>;
  cookies: string[];
}

/** Of one connection only (RFC 9110 §7.6.1). */
const OF_CONNECTION = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i;

/** An answer in the form that the event's sender takes. */
export function toResult(
  kind: EventKind,
  isMultiValue: boolean,
  status: number,
  headers: readonly string[],
  body: Buffer,
): LambdaResult {
  const isText = isTextual(headers) && isUtf8(body);
  const content = { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
  if (kind === 'v2') {
    const { headers: joined, cookies } = toPrelude(status, headers);
    return { statusCode: status, headers: joined, ...(cookies.length > 0 ? { cookies } : {}), ...content };
  }
  const start =
    kind === 'alb' ? { statusCode: status, statusDescription: `${status} ${reasonPhrase(status)}` } : { statusCode: status };
  if (kind === 'v1' || isMultiValue) return { ...start, multiValueHeaders: grouped(headers), ...content };
  return { ...start, headers: distinct(headers), ...content };
}

/** The head of a streamed answer. */
export function toPrelude(status: number, headers: readonly string[]): LambdaPrelude {
  const { 'set-cookie': cookies = [], ...others } = grouped(headers);
  return {
    statusCode: status,
    headers: Object.fromEntries(Object.entries(others).map(([name, values]) => [name, values.join(', ')])),
    cookies,
  };
}

function grouped(flat: readonly string[]): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase();
    if (OF_CONNECTION.test(name)) continue;
    all[name] = [...(all[name] ?? []), flat[i + 1] as string];
  }
  return all;
}

/** One value per name is all that there is room for: of several cookies each gets a case of its own, which names are read without. */
function distinct(flat: readonly string[]): Record<string, string> {
  const { 'set-cookie': cookies = [], ...others } = grouped(flat);
  const headers = Object.fromEntries(Object.entries(others).map(([name, values]) => [name, values.join(', ')]));
  cookies.forEach((cookie, i) => {
    headers[cased('set-cookie', i)] = cookie;
  });
  return headers;
}

/** The n-th way to write a name in capitals and small letters. */
function cased(name: string, n: number): string {
  let bit = 0;
  return name.replace(/[a-z]/g, (c) => ((n >> bit++) & 1 ? c.toUpperCase() : c));
}

/** Whether a body may be sent as text: what is compressed, and what no type calls text, is not. */
function isTextual(headers: readonly string[]): boolean {
  const encoding = valueOf(headers, 'content-encoding');
  if (encoding !== undefined && encoding !== 'identity') return false;
  const type = (valueOf(headers, 'content-type') ?? 'text/plain').toLowerCase();
  return /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|yaml|javascript|x-www-form-urlencoded|x-ndjson|graphql)\b|image\/svg\+xml)/.test(
    type,
  );
}
