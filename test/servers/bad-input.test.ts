import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { exchange, get, RawClient, request, serving, until, wait } from './raw-client.js';

/** An app that counts its handlers' calls, and what it logs. */
function countingApp(): { app: Bottle; calls: string[]; log: unknown[] } {
  const calls: string[] = [];
  const log: unknown[] = [];
  const app = new Bottle({ maxBody: 1000, logger: (_message, error) => log.push(error) });
  app.get('/probe', () => 'alive');
  app.post('/echo', (_args, { request: { text } }) => {
    calls.push('echo');
    return text;
  });
  app.post('/json', (_args, { request: { json } }) => {
    calls.push('json');
    return { json };
  });
  app.post('/early', { stream: true }, () => {
    calls.push('early');
    return 'enough';
  });
  app.post('/some', { stream: true }, async (_args, { request: { stream } }) => {
    calls.push('some');
    for await (const chunk of stream) return `began with ${chunk[0]}`;
    return 'nothing';
  });
  app.get('/<name>', ({ name }) => {
    calls.push('name');
    return name;
  });
  return { app, calls, log };
}

async function alive(url: string): Promise<void> {
  expect((await exchange(url, get('/probe'))).text).toBe('alive');
}

describe('over a socket', () => {
  it.each(['/%', '/%zz', '/%ff', '/%c3%28', '/%ed%a0%80', '/a%00%', '/\xff'])(
    'a path that is not UTF-8 is 400, and no handler sees it: %s',
    async (path) => {
      const { app, calls, log } = countingApp();
      await serving(app, async (url) => {
        const answer = await exchange(url, get(path));
        expect([answer.status, answer.headers['content-type']]).toEqual([400, expect.stringContaining('text/')]);
        await alive(url);
      });
      expect([calls, log]).toEqual([[], []]);
    },
  );

  it.each(['get / HTTP/1.1', 'ABSURD / HTTP/1.1', `${'A'.repeat(5000)} / HTTP/1.1`, 'GET / HTTP/3.7', '\0\0\0'])(
    'a malformed request line is 400 at most, and the connection ends: %s',
    async (line) => {
      const { app, calls } = countingApp();
      await serving(app, async (url) => {
        const answer = await exchange(url, `${line}\r\nHost: x\r\n\r\n`);
        expect([answer.status, answer.headers.connection]).toEqual([400, 'close']);
        expect(answer.text).toContain('not an HTTP request');
        await alive(url);
      });
      expect(calls).toEqual([]);
    },
  );

  it.each([
    ['PROPFIND', 405],
    ['M-SEARCH', 405],
    ['DELETE', 405],
    ['HEAD', 200],
  ])('a verb that nobody takes is 405 with what is allowed: %s', async (verb, status) => {
    await serving(countingApp().app, async (url) => {
      const answer = await exchange(url, request(verb, '/probe'), verb);
      expect(answer.status).toBe(status);
      if (status === 405) expect(answer.headers.allow).toContain('GET');
    });
  });

  it('headers, or a URL, over the limit are 431', async () => {
    const { app, calls } = countingApp();
    await serving(app, async (url) => {
      const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: a`);
      for (const bytes of [get('/probe', `X: ${'a'.repeat(20_000)}`), get(`/${'a'.repeat(20_000)}`), get('/probe', ...many)]) {
        const answer = await exchange(url, bytes);
        expect([answer.status, answer.headers.connection]).toEqual([431, 'close']);
      }
      expect((await exchange(url, get(`/${'a'.repeat(10_000)}`))).status).toBe(200);
      await alive(url);
    });
    expect(calls).toEqual(['name']);
  });

  it.each([
    ['conflicting lengths', 'POST', ['Content-Length: 3', 'Content-Length: 4'], 'abcd'],
    ['a length twice', 'POST', ['Content-Length: 3', 'Content-Length: 3'], 'abc'],
    ['a list of lengths', 'POST', ['Content-Length: 3, 3'], 'abc'],
    ['a length beside chunks', 'POST', ['Content-Length: 3', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a negative length', 'POST', ['Content-Length: -1'], ''],
    ['a length that is not a number', 'POST', ['Content-Length: 3a'], 'abc'],
    ['an unknown coding', 'POST', ['Transfer-Encoding: absurd'], 'abc'],
    ['chunked not last', 'POST', ['Transfer-Encoding: chunked, gzip'], 'abc'],
    ['a space before the colon', 'POST', ['Content-Length : 3'], 'abc'],
    ['a folded header', 'POST', ['X: a\r\n b', 'Content-Length: 3'], 'abc'],
    ['a malformed header', 'POST', ['absurd'], ''],
    ['a NUL in a header', 'POST', ['X: a\0b'], ''],
  ])('a request that two servers would read differently runs no handler twice: %s', async (_name, verb, headers, body) => {
    const { app, calls } = countingApp();
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      const answer = await client.send(request(verb, '/echo', headers, body)).answer();
      expect([200, 400, 501]).toContain(answer?.status);
      if (answer?.status !== 200) expect(calls).toEqual([]);
      client.close();
      await alive(url);
    });
    expect(calls.length).toBeLessThan(2);
  });

  it.each([
    ['no size', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['a size beyond all bounds', `${'f'.repeat(40)}\r\nabc`],
    ['a chunk longer than its size', '2\r\nabc\r\n0\r\n\r\n'],
    ['a negative size', '-1\r\n\r\n'],
    ['a broken trailer', '3\r\nabc\r\n0\r\nab\0c\r\n\r\n'],
    ['an extension beyond all bounds', `1;${'a'.repeat(40_000)}\r\na\r\n0\r\n\r\n`],
  ])('broken chunks are refused, and reach no handler: %s', async (_name, body) => {
    const { app, calls } = countingApp();
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      const answer = await client.send(request('POST', '/echo', ['Transfer-Encoding: chunked'], body)).answer();
      expect([400, 413]).toContain(answer?.status);
      await client.closed;
      await alive(url);
    });
    expect(calls).toEqual([]);
  });

  it.each([
    ['an empty coding', 400, ['Transfer-Encoding:'], ''],
    ['an empty coding beside a length', 400, ['Transfer-Encoding: ', 'Content-Length: 2'], 'ab'],
    ['a length beside an empty coding', 400, ['Content-Length: 2', 'Transfer-Encoding:\t'], 'ab'],
    ['a coding before chunked', 501, ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'],
    ['a second Host', 400, ['Host: example.org', 'Content-Length: 2'], 'ab'],
  ])(
    'a refused request ends the connection, and what follows it reaches no handler: %s',
    async (_name, status, headers, body) => {
      const { app, calls } = countingApp();
      await serving(app, async (url) => {
        const client = await RawClient.connect(url);
        client.send(request('POST', '/echo', headers, body) + get('/next'));
        expect((await client.answer())?.status).toBe(status);
        await client.closed;
        expect(client.received).toBe('');
      });
      expect(calls).toEqual([]);
    },
  );

  it.each(['/echo', '/none/at/all'])(
    'a body over the limit is 413, announced or not, and the connection ends (%s)',
    async (path) => {
      const { app, calls } = countingApp();
      const status = path === '/echo' ? 413 : 404;
      await serving(app, async (url) => {
        const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
        const bodies = [
          request('POST', path, ['Content-Length: 9999999'], 'x'.repeat(100)),
          request('POST', path, ['Transfer-Encoding: chunked'], chunk.repeat(3)),
        ];
        const talk = async (bytes: string): Promise<void> => {
          const client = await RawClient.connect(url);
          const answer = await client.send(bytes).answer();
          expect([answer?.status, answer?.headers.connection]).toEqual([status, 'close']);
          await client.closed;
        };
        await Promise.all(bodies.map(talk));
        await alive(url);
      });
      expect(calls).toEqual([]);
    },
  );

  it('a client that keeps on sending still gets its 413, and does no harm', async () => {
    const { app, calls } = countingApp();
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(request('POST', '/echo', ['Content-Length: 9000000000']));
      let sent = 0;
      let stopped = false;
      void client.closed.then(() => {
        stopped = true;
      });
      const block = Buffer.alloc(256 * 1024, 120);
      const sending = (async () => {
        while (!stopped && sent < 200_000_000) {
          sent += block.length;
          if (!client.socket.write(block)) await new Promise((resolve) => setTimeout(resolve, 1));
          if (client.socket.writableLength > 4_000_000) await wait(5);
        }
      })();
      expect((await client.answer())?.status).toBe(413);
      await sending;
      expect(sent).toBeLessThan(100_000_000);
      await alive(url);
    });
    expect(calls).toEqual([]);
  });

  it('a small body that nobody wants leaves the connection open, and is not taken for a request', async () => {
    const { app, calls } = countingApp();
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      const hidden = get('/hidden');
      for (const path of ['/none/at/all', '/early', '/some']) {
        const answer = await client.send(request('POST', path, [`Content-Length: ${hidden.length}`], hidden)).answer();
        expect([path, answer?.status]).toEqual([path, path === '/none/at/all' ? 404 : 200]);
      }
      client.send(request('POST', '/some', ['Content-Length: 200000'], 'x'.repeat(100_000)));
      expect((await client.answer())?.text).toBe('began with 120');
      client.send('x'.repeat(100_000) + get('/probe'));
      expect((await client.answer())?.text).toBe('alive');
      client.close();
    });
    expect(calls).toEqual(['early', 'some', 'some']);
  });

  it('a body that ends early reaches no handler', async () => {
    const { app, calls, log } = countingApp();
    await serving(app, async (url) => {
      for (const [headers, body] of [
        [['Content-Length: 10'], 'abc'],
        [['Transfer-Encoding: chunked'], '3\r\nab'],
        [['Transfer-Encoding: chunked'], '3\r\nabc\r\n'],
      ] as const) {
        const client = await RawClient.connect(url);
        client.send(request('POST', '/echo', headers, body));
        await wait(10);
        client.socket.end();
        const answer = await client.answer().catch(() => undefined);
        if (answer !== undefined) expect(answer.status).toBe(400);
        await client.closed;
      }
      await alive(url);
    });
    expect([calls, log]).toEqual([[], []]);
  });

  it.each([
    ['broken', '{"a":'],
    ['deep', '['.repeat(300) + ']'.repeat(300)],
    ['poisoned', '{"__proto__":{"a":1}}'],
    ['no UTF-8', '"\xff"'],
  ])('JSON that is %s is refused, and the connection goes on', async (_name, body) => {
    const { app, log } = countingApp();
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      const length = `Content-Length: ${body.length}`;
      const bytes = request('POST', '/json', ['Content-Type: application/json', length], body);
      const refused = await client.send(bytes).answer();
      expect([refused?.status, refused?.headers['content-type']]).toEqual([400, 'application/problem+json']);
      expect((await client.send(get('/probe')).answer())?.text).toBe('alive');
      client.close();
    });
    expect(log).toEqual([]);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  it('a client that vanishes, before, during or after, does no harm', async () => {
    const { app, log } = countingApp();
    const rejections: unknown[] = [];
    const note = (error: unknown): void => {
      rejections.push(error);
    };
    process.on('unhandledRejection', note);
    app.get('/slow', async () => {
      await wait(20);
      return 'x'.repeat(100_000);
    });
    app.post('/watched', { stream: true }, async (_args, { request: { stream } }) => {
      stream.read();
      await wait(30);
      return 'read';
    });
    await serving(app, async (url) => {
      for (const [bytes, ms] of [
        ['', 0],
        ['GET /pro', 2],
        [get('/probe'), 0],
        [get('/probe'), 5],
        [get('/slow'), 5],
        [get('/slow').repeat(20), 5],
        [request('POST', '/echo', ['Content-Length: 100'], 'abc'), 5],
        [request('POST', '/watched', ['Content-Length: 100'], 'abc'), 5],
        [request('POST', '/some', ['Content-Length: 100'], ''), 5],
      ] as const) {
        for (const way of ['destroy', 'resetAndDestroy', 'end'] as const) {
          const client = await RawClient.connect(url);
          client.send(bytes);
          await wait(ms);
          client.socket[way]();
          if (way === 'end') setTimeout(() => client.close(), 5);
        }
      }
      await wait(60);
      await alive(url);
    });
    process.off('unhandledRejection', note);
    expect([rejections, log]).toEqual([[], []]);
  });
});

/** A body that is too large, so that the answer ends the connection, and more requests behind it. */
function behindRefusal(): string {
  const chunked = (bytes: number): string => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`;
  const one = (verb: string, bytes: number): string => request(verb, '/x', ['Transfer-Encoding: chunked'], chunked(bytes));
  return get('/probe') + one('PUT', 5000) + one('OPTIONS', 5) + one('POST', 400) + get('/probe');
}

describe('a client that is gone before its pipelined requests are answered', () => {
  const servers: [string, (app: Bottle, use: (url: string) => Promise<void>) => Promise<void>][] = [
    ['run()', serving],
    [
      'node:http with app.listener',
      async (app, use) => {
        const server = createServer(app.listener).listen(0, '127.0.0.1');
        await once(server, 'listening');
        await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        server.closeAllConnections();
        server.close();
      },
    ],
  ];

  it.each(servers)('does not end the process: %s', async (_name, serve) => {
    const { app } = countingApp();
    await serve(app, async (url) => {
      // Whether the server finds it gone in the midst of them differs from client to client.
      for (let i = 0; i < 200; i++) {
        const client = await RawClient.connect(url);
        client.send(behindRefusal());
        client.socket.destroySoon();
        await client.closed;
      }
      await alive(url);
    });
  });
});

describe('a route that reads its body itself', () => {
  it('makes the client wait while it does not read', async () => {
    const app = new Bottle();
    let go = (): void => undefined;
    const ready = new Promise<void>((resolve) => {
      go = resolve;
    });
    app.post('/', { stream: true }, async (_args, { request: { stream } }) => {
      await ready;
      let size = 0;
      for await (const chunk of stream) size += chunk.length;
      return String(size);
    });
    await serving(app, async (url) => {
      const size = 64 * 1024 * 1024;
      const client = await RawClient.connect(url);
      client.send(request('POST', '/', [`Content-Length: ${size}`]));
      client.socket.write(Buffer.alloc(size));
      let before = -1;
      while (before !== client.socket.bytesWritten - client.socket.writableLength) {
        before = client.socket.bytesWritten - client.socket.writableLength;
        await wait(50);
      }
      expect(client.socket.writableLength).toBeGreaterThan(size / 2);
      go();
      expect((await client.answer())?.text).toBe(String(size));
      client.close();
    });
  });

  it('learns of a client that leaves, by the stream and by the signal', async () => {
    const seen: string[] = [];
    const app = new Bottle({ logger: () => undefined });
    app.post('/', { stream: true }, async (_args, { request: { stream, signal } }) => {
      signal.addEventListener('abort', () => seen.push(String((signal.reason as Error).name)));
      try {
        for await (const _chunk of stream) seen.push('chunk');
        seen.push('end');
      } catch (error) {
        seen.push(String((error as { status?: number }).status));
      }
      return 'x';
    });
    await serving(app, async (url) => {
      const client = await RawClient.connect(url);
      client.send(request('POST', '/', ['Content-Length: 100'], 'abc'));
      await until(() => seen.length > 0, 'the first chunk');
      client.close();
      await until(() => seen.length === 3, 'both to be told');
    });
    expect(seen.sort()).toEqual(['400', 'AbortError', 'chunk']);
  });
});
