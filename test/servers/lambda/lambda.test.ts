import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { lambdaHandler } from 'bottlenose/servers';
import { readEvent } from '../../../src/servers/lambda/events.js';

function makeApp(): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.get('/where', (_args, { request: { scriptName, path, url, remoteAddr } }) => ({ scriptName, path, url, remoteAddr }));
  app.post('/echo', (_args, { request, response }) => {
    response.contentType = request.contentType;
    return request.body;
  });
  app.get('/cookies', (_args, { response }) => {
    response.setCookie('a', '1');
    response.setCookie('b', '2');
    return 'cookies';
  });
  app.get('/stream', async function* () {
    yield 'one ';
    yield 'two';
  });
  app.get('/broken', async function* () {
    yield 'one ';
    throw new Error('half-way');
  });
  return app;
}

const v2 = (rawPath: string, more: object = {}, stage = '$default') => ({
  version: '2.0',
  rawPath,
  rawQueryString: '',
  headers: { host: 'example.org' },
  requestContext: { stage, http: { method: 'GET', path: rawPath, protocol: 'HTTP/2.0', sourceIp: '1.2.3.4' } },
  ...more,
});

describe('an event', () => {
  it('of an HTTP API has its stage in front of the path', () => {
    expect(readEvent(v2('/dev/a', {}, 'dev'))).toMatchObject({
      kind: 'v2',
      scriptName: '/dev',
      target: '/a',
      httpVersion: '2',
      secure: true,
    });
    expect(readEvent(v2('/dev', {}, 'dev'))).toMatchObject({ scriptName: '/dev', target: '/' });
    expect(readEvent(v2('/developers', {}, 'dev'))).toMatchObject({ scriptName: '', target: '/developers' });
    expect(readEvent(v2('/api/a', { rawQueryString: 'x=%20' }), '/api')).toMatchObject({
      scriptName: '/api',
      target: '/a?x=%20',
    });
  });

  it('has a path that is decoded, or is not', () => {
    expect(readEvent(v2('/grüß dich/100%')).target).toBe('/gr%C3%BC%C3%9F%20dich/100%25');
    expect(readEvent(v2('/a%2Fb%20c')).target).toBe('/a%2Fb%20c');
  });

  it('of a REST API has its stage in the context, and its query decoded', () => {
    const event = {
      httpMethod: 'GET',
      path: '/a',
      requestContext: { stage: 'dev', path: '/dev/a', identity: { sourceIp: '1.2.3.4' } },
      multiValueQueryStringParameters: { q: ['a b', 'c&d'] },
      multiValueHeaders: { Cookie: ['a=1', 'b=2'], 'X-Many': ['1', '2'] },
    };
    expect(readEvent(event)).toMatchObject({
      kind: 'v1',
      scriptName: '/dev',
      target: '/a?q=a%20b&q=c%26d',
      remoteAddress: '1.2.3.4',
    });
    expect(readEvent(event).headers).toEqual(['Cookie', 'a=1', 'Cookie', 'b=2', 'X-Many', '1', 'X-Many', '2']);
  });

  it('of a load balancer has its query as it came, and the client in a header', () => {
    const event = {
      httpMethod: 'GET',
      path: '/a',
      requestContext: { elb: {} },
      queryStringParameters: { q: 'a%20b' },
      headers: { 'x-forwarded-for': '6.6.6.6, 1.2.3.4', 'x-forwarded-proto': 'http' },
    };
    expect(readEvent(event)).toMatchObject({ kind: 'alb', target: '/a?q=a%20b', remoteAddress: '1.2.3.4', secure: false });
  });

  it('of another kind is refused', async () => {
    await expect(lambdaHandler(makeApp())({ Records: [] } as never, {})).rejects.toThrow('not an HTTP request');
  });
});

describe('a result', () => {
  const handler = lambdaHandler(makeApp());

  it('tells where the app stands', async () => {
    const { body } = await handler(v2('/dev/where', {}, 'dev'), {});
    expect(JSON.parse(body)).toEqual({
      scriptName: '/dev/',
      path: '/where',
      url: 'https://example.org/dev/where',
      remoteAddr: '1.2.3.4',
    });
  });

  it('is text where it can be, and base64 elsewhere', async () => {
    const post = (type: string, bytes: Buffer) =>
      handler(
        v2('/echo', {
          headers: { 'content-type': type },
          body: bytes.toString('base64'),
          isBase64Encoded: true,
          requestContext: { http: { method: 'POST' } },
        }),
        {},
      );
    expect(await post('text/plain', Buffer.from('grüß'))).toMatchObject({ body: 'grüß', isBase64Encoded: false });
    expect(await post('application/problem+json', Buffer.from('{}'))).toMatchObject({ body: '{}', isBase64Encoded: false });
    expect(await post('text/plain', Buffer.from([255]))).toMatchObject({ body: '/w==', isBase64Encoded: true });
    expect(await post('image/png', Buffer.from('png'))).toMatchObject({ body: 'cG5n', isBase64Encoded: true });
  });

  it('has several cookies in the way of its kind', async () => {
    expect((await handler(v2('/cookies'), {})).cookies).toEqual(['a=1', 'b=2']);
    const rest = { httpMethod: 'GET', path: '/cookies', requestContext: {} };
    expect((await handler(rest, {})).multiValueHeaders?.['set-cookie']).toEqual(['a=1', 'b=2']);
    const single = await handler({ ...rest, headers: {}, requestContext: { elb: {} } }, {});
    expect(single.statusDescription).toBe('200 OK');
    expect(
      Object.entries(single.headers ?? {})
        .filter(([name]) => name.toLowerCase() === 'set-cookie')
        .map(([, value]) => value),
    ).toEqual(['a=1', 'b=2']);
  });

  it('is put together from a stream, and an error when that breaks off', async () => {
    expect((await handler(v2('/stream'), {})).body).toBe('one two');
    await expect(handler(v2('/broken'), {})).rejects.toThrow('was aborted');
  });
});

