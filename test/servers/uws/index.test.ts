import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get as secureGet } from 'node:https';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import WebSocket from 'ws';
import { ServerNotice } from '../../../src/http/gateway/server-adapter.js';
import { loadBinding } from '../../../src/servers/uws/uws-binding.js';
import { certificate } from '../certificate.js';
import { exchange, get, RawClient, request, until, wait } from '../raw-client.js';
import { cases, fc } from '../../property.js';

function quietApp(log: unknown[] = []): Bottle {
  const app = new Bottle({ maxBody: 100_000, logger: (_message, error) => log.push(error) });
  app.get('/', () => 'home');
  app.get('/slow', async () => {
    await wait(20);
    return 'slow';
  });
  app.get('/large/<length:int>', ({ length }) => Buffer.alloc(length, 'x'));
  app.post('/length', (_args, { request: { body } }) => ({ length: body.length }));
  app.post('/early', { stream: true }, async (_args, { request: { stream } }) => {
    for await (const chunk of stream) return `${chunk.length > 0}`;
    return 'nothing';
  });
  app.get('/pieces', async function* () {
    for (let i = 0; i < 200; i++) {
      yield 'x'.repeat(20_000);
      if (i % 20 === 0) await wait(1);
    }
  });
  return app;
}

async function serving(app: Bottle, use: (url: string) => Promise<void>, options: object = {}): Promise<void> {
  const server = await app.run({ server: 'uws', port: 0, quiet: true, shutdownTimeout: 1000, ...options });
  try {
    await use(server.url);
  } finally {
    await server.close();
  }
}

describe('without what it needs, uws says in one line what to do', () => {
  it.each([
    ['a package that is missing', () => undefined, /^The server 'uws' needs the package uWebSockets\.js.*npm install/],
    [
      'a binary that is missing',
      () => {
        throw new Error('This version of uWS.js supports only\nsome Nodes');
      },
      /^uWebSockets\.js has no binary for Node v\d/,
    ],
    ['an imitation', () => ({ App: () => undefined as never }), /^uWebSockets\.js has no binary for Node/],
  ])('%s', (_what, load, message) => {
    expect(() => loadBinding(load)).toThrow(message);
    expect(() => loadBinding(load)).not.toThrow('\n');
  });

  it.each([
    [{ socket: '/tmp/x.sock' }, /does not listen on Unix sockets/],
    [{ host: 'unix:/tmp/x.sock' }, /does not listen on Unix sockets/],
    [{ fd: 3 }, /cannot use a socket of systemd/],
    [{ port: 99_999 }, /The port must be a whole number/],
    [{ host: 'no.such.host.invalid' }, /The host 'no\.such\.host\.invalid' is unknown/],
    [{ host: '192.0.2.1' }, /This machine has no address 192\.0\.2\.1/],
    [{ key: 'x' }, /'cert' is missing/],
    [{ key: 'x', cert: 'y' }, /cannot use this 'key' and 'cert'/],
    [{ ...certificate(), ca: 'z' }, /supports only the TLS options key, cert, passphrase, ciphers, not ca/],
  ])('%j', async (options, message) => {
    await expect(quietApp().run({ server: 'uws', port: 0, quiet: true, ...options })).rejects.toThrow(message);
  });

  it('a port that is in use', async () => {
    await serving(quietApp(), async (url) => {
      const port = Number(new URL(url).port);
      await expect(quietApp().run({ server: 'uws', port, quiet: true })).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    });
  });

  it('options that it ignores', async () => {
    const log: unknown[] = [];
    await serving(quietApp(log), async () => undefined, { maxConnections: 7, keepAliveTimeout: 1 });
    expect(log.map(String)).toEqual([
      expect.stringContaining('ignores keepAliveTimeout, maxConnections'),
      expect.stringContaining('does not answer requests with more than 48 headers'),
    ]);
  });
});

