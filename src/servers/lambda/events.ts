import type { ParsedRequest } from '../parsed-exchange.js';

import { escapePath, withoutSlashes } from '../cgi/cgi-variables.js';

/** The fields that are read of an event of API Gateway (REST and HTTP APIs), of a function URL, or of a load balancer. */
export interface LambdaEvent {
  readonly version?: string;
  /** Payload format 2.0 (HTTP APIs, function URLs). */
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly cookies?: readonly string[];
  /** Payload format 1.0 (REST APIs) and load balancers. */
  readonly httpMethod?: string;
  readonly path?: string;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: {
    readonly stage?: string;
    readonly path?: string;
    readonly protocol?: string;
    readonly identity?: { readonly sourceIp?: string };
    readonly http?: { readonly method?: string; readonly path?: string; readonly protocol?: string; readonly sourceIp?: string };
    readonly elb?: unknown;
  };
}

/** The formats of events and their answers. */
export type EventKind = 'v1' | 'v2' | 'alb';

/** The contents of an event, in the terms of the gateway interface. */
export interface LambdaRequest extends ParsedRequest {
  readonly kind: EventKind;
  /** Name, value, name, value …. */
  readonly headers: string[];
  readonly body: Buffer;
}

/**
 * Reads an event.
 *
 * @param scriptName the base path of the app, when the event does not contain it: the base path of a custom domain.
 * @throws TypeError for an event that is not an HTTP request.
 */
export function readEvent(event: LambdaEvent, scriptName?: string): LambdaRequest {
  const kind = kindOf(event);
  const { requestContext = {} } = event;
  const headers = headersOf(event);
  const forwarded = (name: string): string | undefined => valueOf(headers, name)?.split(',').at(-1)?.trim();
  const { path, stage } = kind === 'v2' ? pathOfV2(event) : pathOfV1(event);
  const whole = stage + path;
  const prefix = withoutSlashes(scriptName ?? stage);
  const isBelow = prefix !== '' && (whole === prefix || whole.startsWith(`${prefix}/`));
  const below = isBelow ? whole.slice(prefix.length) : scriptName === undefined ? path : whole;
  const query = kind === 'v2' ? (event.rawQueryString ?? '') : queryOf(event, kind);
  const absolutePath = below.startsWith('/') ? below : `/${below}`;
  const source = requestContext.http?.sourceIp ?? requestContext.identity?.sourceIp;
  const protocol = requestContext.http?.protocol ?? requestContext.protocol ?? 'HTTP/1.1';
  const body = event.body ?? '';
  return {
    kind,
    method: requestContext.http?.method ?? event.httpMethod ?? 'GET',
    scriptName: isBelow ? prefix : '',
    target: query === '' ? absolutePath : `${absolutePath}?${query}`,
    httpVersion: protocol.replace(/^HTTP\//, '').replace(/^([2-9])\.0$/, '$1'),
    // Only a load balancer listens without TLS. It overwrites `X-Forwarded-Proto`, and appends the client's address to
    // `X-Forwarded-For`.
    secure: (forwarded('x-forwarded-proto') ?? 'https') === 'https',
    remoteAddress: source ?? forwarded('x-forwarded-for'),
    headers,
    body: Buffer.from(body, event.isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function kindOf(event: LambdaEvent): EventKind {
  if (event?.requestContext?.elb !== undefined) return 'alb';
  if (event?.requestContext?.http !== undefined) return 'v2';
  if (typeof event?.httpMethod === 'string') return 'v1';
  throw Object.assign(
    new TypeError(
      'This Lambda event is not an HTTP request of API Gateway, a function URL or a load balancer. Handle other events with a separate handler.',
    ),
    { code: 'BN_LAMBDA_EVENT' },
  );
}

/** A stage precedes the path, except for `$default` and on custom domains. */
function pathOfV2({ rawPath = '/', requestContext }: LambdaEvent): { path: string; stage: string } {
  const path = bytesOf(rawPath);
  const stage = `/${requestContext?.stage ?? '$default'}`;
  if (stage === '/$default' || !(path === stage || path.startsWith(`${stage}/`))) return { path, stage: '' };
  return { path: path.slice(stage.length), stage };
}

/** The path has no stage. The path of the context has the stage, or the base path of a custom domain. */
function pathOfV1({ path: given = '/', requestContext }: LambdaEvent): { path: string; stage: string } {
  const [path, whole] = [bytesOf(given), bytesOf(requestContext?.path ?? given)];
  return {
    path,
    stage: path !== '/' && whole.endsWith(path) ? whole.slice(0, -path.length) : path === '/' ? whole.replace(/\/$/, '') : '',
  };
}

/** HTTP APIs decode paths. Function URLs do not. */
function bytesOf(path: string): string {
  return escapePath(Buffer.from(path, 'utf8').toString('latin1'), true);
}

function queryOf(
  { multiValueQueryStringParameters: multiValue, queryStringParameters: single }: LambdaEvent,
  kind: EventKind,
): string {
  const pairs = Object.entries(multiValue ?? single ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((single) => [name, single] as const),
  );
  // REST APIs decode the query. Load balancers do not.
  const encode = kind === 'alb' ? (text: string): string => text : encodeURIComponent;
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value as string)}`).join('&');
}

function headersOf({ headers, multiValueHeaders, cookies }: LambdaEvent): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(multiValueHeaders ?? headers ?? {})) {
    for (const single of [value ?? []].flat()) flat.push(name, Buffer.from(single, 'utf8').toString('latin1'));
  }
  if (cookies !== undefined && cookies.length > 0 && valueOf(flat, 'cookie') === undefined)
    flat.push('cookie', cookies.join('; '));
  return flat;
}

/** A header by its name in lower case. Repeated headers are joined. */
export function valueOf(flat: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    if ((flat[i] as string).toLowerCase() !== name) continue;
    found = found === undefined ? (flat[i + 1] as string) : `${found}${name === 'cookie' ? '; ' : ', '}${flat[i + 1]}`;
  }
  return found;
}
