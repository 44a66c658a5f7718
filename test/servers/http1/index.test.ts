import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { get, RawClient, request, serving } from '../raw-client.js';

function smallApp(): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.get('/', () => 'home');
  app.post('/echo', (_args, { request: { text } }) => text);
  app.get('/pending', () => new Promise((resolve) => setTimeout(resolve, 400, 'late')));
  return app;
}

describe.each(['node', 'http2'])('limits of %s', (server) => {
  it('let a connection be idle for longer than proxies keep theirs, and say so', async () => {
    await serving(
      smallApp(),
      async (url) => {
        const client = await RawClient.connect(url);
        expect((await client.send(get('/')).answer())?.headers['keep-alive']).toBe('timeout=72');
        client.close();
      },
      { server },
    );
  });

  it('end a connection that has been idle for keepAliveTimeout, but none that waits for its answer', async () => {
    await serving(
      smallApp(),
      async (url) => {
        const idle = await RawClient.connect(url);
        expect((await idle.send(get('/')).answer())?.text).toBe('home');
        const waiting = await RawClient.connect(url);
        expect((await waiting.send(get('/pending')).answer())?.text).toBe('late');
        expect(await idle.closed).toBeUndefined();
        waiting.close();
      },
      { server, keepAliveTimeout: 50 },
    );
  });

  it('answer 408 to a head that takes longer than headersTimeout, and to a body that takes longer than requestTimeout', async () => {
    await serving(
      smallApp(),
      async (url) => {
        for (const beginning of ['GET / HTTP/1.1\r\nHost: ', request('POST', '/echo', ['Content-Length: 10'], 'half')]) {
          const slow = await RawClient.connect(url);
          expect((await slow.send(beginning).answer())?.status).toBe(408);
          await slow.closed;
        }
      },
      { server, headersTimeout: 200, requestTimeout: 400 },
    );
  });

  it('answer 431 to a head that is larger than maxHeaderSize', async () => {
    await serving(
      smallApp(),
      async (url) => {
        for (const [length, status] of [
          [900, 200],
          [1100, 431],
        ] as const) {
          const client = await RawClient.connect(url);
          expect((await client.send(get('/', `X: ${'x'.repeat(length)}`)).answer())?.status).toBe(status);
          client.close();
        }
      },
      { server, maxHeaderSize: 1024 },
    );
  });

  it('close connections beyond maxConnections at once, until one of the others has gone', async () => {
    await serving(
      smallApp(),
      async (url) => {
        const first = await RawClient.connect(url);
        const second = await RawClient.connect(url);
        for (const client of [first, second]) expect((await client.send(get('/')).answer())?.text).toBe('home');
        const third = await RawClient.connect(url);
        third.send(get('/'));
        await third.closed;
        expect(third.received).toBe('');
        first.close();
        for (let answered = false; !answered; ) {
          const next = await RawClient.connect(url);
          answered =
            (
              await next
                .send(get('/'))
                .answer()
                .catch(() => undefined)
            )?.text === 'home';
          next.close();
        }
        second.close();
      },
      { server, maxConnections: 2 },
    );
  });
});
