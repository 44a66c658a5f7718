import { EventEmitter, on, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Bottle, eventStream, type Events, HTTPError, type RunningServer, type ServerEvent } from 'bottlenose';
import { get, RawClient, until } from '../../servers/raw-client.js';

async function read(source: unknown, options?: object, headers: Record<string, string> = {}): Promise<string> {
  const app = new Bottle({ logger: () => undefined });
  app.get('/', () => eventStream(source as Events, options));
  const answer = await app.fetch(new Request('http://localhost/', { headers }));
  return answer.text();
}

async function withServer(app: Bottle, test: (url: URL) => Promise<void>): Promise<void> {
  const server: RunningServer = await app.run({ port: 0, quiet: true, shutdownTimeout: 100 });
  try {
    await test(new URL(server.url));
  } finally {
    await server.close();
  }
}

async function open(url: URL): Promise<{ socket: Socket; text: () => string; until: (part: string) => Promise<string> }> {
  const socket = connect(Number(url.port), url.hostname);
  socket.setEncoding('latin1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n');
  const until = async (part: string): Promise<string> => {
    while (!text.includes(part)) await once(socket, 'data');
    return text;
  };
  return { socket, text: () => text, until };
}

describe('an event', () => {
  const one = (event: ServerEvent | string): Promise<string> => read([event]);

  it('is a string, or an object with data, event, id, retry and comment', async () => {
    expect(await one('hello')).toBe('data: hello\n\n');
    expect(await one({ data: 'x', event: 'tick', id: 7, retry: 2000, comment: 'c' })).toBe(
      ': c\nevent: tick\nid: 7\nretry: 2000\ndata: x\n\n',
    );
  });

  it('has objects, numbers and null as JSON', async () => {
    expect(await one({ data: { a: 'line\nbreak' } })).toBe('data: {"a":"line\\nbreak"}\n\n');
    expect(await one({ data: 5 })).toBe('data: 5\n\n');
    expect(await one({ data: null })).toBe('data: null\n\n');
  });

  it('has as many data lines as its text has lines, whatever ends them, so that none becomes a field', async () => {
    expect(await one('a\nb\r\nc\rid: 1\n')).toBe('data: a\ndata: b\ndata: c\ndata: id: 1\ndata: \n\n');
    expect(await one({ comment: 'a\revent: x', data: '' })).toBe(': a\n: event: x\ndata: \n\n');
  });

  it.each([
    [{ id: 'a\nb' }, 'The `id` of a server-sent event has a line break or NUL'],
    [{ id: 'a\0' }, 'The `id`'],
    [{ event: 'a\rdata: x' }, 'The `event`'],
    [{ retry: 1.5 }, '`retry` 1.5'],
    [{ retry: -1 }, '`retry` -1'],
    [{ evnet: 'x' }, "the property 'evnet', which means nothing"],
    [{ data: new Uint8Array(2) }, 'of type Uint8Array'],
    [{ data: () => 1 }, 'of type function'],
    [7, 'a value of type number'],
    [['a'], 'a value of type Array'],
    [Buffer.from('x'), 'a value of type Buffer'],
  ])('is refused when it cannot be sent: %p', async (event, message) => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_text, error) => logged.push(error) });
    app.get('/', () => eventStream([event as ServerEvent]));
    const answer = await app.fetch(new Request('http://localhost/'));
    expect(answer.status).toBe(500);
    expect(String(logged[0])).toContain(message);
  });
});

