import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { abort, Bottle, Controller, Hook, type Request, WebSocket, WebSocketConnection } from 'bottlenose';
import { isolate, HandshakeError, TestClient } from 'bottlenose/testing';
import { until } from '../servers/raw-client.js';

const ended: unknown[] = [];

@Controller()
class Sockets {
  @Hook('beforeRequest')
  count(request: Request) {
    if (request.query.has('refuse')) abort(403, 'Not you.');
  }

  @WebSocket('/echo', { protocols: ['v1'], maxMessage: 100 })
  async echo(socket: WebSocketConnection, request: Request) {
    const { signal } = request;
    for await (const message of socket) await socket.send(message);
    ended.push(await socket.closed, signal.aborted);
  }

  @WebSocket('/who/<name>')
  async who(name: string, socket: WebSocketConnection, request: Request, db: { greeting: string }) {
    await socket.send({ name, cookie: request.getCookie('a'), greeting: db.greeting });
    socket.close(4000, 'done');
  }
}

const client = isolate(Sockets, { db: { greeting: 'hello' } }, { app: { logger: () => undefined } });

describe('client.ws()', () => {
  it('talks to a WebSocket without a socket', async () => {
    const socket = await client.ws('/echo', { protocols: ['v0', 'v1'] });
    expect(socket.protocol).toBe('v1');
    socket.send('one');
    socket.send({ two: 2 });
    socket.send(new Uint8Array([3]));
    expect(await socket.next()).toBe('one');
    expect(await socket.json()).toEqual({ two: 2 });
    expect(await socket.next()).toEqual(new Uint8Array([3]));
    socket.close(4001, 'bye');
    expect(await socket.closed).toEqual({ code: 4001, reason: 'bye' });
    await until(() => ended.length === 2, 'the method to end');
    expect(ended.splice(0)).toEqual([{ code: 4001, reason: 'bye' }, true]);
  });

  it('passes wildcards, cookies and values, and reports the end', async () => {
    client.cookies.set('a', 'b');
    const socket = await client.ws('/who/Ada');
    const messages: unknown[] = [];
    for await (const message of socket) messages.push(message);
    expect(messages).toEqual(['{"name":"Ada","cookie":"b","greeting":"hello"}']);
    await expect(socket.next()).rejects.toThrow("closed with 4000, 'done'");
  });

  it('delivers what it sent before it closed, although the method reads later', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const numbers: number[] = [];
    let code = 0;
    const app = new Bottle();
    app.route('/late', { method: 'WEBSOCKET' }, async ({ socket: peer }) => {
      await peer.send('ready');
      await held;
      for await (const message of peer) numbers.push(Number.parseInt(String(message), 10));
      code = (await peer.closed).code;
    });
    const socket = await new TestClient(app).ws('/late');
    await socket.next();
    // More than the app buffers, so that it pauses reading.
    for (let i = 0; i < 30; i++) socket.send(`${i} ${'x'.repeat(10_000)}`);
    socket.close(1000);
    await socket.closed;
    release();
    await until(() => code !== 0, 'the method to end');
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(code).toBe(1000);
  });

  it('closes with 1009 for a message that is too large, and sees a lost network as 1006', async () => {
    const large = await client.ws('/echo');
    large.send('x'.repeat(101));
    expect((await large.closed).code).toBe(1009);
    const lost = await client.ws('/echo');
    lost.terminate();
    expect((await lost.closed).code).toBe(1006);
  });

  it('throws a HandshakeError with the answer when it is refused', async () => {
    const refused = client.ws('/echo', { query: { refuse: 1 } });
    await expect(refused).rejects.toThrow(HandshakeError);
    await expect(refused).rejects.toMatchObject({ answer: { status: 403 } });
    await expect(client.ws('/nothing')).rejects.toMatchObject({ answer: { status: 404 } });
    await expect(client.ws('/echo', { headers: { Origin: 'https://evil.example' } })).rejects.toMatchObject({
      answer: { status: 403 },
    });
  });

  it('stores the cookies of the handshake', async () => {
    const app = new Bottle();
    app.hook('beforeRequest', ({ response }) => response.setCookie('seen', 'yes'));
    app.route('/ws', { method: 'WEBSOCKET' }, async ({ socket }) => {
      await socket.send('x');
    });
    const own = new TestClient(app);
    await (await own.ws('/ws')).next();
    expect(own.cookies.get('seen')).toBe('yes');
  });
});
