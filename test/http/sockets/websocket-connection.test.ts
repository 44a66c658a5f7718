import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  abort,
  Apply,
  Bottle,
  Controller,
  Get,
  Hook,
  HTTPError,
  Query,
  type Request,
  type RunningServer,
  type SocketClose,
  WebSocket,
  WebSocketConnection,
  type WebSocketOptions,
} from 'bottlenose';
import { WebSocket as Client } from 'ws';
import { get, RawClient, serving, until } from '../../servers/raw-client.js';

const servers: RunningServer[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  for (const server of servers.splice(0)) await server.close();
});

async function serve(target: object, options: object = {}): Promise<{ url: string; logged: unknown[]; server: RunningServer }> {
  const logged: unknown[] = [];
  const app = target instanceof Bottle ? target : new Bottle({ logger: (_message, error) => logged.push(error) });
  if (!(target instanceof Bottle)) app.mount(target as never);
  const server = await app.run({ port: 0, quiet: true, shutdownTimeout: 300, ...options });
  servers.push(server);
  return { url: server.url.replace('http', 'ws'), logged, server };
}

/** One route whose method is given: for what concerns the connection alone. */
function route(handler: (socket: WebSocketConnection, request: Request) => unknown, options: WebSocketOptions = {}): object {
  @Controller()
  class Route {
    @WebSocket('/ws', options)
    answer(socket: WebSocketConnection, request: Request): unknown {
      return handler(socket, request);
    }
  }
  return new Route();
}

interface Talk {
  client: Client;
  messages: string[];
  next(): Promise<string>;
  closed: Promise<{ code: number; reason: string }>;
}

function talk(url: string, protocols: string[] = [], options: object = {}): Talk {
  const client = new Client(url, protocols, options);
  clients.push(client);
  const messages: string[] = [];
  let read = 0;
  client.on('message', (data, isBinary) => messages.push(isBinary ? `bytes:${(data as Buffer).toString('hex')}` : String(data)));
  client.on('error', () => undefined);
  const closed = once(client, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }));
  const next = async (): Promise<string> => {
    while (messages.length <= read) await once(client, 'message');
    return messages[read++] as string;
  };
  return { client, messages, next, closed };
}