describe('a request that is refused by uws for its head', () => {
  const length = `Content-Length: ${get('/counted').length}`;
  const upgrade = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];

  it.each([
    ['a coding besides chunked', 501, request('POST', '/length', ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n')],
    ['a coding that is not chunked', 501, request('POST', '/length', ['Transfer-Encoding: gzip'], '0\r\n\r\n')],
    ['chunked twice', 501, request('POST', '/length', ['Transfer-Encoding: chunked, chunked'], '0\r\n\r\n')],
    ['an empty coding', 400, request('POST', '/length', ['Transfer-Encoding:'])],
    [
      'an empty coding before another',
      400,
      request('POST', '/length', ['Transfer-Encoding:', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    ],
    ['an empty coding before a length', 400, request('PUT', '/length', ['Transfer-Encoding:', length])],
    ['two lengths', 400, request('POST', '/length', ['Content-Length: 1', 'Content-Length: 2'], 'x')],
    ['zero before a length', 400, request('DELETE', '/length', ['Content-Length: 00', length])],
    ['zero after a length', 400, request('POST', '/length', ['Content-Length: 1', 'Content-Length: 0'], 'x')],
    ['an empty length', 400, request('PATCH', '/length', ['Content-Length: '])],
    ['an empty length of GET', 400, get('/counted', 'Content-Length:', length)],
    ['a second host', 400, get('/counted', 'X-One: 1', 'Host: example.org')],
    ['zero before a length in a handshake', 400, get('/ws', ...upgrade, 'Content-Length: 0', length)],
    ['a second host in a handshake', 400, get('/ws', ...upgrade, 'Host: example.org')],
  ])('is answered, and nothing after it is served: %s', async (_what, status, bytes) => {
    let called = 0;
    const app = new Bottle();
    app.get('/', () => 'home');
    app.get('/counted', () => `${++called}`);
    app.any('/length', () => `${++called}`);
    app.route('/ws', { method: 'WEBSOCKET' }, () => {
      called++;
    });
    await serving(app, async (url) => {
      // All at once, and in pieces smaller than a request.
      for (const pieces of [[bytes + get('/counted')], [bytes.slice(0, 20), bytes.slice(20), get('/counted')]]) {
        const client = await RawClient.connect(url);
        client.socket.setNoDelay(true);
        for (const piece of pieces) {
          client.send(piece);
          await wait(pieces.length > 1 ? 10 : 0);
        }
        const answer = await client.answer();
        expect([answer?.status, answer?.headers.connection]).toEqual([status, 'close']);
        await client.closed;
        expect(client.received).toBe('');
      }
      expect((await exchange(url, get('/'))).text).toBe('home');
    });
    expect(called).toBe(0);
  });

  it('is not answered where its verb is HEAD, but the connection ends', async () => {
    let called = 0;
    const app = quietApp();
    app.get('/counted', () => `${++called}`);
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(request('HEAD', '/', ['Content-Length: 0', length]) + get('/counted'));
      await client.closed;
      expect(client.received).toBe('');
    });
    expect(called).toBe(0);
  });

  it.each([
    ['no length', get('/')],
    ['a length of zero', get('/', 'Content-Length: 0')],
    ['the same length twice', get('/', 'Content-Length: 0', 'Content-Length: 0')],
    [
      'headers with names as long',
      get('/', 'X-Content-Leng: 1', 'X-Content-Leng: 2', 'Hest: a', 'Hest: b', 'X-Transfer-Encodi:'),
    ],
  ])('is not one with %s', async (_what, bytes) => {
    await serving(quietApp(), async (url) => {
      const client = await RawClient.connect(url);
      for (let i = 0; i < 2; i++) expect((await client.send(bytes).answer())?.text).toBe('home');
      client.close();
    });
  });
});

describe('answers of uws', () => {
  it('that are larger than what a client takes at once arrive whole, one after the other', async () => {
    await serving(quietApp(), async (url) => {
      const client = await RawClient.connect(url);
      client.socket.pause();
      client.send(get('/large/3000000'));
      await wait(100);
      client.socket.resume();
      expect((await client.answer())?.text.length).toBe(3_000_000);
      expect((await client.send(get('/')).answer())?.text).toBe('home');
      client.close();
    });
  });

  it.each([
    ['bytes', (i: number) => Buffer.alloc(65_536, i)],
    ['text', (i: number) => String.fromCharCode(256 + i).repeat(32_768)],
  ])('in large pieces of %s arrive as they were made at a slow client, by TLS', async (_what, make) => {
    const count = 300;
    const app = quietApp();
    app.get('/large-pieces', async function* () {
      for (let i = 0; i < count; i++) yield make(i % 200);
    });
    const sent = createHash('sha256');
    for (let i = 0; i < count; i++) sent.update(make(i % 200));
    await serving(
      app,
      async (url) => {
        const received = createHash('sha256');
        const [answer] = await once(secureGet(`${url}/large-pieces`, { agent: false, rejectUnauthorized: false }), 'response');
        let chunks = 0;
        for await (const chunk of answer) {
          received.update(chunk);
          // Slower than the server.
          if (chunks++ % 4 === 0) await wait(1);
        }
        expect(received.digest('hex')).toBe(sent.digest('hex'));
      },
      certificate(),
    );
  });

  it('that are given before the body was read leave the connection of use', async () => {
    await serving(quietApp(), async (url) => {
      const client = await RawClient.connect(url);
      client.send(request('POST', '/early', ['Content-Length: 100000'], 'x'.repeat(50_000)));
      expect((await client.answer())?.text).toBe('true');
      client.send('x'.repeat(50_000));
      expect((await client.send(get('/')).answer())?.text).toBe('home');
      client.close();
    });
  });

  it('of a server that stops end their connections, large ones complete', async () => {
    const app = quietApp();
    let taken = 0;
    app.hook('beforeRequest', () => taken++);
    let release = (): void => undefined;
    const held = new Promise<string>((resolve) => (release = () => resolve('held')));
    app.get('/held', () => held);
    const server = await app.run({ server: 'uws', port: 0, quiet: true });
    const [idle, slow, large] = await Promise.all([1, 2, 3].map(() => RawClient.connect(server.url)));
    expect((await idle?.send(get('/')).answer())?.text).toBe('home');
    large?.socket.pause();
    slow?.send(get('/held'));
    large?.send(get('/large/5000000'));
    await until(() => taken === 3, 'the requests');
    const closed = server.close();
    release();
    expect((await slow?.answer())?.headers.connection).toBe('close');
    await slow?.closed;
    large?.socket.resume();
    expect((await large?.answer())?.text.length).toBe(5_000_000);
    await closed;
    await Promise.all([idle?.closed, large?.closed]);
  });
});

describe('WebSockets of uws', () => {
  it('hear that the server goes away', async () => {
    const app = quietApp();
    app.route('/ws', { method: 'WEBSOCKET' }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message);
    });
    const server = await app.run({ server: 'uws', port: 0, quiet: true });
    const peer = new WebSocket(`${server.url.replace('http', 'ws')}/ws`);
    await once(peer, 'open');
    const closed = once(peer, 'close');
    await server.close();
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, 'The server is going away.']);
  });

  it('are closed with 1009 by what is too large, and with 1013 by more than the method takes', async () => {
    const app = quietApp();
    app.route('/small', { method: 'WEBSOCKET', socket: { maxMessage: 100 } }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message);
    });
    app.route('/deaf', { method: 'WEBSOCKET' }, async ({ socket }) => {
      await socket.closed;
    });
    await serving(app, async (url) => {
      const small = new WebSocket(`${url.replace('http', 'ws')}/small`);
      await once(small, 'open');
      small.send('x'.repeat(101));
      expect((await once(small, 'close'))[0]).toBe(1009);
      const deaf = new WebSocket(`${url.replace('http', 'ws')}/deaf`);
      await once(deaf, 'open');
      for (let i = 0; i < 12; i++) deaf.send(Buffer.alloc(500_000));
      const [code, reason] = await once(deaf, 'close');
      expect([code, String(reason)]).toEqual([1013, 'Too many unread messages.']);
    });
  });

  it('that accept more than the server, also in a mounted app, are refused before it listens', async () => {
    const inner = new Bottle();
    inner.route('/ws', { method: 'WEBSOCKET', socket: { maxMessage: 2_000_000 } }, ({ socket }) => socket.close());
    const app = quietApp();
    app.mount('/inner', inner);
    const run = (maxMessage: number) => app.run({ server: 'uws', port: 0, quiet: true, maxMessage });
    await expect(run(1_999_999)).rejects.toThrow(TypeError);
    await expect(run(1_999_999)).rejects.toThrow("run({ server: 'uws', maxMessage: 2000000 })");
    await expect(run(0)).rejects.toThrow('a maxMessage of 1 to 2147483647 bytes, not 0');
    for (const options of [{ maxMessage: 2_000_000 }, {}]) {
      await serving(
        app,
        async (url) => {
          const peer = new WebSocket(`${url.replace('http', 'ws')}/inner/ws`);
          expect((await once(peer, 'close'))[0]).toBe(1000);
        },
        options,
      );
    }
  });

  it('that are added later, and accept more than the server, are an error of the server', async () => {
    const log: unknown[] = [];
    const app = quietApp(log);
    await serving(app, async (url) => {
      app.route('/ws', { method: 'WEBSOCKET', socket: { maxMessage: 2_000_000 } }, ({ socket }) => socket.close());
      const peer = new WebSocket(`${url.replace('http', 'ws')}/ws`);
      peer.on('error', () => undefined);
      const [, answer] = await once(peer, 'unexpected-response');
      expect(answer.statusCode).toBe(500);
      answer.resume();
      expect(String(log.at(-1))).toContain("run({ server: 'uws', maxMessage: 2000000 })");
    });
  });
});

