import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Bottle, type RunningServer } from 'bottlenose';
import { serverNames } from 'bottlenose/servers';
import { certificate } from '../certificate.js';
import { get, RawClient, until, wait } from '../raw-client.js';

const servers: RunningServer[] = [];
const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  for (const server of servers.splice(0)) await server.close();
});

function sampleApp(): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.get('/', () => 'home');
  app.any('/seen', (_args, { request }) => ({
    url: request.url,
    headers: [...request.headers],
    cookies: [...request.cookies],
  }));
  app.get('/slow/<ms:int>', async ({ ms }) => {
    await wait(ms);
    return `slept ${ms}`;
  });
  app.post('/echo', (_args, { request }) => request.body);
  app.get('/connection', (_args, { response }) => {
    response.setHeader('Keep-Alive', 'timeout=5');
    response.setHeader('X-Kept', 'yes');
    return 'x';
  });
  app.get('/twice', (_args, { response }) => {
    response.addHeader('ETag', '"one"');
    response.addHeader('ETag', '"two"');
    response.addHeader('X-Many', 'one');
    response.addHeader('X-Many', 'two');
    return 'x';
  });
  return app;
}

async function serve(options: object = {}, app = sampleApp()): Promise<RunningServer> {
  const server = await app.run({ server: 'http2', port: 0, quiet: true, shutdownTimeout: 2000, ...options });
  servers.push(server);
  return server;
}

function open(url: string): ClientHttp2Session {
  const session = connect(url, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  sessions.push(session);
  return session;
}

interface Got {
  head: IncomingHttpHeaders & { ':status'?: number };
  text: string;
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Got> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [head] = (await once(stream, 'response')) as [Got['head']];
  let text = '';
  for await (const chunk of stream) text += chunk;
  return { head, text };
}

/** A frame of HTTP/2 (RFC 9113 §4.1), each byte a letter. */
function frame(type: number, flags: number, stream: number, payload = ''): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return head.toString('latin1') + payload;
}

function lengthOf(text: string): string {
  return String.fromCharCode(text.length);
}

describe('http2', () => {
  it('is among the servers', () => {
    expect(serverNames).toContain('http2');
  });

  it('answers many requests at once on one connection', async () => {
    const session = open((await serve()).url);
    const all = Array.from({ length: 50 }, (_, i) => ask(session, { ':path': `/slow/${50 - i}` }));
    expect((await Promise.all(all)).map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, i) => `slept ${50 - i}`));
  });

  it('shows the authority as Host, and crumbs of cookies as one header', async () => {
    const session = open((await serve()).url);
    const headers = { ':path': '/seen?a=b', ':authority': 'example.org:81', cookie: ['a=1', 'b=2', 'c=3'], 'x-many': ['x', 'y'] };
    const seen = JSON.parse((await ask(session, headers)).text);
    expect(seen.url).toBe('http://example.org:81/seen?a=b');
    expect(seen.cookies).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ]);
    const names = seen.headers.map(([name]: [string]) => name.toLowerCase());
    expect(names.filter((name: string) => name.startsWith(':'))).toEqual([]);
    const valuesOf = (name: string) => seen.headers.filter(([one]: [string]) => one.toLowerCase() === name);
    expect(valuesOf('host')).toEqual([[expect.any(String), 'example.org:81']]);
    expect(valuesOf('cookie')).toEqual([[expect.any(String), 'a=1; b=2; c=3']]);
  });

  it('answers an authority with user information with 400', async () => {
    const { url } = await serve();
    expect((await ask(open(url), { ':path': '/seen', ':authority': 'u:p@evil' })).head[':status']).toBe(400);
  });

  it('leaves out headers that speak of a connection, and sends one of those that may be there only once', async () => {
    const session = open((await serve()).url);
    const { head } = await ask(session, { ':path': '/connection' });
    expect([head[':status'], head['keep-alive'], head['x-kept']]).toEqual([200, undefined, 'yes']);
    const twice = await ask(session, { ':path': '/twice' });
    expect([twice.head[':status'], twice.head.etag, twice.head['x-many']]).toEqual([200, '"two"', 'one, two']);
  });

  it('does not act as a proxy', async () => {
    const session = open((await serve()).url);
    const stream = session.request({ ':method': 'CONNECT', ':authority': 'example.org:443' });
    const [head] = await once(stream, 'response');
    expect(head[':status']).toBe(501);
    stream.destroy();
    expect((await ask(session, { ':path': '/' })).text).toBe('home');
  });

  it('tells a client that waits with its body to go on, once somebody reads', async () => {
    const session = open((await serve()).url);
    const stream = session.request({ ':method': 'POST', ':path': '/echo', expect: '100-continue' }, { endStream: false });
    await once(stream, 'continue');
    stream.end('body');
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(text).toBe('body');
    const unwanted = session.request({ ':method': 'POST', ':path': '/none', expect: '100-continue' }, { endStream: false });
    const [head] = await once(unwanted, 'response');
    expect(head[':status']).toBe(404);
    unwanted.destroy();
  });

  it('refuses what takes too long to arrive, and ends connections that are idle', async () => {
    const server = await serve({ requestTimeout: 200, headersTimeout: 200, keepAliveTimeout: 300 });
    const session = open(server.url);
    const stream = session.request({ ':method': 'POST', ':path': '/echo' }, { endStream: false });
    stream.write('never all');
    const [head] = await once(stream, 'response');
    expect(head[':status']).toBe(408);
    await once(session, 'close');
  });

  it('keeps a connection on which an answer takes longer than that', async () => {
    const session = open((await serve({ keepAliveTimeout: 100 })).url);
    expect((await ask(session, { ':path': '/slow/500' })).text).toBe('slept 500');
  });
});