async function refusal(
  url: string,
  options: object = {},
): Promise<{ status: number; headers: Record<string, string>; text: string }> {
  const client = new Client(url, options);
  clients.push(client);
  client.on('error', () => undefined);
  const [, response] = await once(client, 'unexpected-response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

const echo = async (socket: WebSocketConnection): Promise<void> => {
  for await (const message of socket) await socket.send(message);
};

describe('a @WebSocket method', () => {
  it('gets messages one after the other, text as strings and binary as bytes, and sends the like', async () => {
    const { url } = await serve(route(echo));
    const { client, next } = talk(`${url}/ws`);
    await once(client, 'open');
    client.send('hällo');
    client.send(Buffer.from([1, 2]));
    client.send('');
    expect([await next(), await next(), await next()]).toEqual(['hällo', 'bytes:0102', '']);
  });

  it('sends anything else as JSON', async () => {
    const { url } = await serve(
      route(async (socket) => {
        await socket.send({ a: [1] });
        await socket.send(null);
        await socket.send(new Uint8Array([7]).buffer);
        expect(() => socket.send(undefined)).toThrow('not a value of type undefined');
      }),
    );
    const { messages, closed } = talk(`${url}/ws`);
    await closed;
    expect(messages).toEqual(['{"a":[1]}', 'null', 'bytes:07']);
  });

  it('reads messages as JSON, and closes with 1007 on any other', async () => {
    const { url } = await serve(
      route(async (socket) => {
        for await (const { n } of socket.json<{ n: number }>()) socket.send(n + 1);
      }),
    );
    const { client, next, closed } = talk(`${url}/ws`);
    await once(client, 'open');
    client.send('{"n":1}');
    expect(await next()).toBe('2');
    client.send('{"n":');
    expect(await closed).toEqual({ code: 1007, reason: 'The message is not valid JSON.' });
  });

  it('takes wildcards, the query and the request as any method does', async () => {
    @Controller('/rooms')
    class Rooms {
      @WebSocket('/<room:int>')
      async enter(room: number, @Query('name', { required: true }) name: string, request: Request, socket: WebSocketConnection) {
        await socket.send([room, name, request.path, typeof room]);
      }
    }
    const { url } = await serve(Rooms);
    expect(await talk(`${url}/rooms/7?name=Ada`).next()).toBe('[7,"Ada","/rooms/7","number"]');
    expect(await refusal(`${url}/rooms/7`)).toMatchObject({ status: 422 });
    expect(await refusal(`${url}/rooms/seven`)).toMatchObject({ status: 404 });
  });

  it('takes its socket by type under any name, and a function takes it by name', async () => {
    @Controller()
    class ByType {
      @WebSocket('/type')
      async answer(connection: WebSocketConnection) {
        await connection.send('typed');
      }
    }
    const app = new Bottle();
    app.mount(ByType);
    app.route('/function/<name>', { method: 'WEBSOCKET' }, async ({ name, socket }) => {
      await socket.send(`hello ${name}`);
    });
    const { url } = await serve(app);
    expect(await talk(`${url}/type`).next()).toBe('typed');
    expect(await talk(`${url}/function/Ada`).next()).toBe('hello Ada');
  });

  it('stands beside a page of the same rule', async () => {
    @Controller()
    class Both {
      @Get('/x') page() {
        return 'page';
      }

      @WebSocket('/x') async socket(socket: WebSocketConnection) {
        await socket.send('socket');
      }
    }
    const { url, server } = await serve(Both);
    expect(await (await fetch(`${server.url}/x`)).text()).toBe('page');
    expect(await talk(`${url}/x`).next()).toBe('socket');
  });

  it('works in a mounted app, whose hooks run around it', async () => {
    const seen: string[] = [];
    const inner = new Bottle();
    inner.hook('beforeRequest', ({ request }) => void seen.push(`before ${request.scriptName} ${request.path}`));
    inner.hook('afterRequest', () => void seen.push('after'));
    inner.mount(route(echo));
    const outer = new Bottle();
    outer.mount('/inner', inner);
    const { url } = await serve(outer);
    const { client, next, closed } = talk(`${url}/inner/ws`);
    await once(client, 'open');
    client.send('hi');
    expect(await next()).toBe('hi');
    expect(seen).toEqual(['before /inner/ /ws']);
    client.close();
    await closed;
    await until(() => seen.length > 1, 'the hook');
    expect(seen).toEqual(['before /inner/ /ws', 'after']);
  });

  it('works when it is added while the server runs, to the app or a mounted one', async () => {
    const inner = new Bottle();
    const app = new Bottle();
    app.mount('/inner', inner);
    app.get('/page', () => 'page');
    const { url, server } = await serve(app);
    expect(await refusal(`${url}/ws`)).toMatchObject({ status: 404 });
    expect(await refusal(`${url}/page`)).toMatchObject({ status: 200, text: 'page' });
    app.mount(route(echo));
    inner.mount(route(echo));
    const talks = [];
    for (const path of ['/ws', '/inner/ws']) {
      const one = talk(url + path);
      talks.push(one);
      await once(one.client, 'open');
      one.client.send('hi');
      expect(await one.next()).toBe('hi');
    }
    const closing = server.close();
    for (const { closed } of talks) expect((await closed).code).toBe(1001);
    await closing;
  });

  it('says what to install where there is no ws', () => {
    const index = new URL('../../../src/index.ts', import.meta.url).pathname;
    const program = `
      const { Module } = await import('node:module');
      const resolve = Module._resolveFilename;
      Module._resolveFilename = function (name, ...rest) {
        if (name === 'ws') throw Object.assign(new Error('Cannot find it'), { code: 'MODULE_NOT_FOUND' });
        return resolve.call(this, name, ...rest);
      };
      const { Bottle, WebSocket } = await import(${JSON.stringify(index)});
      class Echo { echo(socket) {} }
      WebSocket('/')(Echo.prototype, 'echo', Object.getOwnPropertyDescriptor(Echo.prototype, 'echo'));
      const options = { port: 0, quiet: true };
      const app = new Bottle({ logger: (_message, error) => console.log(error.message) });
      const without = await app.run(options);
      console.log('runs');
      app.mount(Echo);
      await app.run(options).catch((error) => console.log(error.message));
      const { request } = await import('node:http');
      const headers = {
        Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      };
      const status = await new Promise((done) => request(without.url, { headers }, (answer) => done(answer.statusCode)).end());
      console.log(status);
      process.exit();
    `;
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    const message = 'WebSockets on node:http need the package ws, which is not installed: npm install ws@8';
    expect(output.trim().split('\n')).toEqual(['runs', message, message, '500']);
  });

  it('without a parameter for its socket is a mistake in the wiring; so is an ordinary method with one', () => {
    @Controller()
    class Wrong {
      @WebSocket('/a') none() {}
      @Get('/b') plain(socket: unknown) {
        return socket;
      }
    }
    const app = new Bottle();
    app.mount(Wrong);
    expect(() => app.check()).toThrow(/has no parameter[\s\S]*BN_SOCKET_UNUSED[\s\S]*'socket'/);
  });
});

describe('a plain request for a WebSocket', () => {
  it('is answered with 426', async () => {
    const app = new Bottle();
    app.mount(route(echo));
    app.post('/ws', () => 'posted');
    const answer = await app.fetch(new globalThis.Request('http://localhost/ws'));
    expect(answer.status).toBe(426);
    expect(answer.headers.get('upgrade')).toBe('websocket');
    const put = await app.fetch(new globalThis.Request('http://localhost/ws', { method: 'PUT' }));
    expect(put.status).toBe(405);
    expect(put.headers.get('allow')).toBe('POST');
    const odd = await app.fetch(new globalThis.Request('http://localhost/ws', { method: 'WEBSOCKET' }));
    expect(odd.status).toBe(426);
  });

  it('ends the connection where the client wants that', async () => {
    const app = new Bottle();
    app.mount(route(echo));
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      const answer = await client.send(get('/ws', 'Connection: close')).answer();
      expect([answer?.status, answer?.headers.connection]).toEqual([426, 'Upgrade, close']);
      await client.closed;
      const kept = await RawClient.connect(url);
      expect((await kept.send(get('/ws')).answer())?.headers.connection).toBe('Upgrade');
      expect((await kept.send(get('/ws', 'Connection: close')).answer())?.status).toBe(426);
      await kept.closed;
    });
  });
});