describe('the process of uws survives', () => {
  let child: ChildProcess;
  let url: string;
  beforeAll(async () => {
    const script = fileURLToPath(new URL('../fixtures/uws-app.mjs', import.meta.url));
    const env = { ...process.env, NODE_OPTIONS: '' };
    child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'ignore'], env });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    url = await new Promise((resolve, reject) => {
      lines.once('line', resolve);
      child.once('exit', () => reject(new Error('The server ended before it listened.')));
    });
  }, 60_000);
  afterAll(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });

  /** The answer of the same process to a new client. */
  async function home(): Promise<string> {
    const { text } = await exchange(url, get('/'));
    return `${text}, ${child.exitCode ?? child.signalCode ?? 'alive'}`;
  }

  const handshake = (path: string, ...headers: string[]): string =>
    get(
      path,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Version: 13',
      ...headers,
    );

  it.each([
    ['of an announced length', 'Content-Length: 11', 'hello world'],
    ['in chunks', 'Transfer-Encoding: chunked', '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'],
    ['that comes later', 'Content-Length: 4', ''],
  ])('a handshake with a body %s', async (_what, header, body) => {
    for (const path of ['/ws', '/held']) {
      const client = await RawClient.connect(url);
      client.send(handshake(path, header) + body);
      if (body === '') client.send('late');
      expect((await client.answer())?.status).toBe(426);
      client.close();
    }
    expect(await home()).toBe('home, alive');
  });

  it.each([
    ['the client ends the connection', request('POST', '/whole', ['Connection: close', 'Content-Length: 3'], 'abc')],
    ['the app ends the connection', request('POST', '/ending', ['Content-Length: 3'], 'abc')],
  ])('a request that follows where %s', async (_what, first) => {
    for (let round = 0; round < 5; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(url)));
      for (const client of clients) client.send(first + get('/follower'));
      for (const { closed } of clients) await closed;
      expect(await home()).toBe('home, alive');
    }
    // Nobody would get their answers.
    expect((await exchange(url, get('/followers'))).text).toBe('0');
  });

  it.each([
    ['the client ends the connection', request('POST', '/whole', ['Connection: close', 'Content-Length: 3'], 'abc')],
    ['the app ends the connection', request('POST', '/ending', ['Content-Length: 3'], 'abc')],
  ])('an answer to a body where %s, and the answer is whole', async (_what, bytes) => {
    const client = await RawClient.connect(url);
    const { text, headers } = (await client.send(bytes).answer()) ?? {};
    expect(text).toBe(`${'x'.repeat(40_000)}3`);
    expect(headers?.connection).toBe(bytes.includes('/ending') ? 'close' : undefined);
    await client.closed;
  });

  it.each([
    ['GET', get('/release')],
    ['POST', request('POST', '/release', ['Content-Length: 2'], 'go')],
  ])('a handshake that goes on in the turn of another request: %s', async (_what, release) => {
    const peer = new WebSocket(`${url.replace('http', 'ws')}/held`);
    const messages: string[] = [];
    peer.on('message', (data) => messages.push(String(data)));
    const refused = new WebSocket(`${url.replace('http', 'ws')}/held/refused`);
    const early = once(refused, 'message');
    const closed = once(refused, 'close');
    await until(async () => (await exchange(url, get('/waiting'))).text === '2');
    expect((await exchange(url, release)).text).toBe('released');
    await once(peer, 'open');
    peer.send('echo');
    await until(() => messages.length === 2);
    expect(messages).toEqual(['early', 'echo']);
    expect(String((await early)[0])).toBe('early');
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4001, 'not you']);
    peer.terminate();
    expect(await home()).toBe('home, alive');
  });
});

