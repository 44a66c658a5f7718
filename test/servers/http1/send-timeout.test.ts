import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { certificate } from '../certificate.js';
import { get, RawClient, serving, until } from '../raw-client.js';

/** An app whose answer is larger than what the system buffers, and a promise of the reason why it was aborted. */
function largeApp(): { app: Bottle; aborted: Promise<unknown> } {
  const app = new Bottle({ logger: () => undefined });
  app.get('/', () => 'home');
  const aborted = new Promise((resolve) => {
    app.get('/endless', async function* (_args, { request }) {
      request.signal.addEventListener('abort', () => resolve(request.signal.reason));
      for (;;) yield 'x'.repeat(100_000);
    });
  });
  app.get('/whole', () => 'x'.repeat(50_000_000));
  return { app, aborted };
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

describe.each([
  ['node', { server: 'node' }],
  ['http2', { server: 'http2' }],
])('sendTimeout of %s', (_name, options) => {
  it('disconnects a client that does not read a stream, and aborts its signal', async () => {
    const { app, aborted } = largeApp();
    await serving(
      app,
      async (url) => {
        const client = await RawClient.connect(url);
        client.socket.pause();
        client.send(get('/endless'));
        expect(await aborted).toMatchObject({ name: 'AbortError' });
        client.socket.resume();
        await client.closed;
      },
      { ...options, sendTimeout: 100 },
    );
  });

  it('disconnects a client that does not read an answer that was sent at once', async () => {
    const { app } = largeApp();
    await serving(
      app,
      async (url) => {
        const before = openSockets();
        const client = await RawClient.connect(url);
        client.socket.pause();
        await until(() => openSockets() === before + 2, 'both ends of the connection');
        client.send(get('/whole'));
        await until(() => openSockets() === before + 1, 'the end of the connection at the server');
        client.close();
      },
      { ...options, sendTimeout: 100 },
    );
  });

  it('does not affect an answer that takes longer, or a client that reads', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.get('/slow', () => new Promise((resolve) => setTimeout(resolve, 300, 'slow')));
    await serving(
      app,
      async (url) => {
        const client = await RawClient.connect(url);
        for (let i = 0; i < 2; i++) expect((await client.send(get('/slow')).answer())?.text).toBe('slow');
        client.close();
      },
      { ...options, sendTimeout: 50 },
    );
  });
});

describe('sendTimeout over TLS', () => {
  it('disconnects a client that does not read', async () => {
    const { app, aborted } = largeApp();
    await serving(
      app,
      async (url) => {
        const { connect: connectTls } = await import('node:tls');
        const socket = connectTls({ port: Number(new URL(url).port), rejectUnauthorized: false });
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        socket.pause();
        socket.write(get('/endless'));
        expect(await aborted).toMatchObject({ name: 'AbortError' });
        socket.destroy();
      },
      { server: 'node', sendTimeout: 100, ...certificate() },
    );
  });
});

describe('sendTimeout of a stream of HTTP/2', () => {
  it('cancels a stream that is not read, and keeps the connection', async () => {
    const { app, aborted } = largeApp();
    await serving(
      app,
      async (url) => {
        const session = connect(url);
        const stalled = session.request({ ':path': '/endless' });
        stalled.on('error', () => undefined);
        stalled.pause();
        expect(await aborted).toMatchObject({ name: 'AbortError' });
        const other = session.request({ ':path': '/' });
        let text = '';
        for await (const chunk of other) text += chunk;
        expect(text).toBe('home');
        session.destroy();
      },
      { server: 'http2', sendTimeout: 100 },
    );
  });
});