describe('a handshake', () => {
  it('for a path without a WebSocket is a request like any other', async () => {
    const app = new Bottle();
    app.mount(route(echo));
    app.get('/page', () => 'page');
    const { url } = await serve(app);
    expect(await refusal(`${url}/page`)).toMatchObject({ status: 200, text: 'page' });
    expect(await refusal(`${url}/nothing`)).toMatchObject({ status: 404 });
  });

  it('for another protocol is a request like any other, body included', async () => {
    const app = new Bottle();
    app.mount(route(echo));
    app.post('/post', ({ request }) => request.text);
    const { server } = await serve(app);
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const head = 'POST /post HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n';
    socket.write(`${head}Content-Length: 11\r\n\r\nhello`);
    setTimeout(() => socket.write(' again'), 20);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('hello again') && !text.includes('page two')) {
        socket.write('POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nConnection: close\r\n\r\npage two');
      }
    });
    await once(socket, 'close');
    expect(text).toContain('hello again');
    expect(text).toContain('page two');
  });

  it('for another protocol is a request like any other in an app without WebSockets, and closes if it was to', async () => {
    const { server } = await serve(new Bottle().get('/', () => 'home'));
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*Connection: close/);
  });

  it('is refused by plugins and hooks before the connection is open', async () => {
    @Controller()
    class Guarded {
      @Hook('beforeRequest')
      check(request: Request) {
        if (request.query.get('key') !== 'good') abort(401, 'Who are you?');
      }

      @WebSocket('/hook') async one(socket: WebSocketConnection) {
        await socket.send('in');
      }

      @WebSocket('/plugin')
      @Apply(() => () => new HTTPError(403, 'Never.'))
      async two(socket: WebSocketConnection) {
        await socket.send('in');
      }
    }
    const { url } = await serve(Guarded);
    expect(await refusal(`${url}/hook`)).toMatchObject({ status: 401 });
    expect(await talk(`${url}/hook?key=good`).next()).toBe('in');
    expect((await refusal(`${url}/plugin?key=good`)).status).toBe(403);
  });

  it('carries cookies and headers that were set before', async () => {
    const app = new Bottle();
    app.hook('beforeRequest', ({ response }) => {
      response.setCookie('a', 'b');
      response.setHeader('X-Own', '1');
      response.contentType = 'text/plain';
    });
    app.mount(route(echo));
    const { url } = await serve(app);
    const client = new Client(`${url}/ws`);
    clients.push(client);
    const [{ headers }] = await once(client, 'upgrade');
    expect(headers['set-cookie']).toEqual(['a=b']);
    expect(headers['x-own']).toBe('1');
    expect(headers['content-type']).toBeUndefined();
  });

  it('is taken from pages of the same host only, unless others are named', async () => {
    const { url } = await serve(route(echo));
    const { host } = new URL(url);
    for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`, 'http://127.0.0.1']) {
      expect((await refusal(`${url}/ws`, { origin })).status).toBe(403);
    }
    await once(talk(`${url}/ws`, [], { origin: `http://${host}` }).client, 'open');
    await once(talk(`${url}/ws`, [], { origin: `https://${host}` }).client, 'open');

    const open = await serve(route(echo, { origins: '*' }));
    await once(talk(`${open.url}/ws`, [], { origin: 'https://evil.example' }).client, 'open');
    const some = await serve(route(echo, { origins: ['https://friend.example'] }));
    await once(talk(`${some.url}/ws`, [], { origin: 'https://friend.example' }).client, 'open');
    expect((await refusal(`${some.url}/ws`, { origin: 'https://evil.example' })).status).toBe(403);
  });

  it('agrees on the subprotocol that the server prefers', async () => {
    const tell = async (socket: WebSocketConnection): Promise<void> => void (await socket.send(socket.protocol));
    const { url } = await serve(route(tell, { protocols: ['v2', 'v1'] }));
    const { client, next } = talk(`${url}/ws`, ['v1', 'v2']);
    expect(await next()).toBe('v2');
    expect(client.protocol).toBe('v2');
    expect(await talk(`${url}/ws`).next()).toBe('');
    const chosen = await serve(route(tell, { protocols: (offered) => offered.at(-1) }));
    expect(await talk(`${chosen.url}/ws`, ['v1', 'v3']).next()).toBe('v3');
    const wrong = await serve(route(tell, { protocols: () => 'other' }));
    const failed = new Client(`${wrong.url}/ws`, ['v1']);
    failed.on('error', () => undefined);
    const [, response] = await once(failed, 'unexpected-response');
    expect(response.statusCode).toBe(500);
    expect(String(wrong.logged[0])).toContain("chose 'other'");
    failed.terminate();
  });

  it('of another version, or malformed, is refused', async () => {
    const { server } = await serve(route(echo));
    const { port, hostname } = new URL(server.url);
    const ask = async (lines: string[]): Promise<string> => {
      const socket = connect(Number(port), hostname);
      socket.write(['GET /ws HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', ...lines, '', ''].join('\r\n'));
      let text = '';
      for await (const chunk of socket) text += chunk;
      return text;
    };
    const version = await ask(['Sec-WebSocket-Version: 8', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']);
    expect(version).toMatch(/^HTTP\/1.1 426 [\s\S]*Sec-WebSocket-Version: 13/);
    expect(await ask(['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: short'])).toMatch(/^HTTP\/1.1 400 /);
    expect(await ask(['Sec-WebSocket-Version: 13'])).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe('a connection', () => {
  it('is closed with 1000 when the method returns', async () => {
    const { url } = await serve(route((socket) => socket.send('bye')));
    const { messages, closed } = talk(`${url}/ws`);
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(messages).toEqual(['bye']);
  });

  it('is closed with 1011 when it throws, which is logged and not told', async () => {
    const { url, logged } = await serve(
      route(async (socket) => {
        for await (const _ of socket) throw new Error('secret');
      }),
    );
    const { client, closed } = talk(`${url}/ws`);
    await once(client, 'open');
    client.send('x');
    expect(await closed).toEqual({ code: 1011, reason: '' });
    expect(logged.map(String)).toEqual(['Error: secret']);
  });

  it('is closed with 1008 and the message of an HTTPError, and 1013 when the server is busy', async () => {
    const { url, logged } = await serve(
      route((_socket, { query }) => {
        throw new HTTPError(Number(query.get('status')), query.get('text', 'No.'));
      }),
    );
    expect(await talk(`${url}/ws?status=403`).closed).toEqual({ code: 1008, reason: 'No.' });
    expect(await talk(`${url}/ws?status=503`).closed).toEqual({ code: 1013, reason: 'No.' });
    expect(await talk(`${url}/ws?status=500`).closed).toEqual({ code: 1011, reason: '' });
    const { reason } = await talk(`${url}/ws?status=400&text=${encodeURIComponent('ä'.repeat(100))}`).closed;
    expect(reason).toBe('ä'.repeat(61));
    expect(logged).toEqual([]);
  });

  it('is closed by the method with a code and a reason of its own, and refuses those that cannot be', async () => {
    const { url } = await serve(
      route(async (socket) => {
        expect(() => socket.close(1005)).toThrow('the code has to be');
        expect(() => socket.close(999)).toThrow('the code has to be');
        expect(() => socket.close(4000, 'x'.repeat(124))).toThrow('at most 123 bytes');
        socket.close(4001, 'enough');
        expect(await socket.send('late')).toBe(false);
        for await (const message of socket) throw new Error(`read ${message}`);
        expect(await socket.closed).toEqual({ code: 4001, reason: 'enough' });
      }),
    );
    expect(await talk(`${url}/ws`).closed).toEqual({ code: 4001, reason: 'enough' });
  });

  it('ends the loop when the client leaves, however it does; closed tells how, and the signal aborts', async () => {
    const ends: (SocketClose & { aborted: boolean })[] = [];
    const { url } = await serve(
      route(async (socket, request) => {
        const { signal } = request;
        for await (const message of socket) await socket.send(message);
        const close = await socket.closed;
        if (!signal.aborted) await once(signal, 'abort');
        ends.push({ ...close, aborted: signal.aborted });
      }),
    );
    const first = talk(`${url}/ws`);
    await once(first.client, 'open');
    first.client.close(4002, 'tired');
    await first.closed;
    const second = talk(`${url}/ws`);
    await once(second.client, 'open');
    second.client.terminate();
    while (ends.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ends).toEqual([
      { code: 4002, reason: 'tired', aborted: true },
      { code: 1006, reason: '', aborted: true },
    ]);
  });

  it('delivers what was received before the client left', async () => {
    const got: unknown[] = [];
    let over: (() => void) | undefined;
    const done = new Promise<void>((resolve) => {
      over = resolve;
    });
    const { url } = await serve(
      route(async (socket) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        for await (const message of socket) got.push(message);
        over?.();
      }),
    );
    const { client } = talk(`${url}/ws`);
    await once(client, 'open');
    client.send('one');
    client.send('two');
    client.close();
    await done;
    expect(got).toEqual(['one', 'two']);
  });

  it('is closed with 1009 by a message that is too large', async () => {
    const { url } = await serve(route(echo, { maxMessage: 100 }));
    const { client, closed, next } = talk(`${url}/ws`);
    await once(client, 'open');
    client.send('x'.repeat(100));
    expect((await next()).length).toBe(100);
    client.send('x'.repeat(101));
    expect((await closed).code).toBe(1009);
  });

  it('makes a client wait that sends faster than the method reads', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let count = 0;
    const { url } = await serve(
      route(async (socket) => {
        await held;
        for await (const message of socket) count += (message as string).length;
      }),
    );
    const { client } = talk(`${url}/ws`);
    await once(client, 'open');
    const piece = 'x'.repeat(100_000);
    for (let i = 0; i < 300; i++) client.send(piece);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // What is neither read nor in the system's buffers still waits at the client.
    expect(client.bufferedAmount).toBeGreaterThan(10_000_000);
    release?.();
    while (count < 300 * piece.length) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(count).toBe(300 * piece.length);
  });

  it('makes the method wait for a slow client, and cuts one off for which too much waits', async () => {
    let sent = 0;
    const end: unknown[] = [];
    const { url } = await serve(
      route(
        async (socket, { query }) => {
          const piece = Buffer.alloc(100_000);
          if (query.has('wait')) {
            while (sent < 300 && (await socket.send(piece))) sent++;
          } else {
            for (let i = 0; i < 300; i++) void socket.send(piece);
            end.push(await socket.closed);
          }
        },
        { maxBuffered: 5_000_000 },
      ),
    );
    const slow = talk(`${url}/ws?wait=1`);
    await once(slow.client, 'open');
    slow.client.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sent).toBeLessThan(250);
    slow.client.resume();
    expect((await slow.closed).code).toBe(1000);
    expect(slow.messages).toHaveLength(300);

    const deaf = talk(`${url}/ws`);
    await once(deaf.client, 'open');
    deaf.client.pause();
    while (end.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(end).toEqual([{ code: 1006, reason: '' }]);
  });

  it('is cut when the peer does not answer pings any more', async () => {
    const end: unknown[] = [];
    const { url } = await serve(
      route(
        async (socket) => {
          end.push(await socket.closed);
        },
        { pingInterval: 250 },
      ),
    );
    const alive = talk(`${url}/ws`);
    const dead = talk(`${url}/ws`, [], { autoPong: false });
    await Promise.all([once(alive.client, 'open'), once(dead.client, 'open')]);
    expect((await dead.closed).code).toBe(1006);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(alive.client.readyState).toBe(Client.OPEN);
    expect(end).toEqual([{ code: 1006, reason: '' }]);
  });

  it('is closed with 1001 when the server stops, and cut when that takes too long', async () => {
    // Longer than a test may take: closing does not wait for it.
    const { url, server } = await serve(route(echo), { shutdownTimeout: 60_000 });
    const { client, closed } = talk(`${url}/ws`);
    await once(client, 'open');
    await server.close();
    expect((await closed).code).toBe(1001);
  });

  it('may be read by one loop at a time', async () => {
    const { url, logged } = await serve(
      route(async (socket) => {
        const one = socket[Symbol.asyncIterator]().next();
        await socket[Symbol.asyncIterator]().next();
        await one;
      }),
    );
    expect((await talk(`${url}/ws`).closed).code).toBe(1011);
    expect(String(logged[0])).toContain('Two loops');
  });

  it('is an error where the method is a generator, as nobody takes what it yields', async () => {
    const { url, logged } = await serve(
      route(async function* () {
        yield 'x';
      }),
    );
    expect((await talk(`${url}/ws`).closed).code).toBe(1011);
    expect(String(logged[0])).toContain('is a generator');
  });
});
