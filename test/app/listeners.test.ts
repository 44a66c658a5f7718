import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { abort, Bottle } from 'bottlenose';
import express, { type ErrorRequestHandler } from 'express';
import { WebSocket } from 'ws';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function lettingThrough(): { app: Bottle; logged: unknown[] } {
  const logged: unknown[] = [];
  const app = new Bottle({ catchall: false, logger: (_message, error) => void logged.push(error) });
  app.get('/now', () => {
    throw new RangeError('now');
  });
  app.get('/later', async () => {
    throw new RangeError('later');
  });
  app.get('/refused', () => abort(403, 'Not you.'));
  app.get('/fine', () => 'fine');
  return { app, logged };
}

describe('errors that an app lets through', () => {
  it.each(['run()', 'listener'])('are logged and answered with 500 by %s, and the next requests are served', async (door) => {
    const { app, logged } = lettingThrough();
    let url: string;
    if (door === 'run()') {
      const server = await app.run({ port: 0, quiet: true });
      closing.push(() => server.close());
      url = server.url;
    } else url = await listen(app.listener);
    for (const path of ['/now', '/later', '/now']) {
      const answer = await fetch(url + path);
      expect([answer.status, await answer.text()]).toEqual([500, '500 Internal Server Error']);
    }
    expect(await (await fetch(`${url}/fine`)).text()).toBe('fine');
    expect(logged).toEqual([new RangeError('now'), new RangeError('later'), new RangeError('now')]);
  });

  it('go to the error handler of the framework that the listener stands in', async () => {
    const { app, logged } = lettingThrough();
    const outer = express();
    const onError: ErrorRequestHandler = (error, _request, response, _next) => {
      response.status(503).send(`outside: ${error.message}`);
    };
    outer.use('/inner', app.listener);
    outer.use(onError);
    const url = await listen(outer);
    for (const name of ['now', 'later']) {
      const answer = await fetch(`${url}/inner/${name}`);
      expect([answer.status, await answer.text()]).toEqual([503, `outside: ${name}`]);
    }
    expect((await fetch(`${url}/inner/refused`)).status).toBe(403);
    expect(logged).toEqual([]);
  });

  it('end the request for the plugins, which learn that nothing was answered here', async () => {
    const { app } = lettingThrough();
    const finished: [number, string][] = [];
    app.install({
      around: (next) => (context) => {
        context.onFinish(({ status, ending }) => finished.push([status, ending]));
        return next(context);
      },
    });
    const outer = express();
    outer.use('/inner', app.listener);
    outer.use(((_error, _request, response, _next) => void response.status(503).send('outside')) as ErrorRequestHandler);
    const url = await listen(outer);
    for (const name of ['now', 'later', 'fine']) await fetch(`${url}/inner/${name}`);
    expect(finished).toEqual([
      [0, 'aborted'],
      [0, 'aborted'],
      [200, 'complete'],
    ]);
  });
});

describe('upgradeListener', () => {
  /** A server of node's own with an app's listeners, and what the first upgrade gave. */
  async function serve(onUpgrade: (upgraded: { goAway(): void; terminate(): void }) => void): Promise<string> {
    const app = new Bottle();
    app.route('/echo', { method: 'WEBSOCKET' }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message);
    });
    const server = createServer(app.listener).listen(0, '127.0.0.1');
    const { upgradeListener } = app;
    server.on('upgrade', (request, socket, head) => onUpgrade(upgradeListener(request, socket, head)));
    await once(server, 'listening');
    closing.push(() => server.close());
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('opens the WebSockets of an app on any server of node', async () => {
    const client = new WebSocket(`${await serve(() => undefined)}/echo`);
    client.on('open', () => client.send('hello'));
    const [message] = await once(client, 'message');
    expect(String(message)).toBe('hello');
    client.close();
    await once(client, 'close');
  });

  it('gives what closes the connection with 1001, also before the handshake is answered', async () => {
    const client = new WebSocket(`${await serve((upgraded) => upgraded.goAway())}/echo`);
    const [code] = await once(client, 'close');
    expect(code).toBe(1001);
  });

  it('gives what cuts the connection, also before the handshake is answered', async () => {
    const client = new WebSocket(`${await serve((upgraded) => upgraded.terminate())}/echo`);
    client.on('error', () => undefined);
    const [code] = await once(client, 'close');
    expect(code).toBe(1006);
  });
});
