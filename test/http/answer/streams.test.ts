import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Bottle, type Context, HTTPError } from 'bottlenose';
import { exchange, get, MalformedAnswer, RawClient, serving, until, wait } from '../../servers/raw-client.js';

function appWith(handler: (context: Context) => unknown): { app: Bottle; log: string[] } {
  const log: string[] = [];
  const app = new Bottle({ logger: (_message, error) => log.push(String(error)) });
  app.get('/', (_args, context) => handler(context));
  app.get('/probe', () => 'alive');
  return { app, log };
}

function* pieces(...given: unknown[]): Generator {
  for (const piece of given) yield piece;
}

async function* slowly(...given: unknown[]): AsyncGenerator {
  for (const piece of given) {
    await wait(1);
    yield piece;
  }
}

const sources: [string, () => unknown][] = [
  ['a generator', () => pieces('Grü', '', Buffer.from('ße'), undefined, new Uint8Array(0))],
  ['an async generator', () => slowly('', 'Grü', Buffer.from('ße'))],
  [
    'an iterator without more',
    () => ({
      next: (
        (steps) => () =>
          steps.next()
      )(pieces('Grü', 'ße')),
    }),
  ],
  ['an array iterator', () => ['Grü', 'ße'].values()],
  ['an async iterable', () => ({ [Symbol.asyncIterator]: () => slowly('Grü', 'ße') })],
  ['a Node stream', () => Readable.from([Buffer.from('Grü'), Buffer.from('ße')])],
  ['a Node stream of strings', () => Readable.from(['Grü', 'ße'])],
  ['a web stream', () => Readable.toWeb(Readable.from([Buffer.from('Grü'), Buffer.from('ße')]))],
  ['the body of a fetch Response', () => new globalThis.Response('Grüße').body],
];

describe('a streamed result', () => {
  it.each(sources)('goes out in chunks, without its length: %s', async (_name, make) => {
    const { app, log } = appWith(make);
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      const answer = await client.send(get('/')).answer();
      expect([answer?.status, answer?.headers['transfer-encoding'], answer?.text]).toEqual([200, 'chunked', 'Grüße']);
      expect((await client.send(get('/probe')).answer())?.text).toBe('alive');
      client.close();
      const old = await exchange(url, 'GET / HTTP/1.0\r\n\r\n');
      expect([old.headers['transfer-encoding'], old.text]).toEqual([undefined, 'Grüße']);
    });
    expect(await (await app.fetch(new Request('http://x/'))).text()).toBe('Grüße');
    expect(log).toEqual([]);
  });

  it('is text if its first piece is, and bytes otherwise', async () => {
    const typeOf = async (...given: unknown[]) =>
      (await appWith(() => pieces(...given)).app.fetch(new Request('http://x/'))).headers.get('content-type');
    expect(await typeOf('', 'a')).toBe('text/html; charset=UTF-8');
    expect(await typeOf(Buffer.from('a'), 'b')).toBe('application/octet-stream');
    expect(await typeOf()).toBeNull();
  });

  it('takes headers, cookies and status set before its first piece', async () => {
    const { app } = appWith(({ response }) =>
      (function* () {
        response.status = 201;
        yield '';
        response.setHeader('X-Late', 'yes');
        response.setCookie('a', '1');
        yield 'x';
        response.setHeader('X-Later', 'no');
      })(),
    );
    await serving(app, async (url) => {
      const answer = await exchange(url, get('/'));
      expect([answer.status, answer.headers['x-late'], answer.headers['set-cookie']]).toEqual([201, 'yes', 'a=1']);
      expect(answer.headers).not.toHaveProperty('x-later');
    });
  });

  it.each([
    ['an empty generator', () => pieces()],
    ['a generator of nothing but empty pieces', () => pieces('', Buffer.alloc(0), undefined)],
    ['an empty async generator', () => slowly()],
    ['an empty stream', () => Readable.from([])],
  ])('without a piece is empty: %s', async (_name, make) => {
    await serving(appWith(make).app, async (url) => {
      const answer = await exchange(url, get('/'));
      expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '0', '']);
    });
  });
});

