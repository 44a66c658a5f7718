import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { BodyQueue, Bottle, HTTPError, type RunningServer } from 'bottlenose';
import { until } from '../../servers/raw-client.js';

const quiet = (): Bottle => new Bottle({ logger: () => undefined });

async function serve(app: Bottle, test: (url: URL) => Promise<void>): Promise<void> {
  const server: RunningServer = await app.run({ port: 0, quiet: true, shutdownTimeout: 100 });
  try {
    await test(new URL(server.url));
  } finally {
    await server.close();
  }
}

async function get(app: Bottle, method = 'GET'): Promise<{ status: number; text: string }> {
  const answer = await app.fetch(new Request('http://localhost/', { method }));
  return { status: answer.status, text: await answer.text() };
}

describe('a BodyQueue', () => {
  it('sends what callbacks put into it, before and after it is returned', async () => {
    const app = quiet().get('/', () => {
      const body = new BodyQueue();
      body.put('a');
      body.put('');
      body.put(new Uint8Array([98]).buffer);
      setTimeout(() => {
        body.put(Buffer.from('c'));
        body.end();
      }, 5);
      return body;
    });
    expect(await get(app)).toEqual({ status: 200, text: 'abc' });
  });

  it('without a chunk is an empty body', async () => {
    const app = quiet().get('/', () => {
      const body = new BodyQueue();
      body.end();
      return body;
    });
    expect(await get(app)).toEqual({ status: 200, text: '' });
  });

  it('that fails before anything was sent is an error page, even if chunks were waiting', async () => {
    const app = quiet().get('/', () => {
      const body = new BodyQueue();
      body.put('half of it');
      body.fail(new HTTPError(503, 'No log today.'));
      return body;
    });
    const { status, text } = await get(app);
    expect(status).toBe(503);
    expect(text).toContain('No log today.');
    expect(text).not.toContain('half of it');
  });

  it('that fails while the client waits for the first chunk is an error page', async () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) }).get('/', () => {
      const body = new BodyQueue();
      setTimeout(() => body.fail(new Error('disk on fire')), 5);
      return body;
    });
    const { status, text } = await get(app);
    expect(status).toBe(500);
    expect(text).not.toContain('fire');
    expect(logged).toHaveLength(1);
  });

  it('that fails after the first chunk cuts the connection, so that the client notices', async () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) }).get('/', () => {
      const body = new BodyQueue();
      body.put('first');
      setTimeout(() => body.fail(new Error('disk on fire')), 20);
      return body;
    });
    await serve(app, async (url) => {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      await expect(answer.text()).rejects.toThrow();
      expect(String(logged[0])).toContain('disk on fire');
    });
  });

  it('asks its producer to wait for a slow client, and holds no more than it was told to', async () => {
    const piece = Buffer.alloc(64 * 1024, 120);
    const total = 400;
    let ahead = 0;
    const app = quiet().get('/', () => {
      const body = new BodyQueue({ highWaterMark: 128 * 1024 });
      const fill = async (): Promise<void> => {
        for (let i = 0; i < total; i++) {
          ahead = i;
          if (!(await body.put(piece))) return;
        }
        body.end();
      };
      void fill();
      return body;
    });
    await serve(app, async (url) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.write('GET / HTTP/1.0\r\n\r\n');
      await once(socket, 'readable');
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(ahead).toBeLessThan(total - 50);
      let received = 0;
      for await (const chunk of socket) received += (chunk as Buffer).length;
      expect(received).toBeGreaterThan(total * piece.length);
    });
  });

  it('tells its producer when the client leaves: put gives false, the signal aborts', async () => {
    let told: ((what: unknown) => void) | undefined;
    const outcome = new Promise((resolve) => {
      told = resolve;
    });
    const app = quiet().get('/', () => {
      const body = new BodyQueue();
      const aborted = once(body.signal, 'abort');
      const fill = async (): Promise<void> => {
        while (await body.put('x'.repeat(10_000))) await new Promise((resolve) => setTimeout(resolve, 1));
        await aborted;
        // What comes late from a callback does no harm.
        told?.({ closed: body.closed, late: await body.put('late'), reason: (body.signal.reason as Error).name });
        body.fail(new Error('nobody hears this'));
        body.end();
      };
      void fill();
      return body;
    });
    await serve(app, async (url) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(socket, 'data');
      socket.destroy();
      expect(await outcome).toEqual({ closed: true, late: false, reason: 'AbortError' });
    });
  });

  it('wakes a producer that waits for room when the client leaves', async () => {
    let gave: Promise<boolean> | undefined;
    const app = quiet().get('/', () => {
      const body = new BodyQueue({ highWaterMark: 1 });
      body.put('a');
      gave = body.put('b'.repeat(50_000_000)).then(() => body.put('c'.repeat(50_000_000)));
      return body;
    });
    await serve(app, async (url) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(socket, 'data');
      socket.destroy();
      expect(await gave).toBe(false);
    });
  });

  it('is not read for HEAD, which its producer learns', async () => {
    let gave: unknown;
    const app = quiet().get('/', () => {
      const body = new BodyQueue();
      setTimeout(async () => {
        gave = [await body.put('x'), body.signal.aborted];
      }, 10);
      return body;
    });
    expect(await get(app, 'HEAD')).toEqual({ status: 200, text: '' });
    await until(() => gave !== undefined, 'the producer');
    expect(gave).toEqual([false, true]);
  });

  it('does not abort its signal when it was sent completely', async () => {
    let body: BodyQueue | undefined;
    const app = quiet().get('/', () => {
      body = new BodyQueue();
      body.put('all');
      body.end();
      return body;
    });
    expect((await get(app)).text).toBe('all');
    expect(body?.signal.aborted).toBe(false);
    expect(body?.closed).toBe(true);
  });

  it('reports misuse where it happens', async () => {
    const body = new BodyQueue();
    expect(() => body.put(7 as never)).toThrow('takes a string or bytes, not a value of type number');
    expect(() => body.put(null as never)).toThrow('type null');
    body.end();
    body.end();
    expect(() => body.put('x')).toThrow('put() was called after end()');
    const failed = new BodyQueue();
    failed.fail(new Error('x'));
    failed.fail(new Error('y'));
    failed.end();
    expect(() => failed.put('x')).toThrow('put() was called after fail()');
    for await (const _ of body) expect(_).toBeUndefined();
    expect(() => body[Symbol.asyncIterator]()).toThrow('being read already');
    expect(() => new BodyQueue({ highWaterMark: 0 })).toThrow('highWaterMark');
  });
});