/** Bytes that are, or nearly are, requests; each sent in two parts, and the connection closed at some moment. */
const rude = fc.record({
  parts: fc.array(
    fc.oneof(
      fc.constantFrom(
        get('/'),
        get('/slow'),
        get('/pieces'),
        get('/large/300000'),
        get(
          '/ws',
          'Upgrade: websocket',
          'Connection: Upgrade',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
          'Sec-WebSocket-Version: 13',
        ),
        request('POST', '/length', ['Content-Length: 20'], 'x'.repeat(20)),
        request('POST', '/length', ['Content-Length: 2000000'], 'x'.repeat(1000)),
        request('POST', '/early', ['Content-Length: 200000'], 'x'.repeat(70_000)),
        request('POST', '/length', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'),
        request('POST', '/length', ['Transfer-Encoding: chunked'], '5\r\nhel'),
        request('HEAD', '/large/300000'),
        '\x81\x85\x00\x00\x00\x00hello\x88\x80\x00\x00\x00\x00',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 60 }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
  patience: fc.integer({ min: 0, max: 30 }),
  isReset: fc.boolean(),
});

describe('clients that are cut, reset or talk nonsense', () => {
  it('leave uws alive, and answering', async () => {
    const log: unknown[] = [];
    const app = quietApp(log);
    app.route('/ws', { method: 'WEBSOCKET' }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message);
    });
    await serving(app, async (url) => {
      const { port } = new URL(url);
      const talk = async ({ parts, cut, patience, isReset }: typeof rude extends fc.Arbitrary<infer T> ? T : never) => {
        const bytes = Buffer.from(parts.join(''), 'latin1');
        const at = Math.floor(bytes.length * cut);
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => undefined);
        const gone = once(socket, 'close').catch(() => undefined);
        socket.write(bytes.subarray(0, at));
        await wait(patience);
        if (patience % 2 === 0) socket.resume();
        socket.write(bytes.subarray(at));
        await wait(patience);
        if (isReset) socket.resetAndDestroy();
        else socket.destroy();
        await gone;
      };
      const all = fc.sample(rude, cases(240));
      for (let i = 0; i < all.length; i += 60) {
        await Promise.all(all.slice(i, i + 60).map(talk));
        expect((await exchange(url, get('/'))).text).toBe('home');
      }
    });
    // Not one of all these is the server's mistake.
    expect(log.filter((error) => !(error instanceof ServerNotice)).map(String)).toEqual([]);
  });
});