describe('an error in a streamed result', () => {
  const failing: [string, (before: unknown[]) => unknown][] = [
    [
      'a generator',
      function* (before) {
        yield* before;
        throw new Error('inner secret');
      },
    ],
    [
      'an async generator',
      async function* (before) {
        yield* before;
        await wait(5);
        throw new Error('inner secret');
      },
    ],
    [
      'a Node stream',
      (before) => {
        const stream = new PassThrough();
        for (const piece of before) stream.write(piece);
        setTimeout(() => stream.destroy(new Error('inner secret')), 20);
        return stream;
      },
    ],
    [
      'a web stream',
      (before) =>
        new ReadableStream({
          async start(controller) {
            for (const piece of before) controller.enqueue(Buffer.from(piece as string));
            await wait(20);
            controller.error(new Error('inner secret'));
          },
        }),
    ],
    [
      'a piece of another type',
      function* (before) {
        yield* before;
        yield { secret: 'inner secret' };
      },
    ],
  ];

  it.each(failing)('before the first byte gives a clean error page: %s', async (_name, make) => {
    const { app, log } = appWith(() => make([]));
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      const answer = await client.send(get('/')).answer();
      expect([answer?.status, answer?.headers['content-type']]).toEqual([500, 'text/html; charset=UTF-8']);
      expect(answer?.text).not.toContain('secret');
      expect((await client.send(get('/probe')).answer())?.text).toBe('alive');
      client.close();
    });
    expect(log.length).toBe(1);
  });

  it.each(failing)('after it cuts the connection, so that the client notices: %s', async (_name, make) => {
    const { app, log } = appWith(() => make(['begun']));
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      await expect(client.send(get('/')).answer()).rejects.toThrow(MalformedAnswer);
      expect(client.received).toContain('begun');
      await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
      expect((await exchange(url, get('/probe'))).text).toBe('alive');
    });
    expect(log.length).toBe(2);
    const answer = await app.fetch(new Request('http://x/'));
    await expect(answer.text()).rejects.toThrow();
  });

  it('after the first byte resets a connection of HTTP/1.0, which knows no other sign of it', async () => {
    const { app } = appWith(async function* () {
      yield 'begun';
      await wait(20);
      throw new Error('inner secret');
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      expect(await client.send('GET / HTTP/1.0\r\n\r\n').closed).toMatchObject({ code: 'ECONNRESET' });
      expect(client.received).toContain('begun');
    });
  });

  it('that is an HTTPError goes through the error handlers, before the first byte', async () => {
    const { app } = appWith(async function* () {
      yield '';
      throw new HTTPError(418, 'short');
    });
    app.error(418, (error: HTTPError) => `handled: ${error.body}`);
    const answer = await app.fetch(new Request('http://x/'));
    expect([answer.status, await answer.text()]).toEqual([418, 'handled: short']);
  });
});

describe('a promised length', () => {
  it('is 500 where its first piece is longer than the length that was promised, as nothing has been sent yet', async () => {
    for (const piece of ['ßßß', Buffer.from('12345')]) {
      const { app, log } = appWith(({ response }) => {
        response.setHeader('Content-Length', 4);
        return pieces(piece);
      });
      const answer = await app.fetch(new Request('http://localhost/'));
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain('Internal Server Error');
      expect(log).toEqual([expect.stringContaining('Content-Length')]);
    }
  });

  it('that is kept leaves the connection open', async () => {
    const { app } = appWith(({ response }) => {
      response.setHeader('Content-Length', 4);
      return pieces('é', 'ab');
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      for (let i = 0; i < 2; i++) expect((await client.send(get('/')).answer())?.text).toBe('éab');
      client.close();
    });
  });

  it.each([
    ['too little', pieces.bind(null, 'a')],
    ['too much', pieces.bind(null, 'abcd', 'HTTP/1.1 200 OK\r\n\r\n')],
  ])('that is not kept cuts the connection, and nothing of it is taken for the next response: %s', async (_name, make) => {
    const { app, log } = appWith(({ response }) => {
      response.setHeader('Content-Length', 4);
      return make();
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(get('/') + get('/probe'));
      const first = await client.answer().catch((error: unknown) => error);
      await client.closed;
      if (first instanceof Error) expect(first).toBeInstanceOf(MalformedAnswer);
      else expect(client.received).toBe('');
    });
    expect(log).toEqual([expect.stringContaining('Content-Length')]);
  });
});