describe('a broken connection', () => {
  it('is closed, and its requests are aborted', async () => {
    const app = sampleApp();
    let isAsked = false;
    const aborted = new Promise((resolve) => {
      app.get('/never', (_args, { request }) => {
        request.signal.addEventListener('abort', () => resolve(request.signal.reason));
        isAsked = true;
        return new Promise(() => undefined);
      });
    });
    const { url } = await serve({ keepAliveTimeout: 50 }, app);
    const client = await RawClient.connect(url);
    const fields = { ':method': 'GET', ':path': '/never', ':scheme': 'http', ':authority': 'a' };
    const head = Object.entries(fields).map(([name, value]) => `\0${lengthOf(name)}${name}${lengthOf(value)}${value}`);
    client.send(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(4, 0, 0)}${frame(1, 5, 1, head.join(''))}`);
    await until(() => isAsked, 'the request');
    // A data frame outside of a stream (RFC 9113 §6.1).
    client.send(frame(0, 0, 0, 'wrong'));
    expect(await aborted).toMatchObject({ name: 'AbortError' });
    await client.closed;
  });

  it('is not one on which the client answers pings while it waits', async () => {
    const { url } = await serve({ keepAliveTimeout: 20 });
    expect((await ask(open(url), { ':path': '/slow/300' })).text).toBe('slept 300');
  });
});

describe('the head of the first request', () => {
  it('is limited to maxHeaderSize', async () => {
    const { url } = await serve({ maxHeaderSize: 2000 });
    const sized = (length: number) => ask(open(url), { ':path': '/', 'x-long': 'x'.repeat(length) });
    expect((await sized(1500)).head[':status']).toBe(200);
    expect((await sized(2500)).head[':status']).toBe(431);
  });
});

describe('one port', () => {
  it('closes connections whose clients end them before a request', async () => {
    const { url } = await serve({ headersTimeout: 600_000, requestTimeout: 600_000 });
    for (const beginning of ['', 'PRI * HT']) {
      const client = await RawClient.connect(url);
      client.socket.end(beginning);
      await client.closed;
    }
  });

  it('speaks HTTP/1.1 to those who do, in pieces of any size', async () => {
    const { url } = await serve();
    const client = await RawClient.connect(url);
    client.socket.setNoDelay(true);
    for (const byte of get('/', 'X: PRI * HTTP/2.0')) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.answer())?.text).toBe('home');
    client.close();
    const nonsense = await RawClient.connect(url);
    nonsense.send('PRI * NONSENSE\r\n\r\n');
    expect((await nonsense.answer())?.status).toBe(400);
  });

  it('cuts who says nothing', async () => {
    const { url } = await serve({ headersTimeout: 100, requestTimeout: 1000 });
    const silent = await RawClient.connect(url);
    await silent.closed;
    expect(silent.received).toBe('');
    expect((await ask(open(url), { ':path': '/' })).text).toBe('home');
  });

  it('over TLS speaks what the client agrees to', async () => {
    const { url } = await serve(certificate());
    const port = Number(new URL(url).port);
    for (const [offered, agreed] of [
      [['h2', 'http/1.1'], 'h2'],
      [['http/1.1'], 'http/1.1'],
      [undefined, false],
    ] as const) {
      const socket = connectTls({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ALPNProtocols: offered as string[] | undefined,
      });
      await once(socket, 'secureConnect');
      expect(socket.alpnProtocol).toBe(agreed);
      if (agreed === 'h2') {
        socket.destroy();
        continue;
      }
      const answer = await new RawClient(socket).send(get('/seen', 'Connection: close')).answer();
      expect(JSON.parse(answer?.text ?? '{}').url).toBe('https://localhost/seen');
    }
    const session = open(url);
    expect(JSON.parse((await ask(session, { ':path': '/seen' })).text).url).toBe(`${url}/seen`);
  });
});

describe('close', () => {
  it('finishes what was taken, and tells busy clients which of their requests were not', async () => {
    let taken = 0;
    const app = sampleApp();
    app.get('/count', async () => {
      taken++;
      await wait(Math.random() * 5);
      return 'counted';
    });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let isHeld = false;
    app.get('/held', async () => {
      isHeld = true;
      await held;
      return 'held';
    });
    const server = await serve({ shutdownTimeout: 60_000 }, app);
    let received = 0;
    let broken = 0;
    const goodbyes: number[] = [];
    const clients = Array.from({ length: 10 }, async () => {
      const session = open(server.url);
      session.on('goaway', (code) => goodbyes.push(code));
      while (!session.closed && !session.destroyed) {
        await ask(session, { ':path': '/count' }).then(
          () => received++,
          () => broken++,
        );
      }
    });
    const slow = ask(open(server.url), { ':path': '/held' });
    await until(() => isHeld && received > 50, 'some answers');
    const closing = server.close();
    await Promise.all(clients);
    release();
    expect((await slow).text).toBe('held');
    await closing;
    // What was on its way just then has not been begun, which the client knows, and may send again.
    expect(received).toBe(taken);
    expect(broken).toBeLessThanOrEqual(10);
    expect(goodbyes.length).toBeGreaterThanOrEqual(10);
    expect(new Set(goodbyes)).toEqual(new Set([constants.NGHTTP2_NO_ERROR]));
  });

  it('does not wait for idle connections, nor for those that have said nothing', async () => {
    const server = await serve({ shutdownTimeout: 60_000 });
    const session = open(server.url);
    await ask(session, { ':path': '/' });
    const gone = once(session, 'close');
    const silent = await RawClient.connect(server.url);
    await server.close();
    await gone;
    expect(await silent.closed).toBeUndefined();
    expect([session.destroyed, silent.received]).toEqual([true, '']);
  });
});
