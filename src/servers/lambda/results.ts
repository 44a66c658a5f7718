import { isUtf8 } from 'node:buffer';
import { reasonPhrase } from '../../http/fields/status.js';
import { type EventKind, valueOf } from './events.js';

/** The return value of a Lambda function for an HTTP request. */
export interface LambdaResult {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

/** The head of a streamed answer (`application/vnd.awslambda.http-integration-response`). */
export interface LambdaPrelude {
  statusCode: number;
  headers: Record<string, string>;
  cookies: string[];
}

/** Connection-specific headers (RFC 9110 §7.6.1). */
const CONNECTION_HEADERS = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i;

/** Converts an answer to the format of the event's sender. */
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
  if (kind === 'v1' || isMultiValue) return { ...start, multiValueHeaders: groupByName(headers), ...content };
  return { ...start, headers: singleValues(headers), ...content };
}

/** Converts the head of a streamed answer. */
export function toPrelude(status: number, headers: readonly string[]): LambdaPrelude {
  const { 'set-cookie': cookies = [], ...others } = groupByName(headers);
  return {
    statusCode: status,
    headers: Object.fromEntries(Object.entries(others).map(([name, values]) => [name, values.join(', ')])),
    cookies,
  };
}

function groupByName(flat: readonly string[]): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase();
    if (CONNECTION_HEADERS.test(name)) continue;
    all[name] = [...(all[name] ?? []), flat[i + 1] as string];
  }
  return all;
}

/** One value per name. Several cookies get names that differ in upper and lower case, because receivers ignore the case. */
function singleValues(flat: readonly string[]): Record<string, string> {
  const { 'set-cookie': cookies = [], ...others } = groupByName(flat);
  const headers = Object.fromEntries(Object.entries(others).map(([name, values]) => [name, values.join(', ')]));
  cookies.forEach((cookie, i) => {
    headers[spelling('set-cookie', i)] = cookie;
  });
  return headers;
}

/** The n-th spelling of a name in upper and lower case. */
function spelling(name: string, n: number): string {
  let bit = 0;
  return name.replace(/[a-z]/g, (c) => ((n >> bit++) & 1 ? c.toUpperCase() : c));
}

/** Whether a body can be sent as text: it is not compressed, and its content type is a text type. */
function isTextual(headers: readonly string[]): boolean {
  const encoding = valueOf(headers, 'content-encoding');
  if (encoding !== undefined && encoding !== 'identity') return false;
  const type = (valueOf(headers, 'content-type') ?? 'text/plain').toLowerCase();
  return /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|yaml|javascript|x-www-form-urlencoded|x-ndjson|graphql)\b|image\/svg\+xml)/.test(
    type,
  );
}
