import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { request as secureRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Bottle, type RunningServer } from 'bottlenose';
import { serverNames } from 'bottlenose/servers';
import { certificate } from './certificate.js';
import { exchange, get, RawClient, request, serving, until, wait } from './raw-client.js';

// Those of a test that fails are closed, too, or jest would not end.
const open: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function kept(starting: Promise<RunningServer>): Promise<RunningServer> {
  const server = await starting;
  open.push(server);
  return server;
}

function smallApp(): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.get('/', () => 'home');
  app.get('/slow/<ms:int>', async ({ ms }) => {
    await wait(ms);
    return `slept ${ms}`;
  });
  app.route('/echo', { method: ['POST', 'PUT'] }, (_args, { request: { text } }) => text);
  app.any('/seen', (_args, { request: { method, url, path, queryString, remoteAddr } }) => ({
    method,
    url,
    path,
    queryString,
    remoteAddr,
  }));
  return app;
}

describe('run', () => {
  it('resolves to the URL and a way to close, once it listens', async () => {
    const server = await kept(smallApp().run({ port: 0, quiet: true }));
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(server.url)).text()).toBe('home');
    await Promise.all([server.close(), server.close()]);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('listens on IPv6 too', async () => {
    await serving(
      smallApp(),
      async (url) => {
        expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
        const seen = JSON.parse((await exchange(url, get('/seen'))).text);
        expect(seen.remoteAddr).toBe('::1');
      },
      { host: '::1' },
    );
  });

  it('serves https, given a key and a certificate', async () => {
    const tls = certificate();
    await serving(
      smallApp(),
      async (url) => {
        expect(url).toMatch(/^https:/);
        const seen = await new Promise<string>((resolve, reject) => {
          const call = secureRequest(`${url}/seen`, { ca: tls.cert, servername: 'localhost', agent: false }, async (answer) => {
            let text = '';
            for await (const chunk of answer) text += chunk;
            resolve(text);
          });
          call.on('error', reject);
          call.end();
        });
        expect(JSON.parse(seen).url).toBe(`${url}/seen`);
        const plain = await RawClient.connect(url);
        plain.send(get('/'));
        await plain.closed;
      },
      tls,
    );
  });

  it('tells what to do when the port is in use, the address is not ours, or the server is unknown', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const failing = (options: object) => smallApp().run({ quiet: true, ...options });
    await expect(failing({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(`Port ${port} of 127.0.0.1 is in use`),
    });
    await expect(failing({ port: 0, host: '192.0.2.1' })).rejects.toThrow('no address 192.0.2.1');
    await expect(failing({ server: 'nod' })).rejects.toThrow("Did you mean 'node'?");
    taken.close();
    expect(serverNames).toContain('node');
  });

  it('takes a server of your own, class or instance', async () => {
    class Mine {
      async listen(app: { fetch(request: Request): Promise<Response> }) {
        const text = await (await app.fetch(new Request('http://mine/'))).text();
        return { url: `mine:${text}`, close: async () => undefined };
      }
    }
    for (const server of [Mine, new Mine()]) {
      const running = await kept(smallApp().run({ server, quiet: true }));
      expect(running.url).toBe('mine:home');
      await running.close();
    }
  });

  it('refuses to start an app that is not wired', async () => {
    const app = new Bottle();
    app.get('/', (({ nobody }: { nobody: unknown }) => nobody) as never);
    await expect(app.run({ port: 0, quiet: true })).rejects.toThrow('nobody');
  });
});