describe('eventStream', () => {
  it('sends the headers that keep caches and proxies from holding events back', async () => {
    const app = new Bottle().get('/', () => eventStream(['x'], { headers: { 'X-Own': '1', 'X-Accel-Buffering': 'yes' } }));
    const { headers } = await app.fetch(new Request('http://localhost/'));
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(headers.get('x-own')).toBe('1');
    expect(headers.get('x-accel-buffering')).toBe('yes');
    expect(headers.has('content-length')).toBe(false);
  });

  it('takes iterables, generators of either kind, and functions and promises of them', async () => {
    const async = async function* (): AsyncGenerator<string> {
      yield 'a';
      yield 'b';
    };
    const sync = function* (): Generator<string> {
      yield 'a';
      yield 'b';
    };
    const expected = 'data: a\n\ndata: b\n\n';
    expect(await read(async())).toBe(expected);
    expect(await read(sync())).toBe(expected);
    expect(await read(async)).toBe(expected);
    expect(await read(sync)).toBe(expected);
    expect(await read(async () => ['a', 'b'])).toBe(expected);
    expect(() => eventStream(7 as never)).toThrow('the source has to be an iterable');
    expect(() => eventStream([], { heartbeat: -1 })).toThrow('heartbeat');
    expect(() => eventStream([], { retry: 0.5 })).toThrow('retry');
  });

  it('tells the browser once when to come back', async () => {
    expect(await read(['a', 'b'], { retry: 500 })).toBe('retry: 500\n\ndata: a\n\ndata: b\n\n');
    expect(await read([], { retry: 500 })).toBe('retry: 500\n\n');
  });

  it('hands Last-Event-ID to the source', async () => {
    const source = (last: string | undefined): string[] => [String(last)];
    expect(await read(source)).toBe('data: undefined\n\n');
    expect(await read(source, {}, { 'last-event-id': '41' })).toBe('data: 41\n\n');
    expect(await read(source, {}, { 'last-event-id': Buffer.from('é').toString('latin1') })).toBe('data: é\n\n');
  });

  it('gives a clean error page when the source fails at once', async () => {
    const app = new Bottle();
    app.get('/', () =>
      eventStream(async function* () {
        await Promise.resolve();
        if (app) throw new HTTPError(403, 'Not for you.');
        yield 'never';
      }),
    );
    const answer = await app.fetch(new Request('http://localhost/'));
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toContain('text/html');
  });

  it('answers HEAD without asking the source', async () => {
    let asked = false;
    const app = new Bottle().get('/', () =>
      eventStream(() => {
        asked = true;
        return [];
      }),
    );
    const answer = await app.fetch(new Request('http://localhost/', { method: 'HEAD' }));
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(asked).toBe(false);
  });
});

describe('an open event stream', () => {
  it('sends its head at once, and every event as it comes', async () => {
    const bus = new EventEmitter();
    const app = new Bottle().get('/', () =>
      eventStream(async function* (_last, { signal }) {
        for await (const [data] of on(bus, 'news', { signal })) yield { data };
      }),
    );
    await withServer(app, async (url) => {
      const { socket, until } = await open(url);
      expect(await until(':\n\n')).toContain('HTTP/1.1 200 OK');
      bus.emit('news', { n: 1 });
      await until('data: {"n":1}\n\n');
      socket.destroy();
    });
  });

  it('is kept alive by comments while nothing happens', async () => {
    const app = new Bottle().get('/', () => eventStream(() => silence(), { heartbeat: 32 }));
    await withServer(app, async (url) => {
      const start = performance.now();
      const { socket, text } = await open(url);
      const count = () => text().split(':\n\n').length - 1;
      while (count() < 4) await once(socket, 'data');
      const beats = count();
      // However slow the machine, never more often than was said.
      expect(beats).toBeLessThanOrEqual((performance.now() - start) / 32 + 2);
      socket.destroy();
    });
  });

  it('has its source closed and its signal aborted when the client leaves', async () => {
    let closed: ((isAborted: boolean) => void) | undefined;
    const left = new Promise<boolean>((resolve) => {
      closed = resolve;
    });
    const app = new Bottle().get('/', () =>
      eventStream(async function* (_last, { signal }) {
        try {
          yield 'here';
          await once(signal, 'abort');
        } finally {
          closed?.(signal.aborted);
        }
      }),
    );
    await withServer(app, async (url) => {
      const { socket, until } = await open(url);
      await until('here');
      socket.destroy();
      expect(await left).toBe(true);
    });
  });

  it('has a source that was still being made closed when the client has left meanwhile', async () => {
    let returned: ((isAborted: boolean) => void) | undefined;
    const over = new Promise<boolean>((resolve) => {
      returned = resolve;
    });
    const app = new Bottle().get('/', () =>
      eventStream(async (_last, { signal }) => {
        await once(signal, 'abort');
        const events = {
          next: () => new Promise<never>(() => undefined),
          return: async () => {
            returned?.(signal.aborted);
            return { done: true as const, value: undefined };
          },
          [Symbol.asyncIterator]: () => events,
        };
        return events;
      }),
    );
    await withServer(app, async (url) => {
      const { socket, until } = await open(url);
      await until(':\n\n');
      socket.destroy();
      expect(await over).toBe(true);
    });
  });

  it('is cut when its source fails later, so that the browser comes back', async () => {
    const app = new Bottle({ logger: () => undefined }).get('/', () =>
      eventStream(async function* () {
        yield 'one';
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error('lost');
      }),
    );
    await withServer(app, async (url) => {
      const { socket, text } = await open(url);
      await once(socket, 'close');
      expect(text()).toContain('data: one');
      expect(text()).not.toContain('\r\n0\r\n');
    });
  });

  it('does not pile heartbeats up for a client that takes nothing', async () => {
    let pulled = 0;
    const app = new Bottle().get('/', () =>
      eventStream(
        (function* () {
          for (;;) {
            pulled++;
            yield 'x'.repeat(100_000);
          }
        })(),
        { heartbeat: 16 },
      ),
    );
    await withServer(app, async (url) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 150));
      const before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(pulled - before).toBeLessThan(3);
      socket.destroy();
    });
  });
});