describe('when the client leaves', () => {
  it.each([
    ['waits for it', async () => wait(10)],
    ['is ahead of it', async () => undefined],
  ])('an async generator that %s is closed', async (_name, pause) => {
    let closed = 0;
    const { app, log } = appWith(async function* () {
      try {
        for (;;) {
          await pause();
          yield 'x'.repeat(10_000);
        }
      } finally {
        closed++;
      }
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(get('/'));
      await until(() => client.received.length > 0, 'the first bytes');
      client.close();
      await until(() => closed === 1, 'the generator to be closed');
    });
    expect([closed, log]).toEqual([1, []]);
  });

  it('a sync generator is closed', async () => {
    let closed = 0;
    const { app } = appWith(function* () {
      try {
        for (;;) yield 'x'.repeat(10_000);
      } finally {
        closed++;
      }
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(get('/'));
      await until(() => client.received.length > 0, 'the first bytes');
      client.close();
      await until(() => closed === 1, 'the generator to be closed');
    });
    expect(closed).toBe(1);
  });

  it('a generator whose response waits behind another one on the connection is closed too', async () => {
    let asked = 0;
    let closed = 0;
    async function* endless() {
      try {
        for (;;) {
          await wait(1);
          yield 'x'.repeat(10_000);
        }
      } finally {
        closed++;
      }
    }
    const { app } = appWith(() => {
      asked++;
      return endless();
    });
    app.get('/never', () => new Promise(() => undefined));
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(get('/never') + get('/') + get('/'));
      await until(() => asked === 2, 'the requests');
      client.close();
      await until(() => closed === 2, 'the generators to be closed');
      // The answer that the others have waited for never came.
      expect([closed, client.received]).toEqual([2, '']);
    });
  });

  it('a Node stream is destroyed, a web stream cancelled, a file closed', async () => {
    const node = new Readable({ read: () => undefined });
    node.push('begun');
    let cancelled = false;
    const web = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('begun')),
      cancel() {
        cancelled = true;
      },
    });
    const file = await open('/dev/zero');
    const given: Record<string, unknown> = { node, web, file };
    const app = new Bottle();
    app.get('/<name>', ({ name }) => given[name]);
    await serving(app, async (url) => {
      for (const name of Object.keys(given)) {
        const client = await RawClient.connect(url);
        client.send(get(`/${name}`));
        await until(() => client.received.includes('\r\n\r\n'), `bytes of ${name}`);
        client.close();
      }
      await until(() => node.destroyed && cancelled && file.fd === -1, 'all to be closed');
    });
    expect([node.destroyed, cancelled, file.fd]).toEqual([true, true, -1]);
  });

  it('in process, by abort or by cancelling the body, the source is closed', async () => {
    let closed = 0;
    const { app } = appWith(async function* () {
      try {
        for (;;) {
          await wait(1);
          yield 'x';
        }
      } finally {
        closed++;
      }
    });
    const abort = new AbortController();
    const first = await app.fetch(new Request('http://x/', { signal: abort.signal }));
    abort.abort();
    await expect(first.text()).rejects.toThrow('aborted');
    await (await app.fetch(new Request('http://x/'))).body?.cancel();
    await until(() => closed === 2, 'the generators to be closed');
  });
});

