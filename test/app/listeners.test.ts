import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { abort, Bottle } from 'bottlenose';
import express, { type ErrorRequestHandler } from 'express';

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