describe('a connection', () => {
  it('serves several requests', async () => {
    await serving(smallApp(), async (url) => {
      const client = await RawClient.connect(url);
      for (let i = 0; i < 3; i++) {
        const answer = await client.send(get('/')).answer();
        expect([answer?.status, answer?.text, answer?.headers.connection]).toEqual([200, 'home', 'keep-alive']);
      }
      await client.send(get('/', 'Connection: close')).closed;
      expect((await client.answer())?.headers.connection).toBe('close');
    });
  });

  it('answers pipelined requests in their order, however long each takes', async () => {
    await serving(smallApp(), async (url) => {
      const client = await RawClient.connect(url);
      client.send(
        get('/slow/60') + request('POST', '/echo', ['Content-Length: 4'], 'body') + get('/slow/20') + get('/') + get('/none'),
      );
      const texts: unknown[] = [];
      for (let i = 0; i < 4; i++) texts.push((await client.answer())?.text);
      expect(texts).toEqual(['slept 60', 'body', 'slept 20', 'home']);
      expect((await client.answer())?.status).toBe(404);
      client.close();
    });
  });

  it('of HTTP/1.0 ends after one request, unless the client wants to keep it', async () => {
    await serving(smallApp(), async (url) => {
      const client = await RawClient.connect(url);
      await client.send('GET / HTTP/1.0\r\n\r\n').closed;
      expect((await client.answer())?.text).toBe('home');
      const keeping = await RawClient.connect(url);
      for (let i = 0; i < 2; i++) {
        const answer = await keeping.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n').answer();
        expect([answer?.text, answer?.headers.connection]).toEqual(['home', 'keep-alive']);
      }
      keeping.close();
    });
  });

  it('gets the answers it has earned before one to nonsense', async () => {
    await serving(smallApp(), async (url) => {
      const client = await RawClient.connect(url);
      client.send(`${get('/slow/40')}${get('/')}N O N S E N S E\r\n\r\n${get('/')}`);
      expect((await client.answer())?.text).toBe('slept 40');
      expect((await client.answer())?.text).toBe('home');
      expect((await client.answer())?.status).toBe(400);
      await client.closed;
      expect(client.received).toBe('');
    });
  });
});

describe('a target', () => {
  it('in absolute form is taken apart, and its host overrules the header', async () => {
    await serving(smallApp(), async (url) => {
      const seen = JSON.parse((await exchange(url, get('http://example.org:81/seen?a=1'))).text);
      expect(seen).toMatchObject({ url: 'http://example.org:81/seen?a=1', path: '/seen', queryString: 'a=1' });
      expect((await exchange(url, get('http://example.org'))).text).toBe('home');
      expect((await exchange(url, get('http://example.org?x'))).text).toBe('home');
    });
  });

  it('of * is not a path, and matches no route', async () => {
    await serving(smallApp(), async (url) => {
      expect((await exchange(url, request('OPTIONS', '*'))).status).toBe(404);
    });
  });

  it('without Host is refused from HTTP/1.1 clients', async () => {
    await serving(smallApp(), async (url) => {
      expect((await exchange(url, 'GET / HTTP/1.1\r\n\r\n')).status).toBe(400);
    });
  });
});

describe('a client that asks before it sends a body', () => {
  it('is told to go on once somebody reads, and not at all when it is not wanted', async () => {
    const app = smallApp();
    app.post('/small', { config: { maxBody: 10 } }, (_args, { request: { text } }) => text);
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(request('POST', '/echo', ['Content-Length: 4', 'Expect: 100-continue']));
      expect((await client.answer())?.status).toBe(100);
      expect((await client.send('body').answer())?.text).toBe('body');
      client.close();
      for (const [path, status] of [
        ['/small', 413],
        ['/none', 404],
      ] as const) {
        const refused = await RawClient.connect(url);
        refused.send(request('POST', path, ['Content-Length: 400', 'Expect: 100-continue']));
        const answer = await refused.answer();
        expect([answer?.status, answer?.headers.connection]).toEqual([status, 'close']);
        await refused.closed;
      }
    });
  });
});

