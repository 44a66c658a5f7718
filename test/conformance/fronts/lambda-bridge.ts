// What stands between HTTP and a function: the events of API Gateway, function URLs and load balancers, as their documentation
// describes them, and what they make of the results.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { LambdaEvent } from '../../../src/servers/lambda/events.js';
import type { LambdaPrelude, LambdaResult } from '../../../src/servers/lambda/results.js';

export type Kind = 'v1' | 'v2' | 'url' | 'alb';

/** The event for a request. */
export function eventFor(kind: Kind, request: IncomingMessage, body: Buffer): LambdaEvent {
  const whole = (request.url as string).replace(/^[a-z]+:\/\/[^/]*/i, '');
  const [path = '/', query = ''] = whole.split(/\?(.*)/s);
  const multiValueHeaders: Record<string, string[]> = {};
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] as string;
    multiValueHeaders[name] = [
      ...(multiValueHeaders[name] ?? []),
      Buffer.from(request.rawHeaders[i + 1] as string, 'latin1').toString(),
    ];
  }
  const sourceIp = request.socket.remoteAddress as string;
  const base64 = { body: body.length > 0 ? body.toString('base64') : null, isBase64Encoded: body.length > 0 };
  const method = request.method as string;
  const protocol = `HTTP/${request.httpVersion}`;
  if (kind === 'v2' || kind === 'url') {
    const lower = Object.entries(multiValueHeaders).map(([name, values]) => [name.toLowerCase(), values] as const);
    const headers: Record<string, string> = {};
    for (const [name, values] of lower) if (name !== 'cookie') headers[name] = [headers[name] ?? [], values].flat().join(',');
    const cookies = lower.flatMap(([name, values]) => (name === 'cookie' ? values.flatMap((value) => value.split('; ')) : []));
    headers['x-forwarded-proto'] = 'http';
    return {
      version: '2.0',
      rawPath: path,
      rawQueryString: query,
      ...(cookies.length > 0 ? { cookies } : {}),
      headers,
      requestContext: { stage: '$default', http: { method, path, protocol, sourceIp } },
      ...base64,
    };
  }
  multiValueHeaders['X-Forwarded-Proto'] = ['http'];
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split(/=(.*)/s) as [string, string?]);
  const decode = (text: string): string => (kind === 'alb' ? text : decodeURIComponent(text.replaceAll('+', ' ')));
  const many: Record<string, string[]> = {};
  for (const [name, value = ''] of pairs) many[decode(name)] = [...(many[decode(name)] ?? []), decode(value)];
  if (kind === 'alb') {
    multiValueHeaders['X-Forwarded-For'] = [...(multiValueHeaders['X-Forwarded-For'] ?? []), sourceIp];
    return {
      httpMethod: method,
      path,
      multiValueQueryStringParameters: many,
      multiValueHeaders,
      requestContext: { elb: {} },
      ...base64,
    };
  }
  return {
    version: '1.0',
    httpMethod: method,
    path,
    multiValueQueryStringParameters: many,
    multiValueHeaders,
    requestContext: { stage: 'prod', path, protocol, identity: { sourceIp } },
    ...base64,
  };
}

/** Answers HTTP by asking a function. */
export function lambdaBridge(kind: Kind, call: (event: LambdaEvent) => Promise<LambdaResult>): Server {
  return createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const result = await call(eventFor(kind, request, Buffer.concat(chunks)));
      const headers: string[] = Object.entries(result.headers ?? {}).flat();
      for (const [name, values] of Object.entries(result.multiValueHeaders ?? {}))
        for (const value of values) headers.push(name, value);
      for (const cookie of result.cookies ?? []) headers.push('set-cookie', cookie);
      head(response, result.statusCode, headers);
      response.end(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'));
    } catch {
      response.destroy();
    }
  });
}

export function head(response: ServerResponse, status: number, headers: readonly string[]): void {
  response.writeHead(
    status,
    headers.map((text, i) => (i % 2 === 0 ? text : Buffer.from(text, 'utf8').toString('latin1'))),
  );
}

/** The flat headers of a streamed answer's head. */
export function preludeHeaders({ headers, cookies }: LambdaPrelude): string[] {
  return [...Object.entries(headers).flat(), ...cookies.flatMap((cookie) => ['set-cookie', cookie])];
}