describe('a server that stops', () => {
  it('ends its event streams well, closes their sources, and does not wait for its timeout', async () => {
    const reasons: string[] = [];
    let closed = 0;
    const app = new Bottle({ logger: () => undefined });
    app.get('/events', () =>
      eventStream(async function* (_last, { signal }) {
        try {
          yield 'here';
          await once(signal, 'abort');
          reasons.push(signal.reason.message);
          yield 'too late';
        } finally {
          closed++;
        }
      }),
    );
    app.get('/bare', () => eventStream(silence()));
    app.get('/sync', () => eventStream({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }));
    const server = await app.run({ port: 0, quiet: true, shutdownTimeout: 60_000 });
    const clients = await Promise.all(
      ['/events', '/bare', '/sync'].map(async (path) => (await RawClient.connect(server.url)).send(get(path))),
    );
    for (const [i, begun] of ['here\n\n', ':\n\n', ':\n\n'].entries())
      await until(() => clients[i]?.received.includes(begun) === true, 'each stream to begin');
    await server.close();
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(answers.map((answer) => answer?.text)).toEqual(['data: here\n\n', ':\n\n', ':\n\n']);
    expect([reasons, closed]).toEqual([['The server is stopping.'], 1]);
  });

  it('ends one that is asked for just then, which tells the browser when to come back', async () => {
    const app = new Bottle().get('/', () => 'home').get('/events', () => eventStream(silence(), { retry: 50 }));
    const server = await app.run({ port: 0, quiet: true, shutdownTimeout: 60_000 });
    const client = await RawClient.connect(server.url);
    await client.send(get('/')).answer();
    client.send(get('/events'));
    const closing = server.close();
    const answer = await client.answer();
    await closing;
    expect([answer?.status, answer?.headers['content-type'], answer?.text]).toEqual([200, 'text/event-stream', 'retry: 50\n\n']);
  });

  it('leaves those of other servers of the app alone', async () => {
    const bus = new EventEmitter();
    const app = new Bottle().get('/', () =>
      eventStream(async function* (_last, { signal }) {
        for await (const [data] of on(bus, 'news', { signal })) yield { data };
      }),
    );
    const other = await app.run({ port: 0, quiet: true });
    await withServer(app, async (url) => {
      const { socket, until } = await open(url);
      await until(':\n\n');
      await other.close();
      bus.emit('news', 1);
      const ended = once(socket, 'close').then(() => 'the stream has ended');
      expect(await Promise.race([until('data: 1\n'), ended])).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*:\n\n[\s\S]*data: 1\n/);
      socket.destroy();
    });
  });

  it('undoes what plugins do for them, as the source was not done', async () => {
    const ends: unknown[] = [];
    const app = new Bottle().get('/', (_args, context) => {
      context.onStreamEnd((error: unknown) => ends.push((error as Error | undefined)?.name));
      return eventStream(silence());
    });
    await withServer(app, async (url) => {
      const { until } = await open(url);
      await until(':\n\n');
    });
    expect(ends).toEqual(['AbortError']);
  });

  it('tells other streams and long polls by request.stopping, so that they can end', async () => {
    const app = new Bottle();
    app.get('/ticks', async function* (_args, { request: { stopping } }) {
      while (!stopping.aborted) {
        yield 'tick ';
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      yield 'end';
    });
    let polls = 0;
    app.get('/poll', async (_args, { request: { stopping } }) => {
      polls++;
      await once(stopping, 'abort');
      return { news: [] };
    });
    const server = await app.run({ port: 0, quiet: true, shutdownTimeout: 60_000 });
    const ticks = (await RawClient.connect(server.url)).send(get('/ticks'));
    const poll = (await RawClient.connect(server.url)).send(get('/poll'));
    await until(() => ticks.received.includes('tick') && polls === 1, 'both to be under way');
    await server.close();
    expect((await ticks.answer())?.text).toMatch(/^(?:tick )+end$/);
    expect((await poll.answer())?.text).toBe('{"news":[]}');
  });
});

async function* silence(): AsyncGenerator<string> {
  await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
  yield 'never';
}