/** Lambda's Runtime API as its documentation has it, on loopback: serves events, and keeps the answer to each. */
async function fakeRuntime(events: object[]) {
  const said: { url: string; headers: IncomingMessage['headers']; body: string; trailers: NodeJS.Dict<string> }[] = [];
  const waiting: ServerResponse[] = [];
  let changed = (): void => undefined;
  const server = createServer(async (request, response) => {
    if (request.url === '/2018-06-01/runtime/invocation/next') {
      const event = events.shift();
      if (event === undefined) waiting.push(response);
      else {
        const id = `id-${events.length}`;
        response.writeHead(200, { 'Lambda-Runtime-Aws-Request-Id': id, 'Lambda-Runtime-Deadline-Ms': String(Date.now() + 3000) });
        response.end(JSON.stringify(event));
      }
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    said.push({ url: request.url as string, headers: request.headers, body, trailers: request.trailers });
    response.writeHead(202).end('{"status":"OK"}');
    changed();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const until = async (count: number): Promise<void> => {
    while (said.length < count) await new Promise<void>((resolve) => (changed = resolve));
  };
  const close = (): void => {
    for (const response of waiting) response.destroy();
    server.close();
    server.closeAllConnections();
  };
  return { said, until, close, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function onRuntime(events: object[], options: object, count: number) {
  const runtime = await fakeRuntime(events);
  process.env.AWS_LAMBDA_RUNTIME_API = runtime.address;
  try {
    const server = await makeApp().run({ server: 'lambda', quiet: true, ...options });
    await runtime.until(count);
    await server.close();
    return runtime.said;
  } finally {
    delete process.env.AWS_LAMBDA_RUNTIME_API;
    runtime.close();
  }
}

describe('a custom runtime', () => {
  it('answers one event after the other, errors too', async () => {
    const said = await onRuntime([v2('/where'), { Records: [] }, v2('/broken'), v2('/stream')], {}, 4);
    expect(said.map(({ url }) => url)).toEqual([
      '/2018-06-01/runtime/invocation/id-3/response',
      '/2018-06-01/runtime/invocation/id-2/error',
      '/2018-06-01/runtime/invocation/id-1/error',
      '/2018-06-01/runtime/invocation/id-0/response',
    ]);
    expect(JSON.parse(said[3]?.body ?? '')).toMatchObject({ statusCode: 200, body: 'one two' });
    expect(said[1]?.headers['lambda-runtime-function-error-type']).toBe('TypeError');
    expect(JSON.parse(said[1]?.body ?? '')).toMatchObject({
      errorType: 'TypeError',
      errorMessage: expect.stringContaining('not an HTTP request'),
    });
  });

  it('streams, and reports an error after the first byte', async () => {
    const [whole, broken, small] = await onRuntime([v2('/stream'), v2('/broken'), v2('/cookies')], { streaming: true }, 3);
    expect(whole?.headers).toMatchObject({
      'lambda-runtime-function-response-mode': 'streaming',
      'content-type': 'application/vnd.awslambda.http-integration-response',
      'transfer-encoding': 'chunked',
    });
    const [head, body] = whole?.body.split('\0'.repeat(8)) ?? [];
    expect(JSON.parse(head ?? '')).toMatchObject({ statusCode: 200, cookies: [] });
    expect(body).toBe('one two');
    expect(broken?.trailers['lambda-runtime-function-error-type']).toBe('Error');
    expect(JSON.parse(small?.body.split('\0'.repeat(8))[0] ?? '')).toMatchObject({ cookies: ['a=1', 'b=2'] });
  });

  it('says what to do elsewhere, and on the managed runtime', async () => {
    await expect(makeApp().run({ server: 'lambda', quiet: true })).rejects.toThrow('no AWS_LAMBDA_RUNTIME_API');
    process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
    try {
      await expect(makeApp().run({ server: 'lambda', quiet: true })).rejects.toThrow('lambdaHandler(app)');
    } finally {
      delete process.env.AWS_EXECUTION_ENV;
    }
  });
});

describe('the managed runtime', () => {
  it('is given streams by streamifyResponse', async () => {
    expect(() => lambdaHandler(makeApp(), { streaming: true })).toThrow('managed Node runtime');
    const given: unknown[] = [];
    const scope = globalThis as { awslambda?: unknown };
    scope.awslambda = {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: {
        from(stream: PassThrough, prelude: unknown) {
          given.push(prelude);
          return stream;
        },
      },
    };
    try {
      const handler = lambdaHandler(makeApp(), { streaming: true }) as unknown as (
        event: object,
        stream: PassThrough,
        context: object,
      ) => Promise<void>;
      const stream = new PassThrough();
      const answered = handler(v2('/stream'), stream, {});
      let text = '';
      for await (const chunk of stream) text += chunk;
      await answered;
      expect([text, given]).toEqual(['one two', [expect.objectContaining({ statusCode: 200 })]]);
    } finally {
      delete scope.awslambda;
    }
  });
});