describe('close', () => {
  it('lets the requests that were taken finish, and takes no new connections', async () => {
    const app = smallApp();
    const gate = new EventEmitter();
    app.get('/held', async () => {
      await once(gate, 'open');
      return 'let go';
    });
    const server = await kept(app.run({ port: 0, quiet: true, shutdownTimeout: 60_000 }));
    const busy = await RawClient.connect(server.url);
    busy.send(get('/') + get('/held'));
    const idle = await RawClient.connect(server.url);
    await idle.send(get('/')).answer();
    await until(() => gate.listenerCount('open') > 0, 'the request');
    const closing = server.close();
    await expect(RawClient.connect(server.url)).rejects.toThrow('ECONNREFUSED');
    // The idle connection ends while the busy one is still held.
    expect(await idle.closed).toBeUndefined();
    gate.emit('open');
    expect((await busy.answer())?.text).toBe('home');
    const last = await busy.answer();
    expect([last?.text, last?.headers.connection]).toEqual(['let go', 'close']);
    await busy.closed;
    await closing;
  });

  it('answers a request that has just arrived on an idle connection', async () => {
    const server = await kept(smallApp().run({ port: 0, quiet: true }));
    const idle = await RawClient.connect(server.url);
    await idle.send(get('/')).answer();
    idle.send(get('/'));
    const closing = server.close();
    const answer = await idle.answer();
    expect([answer?.text, answer?.headers.connection]).toEqual(['home', 'close']);
    await closing;
  });

  it('cuts what takes longer than the timeout, and aborts its signal', async () => {
    const app = smallApp();
    const reasons: unknown[] = [];
    let begun = false;
    app.get('/never', (_args, { request: { signal } }) => {
      begun = true;
      signal.addEventListener('abort', () => reasons.push(signal.reason.name));
      return new Promise(() => undefined);
    });
    // That close comes back at all shows that something was cut: the handler never ends.
    const server = await kept(app.run({ port: 0, quiet: true, shutdownTimeout: 100 }));
    const client = await RawClient.connect(server.url);
    client.send(get('/never'));
    const half = await RawClient.connect(server.url);
    half.send('GET / HTTP/1.1\r\nHost: ');
    await until(() => begun, 'the request');
    await server.close();
    await Promise.all([client.closed, half.closed]);
    await until(() => reasons.length > 0, 'the signal');
    expect(reasons).toEqual(['AbortError']);
  });

  it('drops none of the requests of busy clients', async () => {
    let answered = 0;
    const app = smallApp();
    app.get('/count', async () => {
      await wait(Math.random() * 5);
      answered++;
      return 'counted';
    });
    const server = await kept(app.run({ port: 0, quiet: true }));
    let received = 0;
    let broken = 0;
    const clients = Array.from({ length: 20 }, async () => {
      const client = await RawClient.connect(server.url);
      for (;;) {
        const answer = await client.send(get('/count')).answer();
        if (answer === undefined) broken++;
        else received++;
        if (answer?.headers.connection !== 'keep-alive') break;
      }
      client.close();
    });
    await until(() => received > 100, 'some answers');
    await server.close();
    await Promise.all(clients);
    expect([received, broken]).toEqual([answered, 0]);
  });

  it('closes the plugins of the app afterwards', async () => {
    const order: string[] = [];
    const app = smallApp();
    app.install({
      name: 'late',
      setup: () => undefined,
      close: () => {
        order.push('plugin');
      },
    });
    let go = (): void => undefined;
    const work = new Promise<void>((resolve) => (go = resolve));
    let begun = false;
    app.get('/work', async () => {
      begun = true;
      await work;
      order.push('request');
      return 'x';
    });
    const server = await kept(app.run({ port: 0, quiet: true, shutdownTimeout: 60_000 }));
    const client = await RawClient.connect(server.url);
    client.send(get('/work'));
    await until(() => begun, 'the request');
    const closing = server.close();
    go();
    await closing;
    expect(order).toEqual(['request', 'plugin']);
  });
});

describe('a process', () => {
  async function start(): Promise<{ child: ChildProcess; urls: string[]; lines: string[]; errors: string[] }> {
    const fixture = fileURLToPath(new URL('./fixtures/slow-app.mjs', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', fixture], { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    const errors: string[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => lines.push(line));
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => errors.push(line));
    await until(() => lines.length > 0, `the server: ${errors.join('\n')}`, 15_000);
    return { child, urls: JSON.parse(lines.shift() as string), lines, errors };
  }

  const refuses = (url: string): Promise<boolean> =>
    RawClient.connect(url).then(
      (other) => {
        other.close();
        return false;
      },
      () => true,
    );

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what every server of it has taken on %s, then dies of it',
    async (signal) => {
      const { child, urls, lines, errors } = await start();
      expect(errors).toEqual([expect.stringContaining(`listening on ${urls[0]}`)]);
      const one = await RawClient.connect(urls[0] as string);
      const two = await RawClient.connect(urls[1] as string);
      one.send(get('/slow'));
      two.send(get('/slower'));
      await until(() => lines.length === 2, 'both requests to be taken');
      const ended = once(child, 'exit');
      child.kill(signal);
      expect((await one.answer())?.text).toBe('done');
      expect((await two.answer())?.text).toBe('done too');
      expect(await ended).toEqual([null, signal]);
    },
    30_000,
  );

  it('ends at once on a second signal', async () => {
    const { child, urls, lines } = await start();
    const client = await RawClient.connect(urls[1] as string);
    client.send(get('/never'));
    await until(() => lines.length === 1, 'the request to be taken');
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    // The first has arrived: a second one before that would be lost in it.
    await until(() => refuses(urls[0] as string), 'the first signal');
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
  }, 30_000);
});