describe('closing', () => {
  it('happens for HEAD too, after the first piece of a source that gives pieces when asked', async () => {
    const seen: string[] = [];
    const app = new Bottle();
    app.get('/', function* () {
      try {
        yield 'a';
        seen.push('second');
        yield 'b';
      } finally {
        seen.push('closed');
      }
    });
    app.get('/bad', function* () {
      yield '';
      throw new HTTPError(410);
    });
    app.get('/missing', async () => Readable.from((await open('/nowhere/at/all')).createReadStream()));
    await serving(app, async (url) => {
      const answer = await exchange(url, 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n', 'HEAD');
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8']);
      expect((await exchange(url, 'HEAD /bad HTTP/1.1\r\nHost: x\r\n\r\n', 'HEAD')).status).toBe(410);
    });
    expect(seen).toEqual(['closed']);
  });

  it('of a file happens at its end, for HEAD, and where no body may be', async () => {
    const handles = await Promise.all([1, 2, 3].map(() => open(fileURLToPath(import.meta.url))));
    const app = new Bottle();
    app.get('/<n:int>', ({ n }, { response }) => {
      if (n === 2) response.status = 204;
      return handles[n];
    });
    await serving(app, async (url) => {
      expect((await exchange(url, get('/0'))).text).toContain('the files to be closed');
      expect((await exchange(url, 'HEAD /1 HTTP/1.1\r\nHost: x\r\n\r\n', 'HEAD')).status).toBe(200);
      expect((await exchange(url, get('/2'))).status).toBe(204);
      await until(() => handles.every(({ fd }) => fd === -1), 'the files to be closed');
      expect(handles.map(({ fd }) => fd)).toEqual([-1, -1, -1]);
    });
  });
});

describe('back-pressure', () => {
  const KIB_64 = 65_536;
  const MOST = 8 * 1024 * 1024;
  const endless: [string, (pulled: (bytes: number) => void) => unknown][] = [
    [
      'a generator',
      function* (pulled) {
        for (;;) {
          pulled(KIB_64);
          yield Buffer.alloc(KIB_64);
        }
      },
    ],
    [
      'an async generator',
      async function* (pulled) {
        for (;;) {
          pulled(KIB_64);
          yield Buffer.alloc(KIB_64);
        }
      },
    ],
    [
      'a Node stream',
      (pulled) =>
        new Readable({
          read() {
            pulled(KIB_64);
            this.push(Buffer.alloc(KIB_64));
          },
        }),
    ],
    [
      'a web stream',
      (pulled) =>
        new ReadableStream({
          pull(controller) {
            pulled(KIB_64);
            controller.enqueue(new Uint8Array(KIB_64));
          },
        }),
    ],
  ];

  it.each(endless)('keeps %s from running ahead of a client that does not read', async (_name, make) => {
    let bytes = 0;
    const { app } = appWith(() =>
      make((more) => {
        bytes += more;
      }),
    );
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.socket.pause();
      client.send(get('/'));
      await until(() => bytes > 0, 'the first piece');
      let before = -1;
      while (before !== bytes) {
        before = bytes;
        await wait(50);
      }
      // What the system's socket buffers take is all that may be gone.
      expect(bytes).toBeLessThan(MOST);
      client.socket.resume();
      await until(() => bytes > before + KIB_64 * 4, 'more, now that the client reads');
      client.close();
    });
  });

  it.each(endless)('keeps %s from running ahead in process', async (_name, make) => {
    let bytes = 0;
    const { app } = appWith(() =>
      make((more) => {
        bytes += more;
      }),
    );
    const answer = await app.fetch(new Request('http://x/'));
    await wait(20);
    expect(bytes).toBeLessThan(KIB_64 * 8);
    const reader = answer.body?.getReader();
    for (let i = 0; i < 20; i++) await reader?.read();
    expect(bytes).toBeGreaterThanOrEqual(KIB_64 * 20);
    await reader?.cancel();
  });

  it('leaves time for other requests, however fast the client reads', async () => {
    const { app } = appWith(function* () {
      for (;;) yield 'x'.repeat(1000);
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.socket.removeAllListeners('data');
      client.socket.resume();
      client.send(get('/'));
      await wait(20);
      expect((await exchange(url, get('/probe'))).text).toBe('alive');
      client.close();
      await once(client.socket, 'close');
    });
  });
});
