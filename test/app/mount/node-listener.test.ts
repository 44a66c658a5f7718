import { describe, expect, it } from '@jest/globals';
import { createServer, get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bottle, type Context, type Plugin } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import express from 'express';
import Koa from 'koa';

type Ask = (path: string, init?: RequestInit) => Promise<Response>;
type Doors = [name: string, open: (app: Bottle, test: (ask: Ask) => Promise<void>) => Promise<void>][];

/** Both ways into an app: a real socket, where the listener gets the server's own objects, and in process, where there are none. */
const doors: Doors = [
  [
    'on a socket',
    async (app, test) => {
      const server = createServer(app.listener).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        await test((path, init) => fetch(base + path, { redirect: 'manual', ...init }));
      } finally {
        server.closeAllConnections();
        server.close();
      }
    },
  ],
  ['in process', (app, test) => test((path, init) => app.fetch(new Request(`http://localhost${path}`, init)))],
];

function shop(): express.Express {
  const app = express();
  app.use(express.json());
  app.use(express.urlencoded());
  app.get('/items/:id', (request, response) => {
    response.json({ id: request.params.id, page: request.query.page });
  });
  app.get('/where', ({ url, originalUrl, baseUrl, hostname, protocol }, response) => {
    response.send({ url, originalUrl, baseUrl, hostname, protocol });
  });
  app.post('/echo', (request, response) => {
    response.status(201).send({ body: request.body, length: request.get('content-length') });
  });
  app.get('/cookies', (request, response) => {
    response
      .cookie('a', '1', { httpOnly: true })
      .cookie('b', 'two words')
      .send(request.headers.cookie ?? 'none');
  });
  app.get('/leave', (_request, response) => response.redirect(301, '/elsewhere'));
  app.get('/empty', (_request, response) => void response.status(204).end());
  app.get('/bytes', (_request, response) => void response.type('png').send(Buffer.from([1, 2, 255])));
  app.get('/pieces', async (_request, response) => {
    response.type('text/plain');
    for (const piece of ['one ', 'two ', 'three']) {
      response.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end();
  });
  app.get('/much', (_request, response) => {
    let left = 64;
    const piece = Buffer.alloc(64 * 1024, 'x');
    const more = (): void => {
      while (left-- > 0) if (!response.write(piece)) return void response.once('drain', more);
      response.end();
    };
    more();
  });
  app.get('/throws', () => {
    throw new RangeError('secret detail');
  });
  app.get('/rejects', async () => {
    throw new RangeError('secret detail');
  });
  app.get('/breaks', (_request, response, next) => {
    response.write('half of');
    setTimeout(() => next(new Error('broken')), 10);
  });
  return app;
}

function mounted(prefix = '/shop', logged: unknown[] = []): Bottle {
  const app = new Bottle({ logger: (_message, error) => logged.push(error) });
  app.mount(prefix, shop());
  app.get('/', () => 'home');
  return app;
}

describe.each(doors)('an Express app mounted %s', (_name, open) => {
  it('answers JSON, reads wildcards and query', () =>
    open(mounted(), async (ask) => {
      const answer = await ask('/shop/items/7?page=2');
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('content-length')).toBe('21');
      expect(await answer.json()).toEqual({ id: '7', page: '2' });
    }));

  it('leaves all other paths to the app around it', () =>
    open(mounted(), async (ask) => {
      expect(await (await ask('/')).text()).toBe('home');
      expect((await ask('/shopping')).status).toBe(404);
    }));

  it('sees the path below its mount point, and the rest as Express tells it', () =>
    open(mounted(), async (ask) => {
      const headers = { host: 'localhost' };
      const seen = (await (await ask('/shop/where?a=%20b', { headers })).json()) as Record<string, unknown>;
      expect(seen).toMatchObject({ url: '/where?a=%20b', originalUrl: '/shop/where?a=%20b', baseUrl: '/shop', protocol: 'http' });
    }));

  it.each([
    ['/n', '/'],
    ['/n?x', '/?x'],
    ['/n/x', '/x'],
    ['/n//x?y', '//x?y'],
  ])('is told its mount point and the original URL: %s', (path, url) => {
    const app = new Bottle().mount('/n', (request: IncomingMessage, response: ServerResponse) => {
      const { baseUrl, originalUrl } = request as { baseUrl?: string; originalUrl?: string };
      response.end(JSON.stringify([baseUrl, originalUrl, request.url]));
    });
    return open(app, async (ask) => expect(await (await ask(path)).json()).toEqual(['/n', path, url]));
  });

  it('sees the path below all mount points, when an app around it is mounted too', () =>
    open(new Bottle().mount('/outer', mounted('/a%20b')), async (ask) => {
      const seen = await (await ask('/outer/a%2520b/where')).json();
      expect(seen).toMatchObject({ url: '/where', originalUrl: '/outer/a%2520b/where', baseUrl: '/outer/a%2520b' });
    }));

  it('reads bodies itself, JSON and forms', () =>
    open(mounted(), async (ask) => {
      const json = await ask('/shop/echo', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: 'é'.repeat(50_000) }),
      });
      expect(json.status).toBe(201);
      expect(((await json.json()) as { body: { text: string } }).body.text.length).toBe(50_000);
      const form = await ask('/shop/echo', { method: 'POST', body: new URLSearchParams({ a: '1', b: 'ü' }) });
      expect(((await form.json()) as { body: unknown }).body).toEqual({ a: '1', b: 'ü' });
    }));

  it('gets and sets cookies, each with a header of its own', () =>
    open(mounted(), async (ask) => {
      const answer = await ask('/shop/cookies', { headers: { cookie: 'x=1; y=2' } });
      expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/; HttpOnly', 'b=two%20words; Path=/']);
      expect(await answer.text()).toBe('x=1; y=2');
    }));

  it('redirects, answers without a body, and with bytes', () =>
    open(mounted(), async (ask) => {
      const elsewhere = await ask('/shop/leave');
      expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([301, '/elsewhere']);
      const empty = await ask('/shop/empty');
      expect([empty.status, await empty.text()]).toEqual([204, '']);
      const bytes = await ask('/shop/bytes');
      expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([1, 2, 255]);
    }));

  it('answers HEAD with the head of GET', () =>
    open(mounted(), async (ask) => {
      const answer = await ask('/shop/items/7', { method: 'HEAD' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      expect(await answer.text()).toBe('');
    }));

  it('answers conditional requests by itself', () =>
    open(mounted(), async (ask) => {
      const etag = (await ask('/shop/items/7')).headers.get('etag') as string;
      const again = await ask('/shop/items/7', { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }));

  it('streams in pieces, and waits for a slow client', () =>
    open(mounted(), async (ask) => {
      expect(await (await ask('/shop/pieces')).text()).toBe('one two three');
      expect((await (await ask('/shop/much')).arrayBuffer()).byteLength).toBe(64 * 64 * 1024);
    }));

  it('passes on requests without a route: 404 of the app', () => {
    const app = mounted();
    app.error(404, (error: Error) => `nothing: ${error.message}`);
    return open(app, async (ask) => {
      const answer = await ask('/shop/nowhere');
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe("nothing: Not found: '/shop/nowhere'");
      expect(answer.headers.get('x-powered-by')).toBeNull();
    });
  });

  it.each(['/shop/throws', '/shop/rejects'])('passes on its errors: the error handling of the app (%s)', (path) => {
    const logged: unknown[] = [];
    return open(mounted('/shop', logged), async (ask) => {
      const answer = await ask(path);
      expect(answer.status).toBe(500);
      expect(await answer.text()).not.toContain('secret');
      expect(logged).toEqual([new RangeError('secret detail')]);
    });
  });

  it('lets handlers of the app answer its errors by their class', () => {
    const app = mounted();
    app.error(RangeError, (_error: RangeError, { response }: Context) => {
      response.status = 418;
      return 'out of range';
    });
    return open(app, async (ask) => {
      const answer = await ask('/shop/throws');
      expect([answer.status, await answer.text()]).toEqual([418, 'out of range']);
    });
  });

  it('keeps the status of what it refuses', () => {
    const logged: unknown[] = [];
    return open(mounted('/shop', logged), async (ask) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await ask('/shop/echo', { method: 'POST', headers, body: '{"a":' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
      expect(logged).toEqual([]);
    });
  });

  it('cuts the connection when it fails half-way, so that the client notices', () => {
    const logged: unknown[] = [];
    return open(mounted('/shop', logged), async (ask) => {
      await expect(ask('/shop/breaks').then((answer) => answer.text())).rejects.toThrow();
      expect(logged).toEqual([new Error('broken')]);
    });
  });

  it('stands between the hooks of the app, whose headers it carries', () => {
    const order: string[] = [];
    const app = mounted();
    app.hook('beforeRequest', ({ response, request }) => {
      order.push(`before ${request.path}`);
      response.setHeader('X-From', 'outside');
      response.setCookie('seen', 'yes');
    });
    app.hook('afterRequest', ({ request }) => order.push(`after ${request.path}`));
    return open(app, async (ask) => {
      const answer = await ask('/shop/cookies');
      expect(answer.headers.get('x-from')).toBe('outside');
      expect(answer.headers.getSetCookie()).toEqual(['seen=yes', 'a=1; Path=/; HttpOnly', 'b=two%20words; Path=/']);
      await answer.text();
      await new Promise((resolve) => setImmediate(resolve));
      expect(order).toEqual(['before /shop/cookies', 'after /shop/cookies']);
    });
  });

  it('stands inside the plugins that are applied to it, whose results come too late', () => {
    const outcomes: unknown[] = [];
    const meddler: Plugin = {
      name: 'meddler',
      apply: (callback) => async (context) => {
        outcomes.push(await callback(context));
        return 'something else';
      },
    };
    const app = new Bottle();
    app.mount('/shop', shop(), { apply: meddler });
    return open(app, async (ask) => {
      expect(await (await ask('/shop/items/1')).json()).toEqual({ id: '1' });
      expect(outcomes).toEqual([undefined]);
    });
  });
});

describe.each(doors)('a node:http listener mounted %s', (_name, open) => {
  it('may be a Koa app', () => {
    const koa = new Koa();
    koa.use(async (context) => {
      context.cookies.set('k', 'v');
      context.body = { path: context.path, original: context.originalUrl, method: context.method };
    });
    return open(new Bottle().mount('/koa', koa.callback()), async (ask) => {
      const answer = await ask('/koa/x?y=1', { method: 'DELETE' });
      expect(await answer.json()).toEqual({ path: '/x', original: '/x?y=1', method: 'DELETE' });
      expect(answer.headers.getSetCookie()).toEqual(['k=v; path=/; httponly']);
    });
  });

  it('may be a plain function, with all the ways there are to write a head', () => {
    const plain = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url === '/raw')
        response.writeHead(202, 'Taken', ['X-A', '1', 'X-A', '2', 'Content-Type', 'text/plain']).end('raw');
      else if (request.url === '/chunked') response.writeHead(200, { 'Transfer-Encoding': 'chunked' }).end('whole');
      else if (request.url === '/hints') {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' });
        response.end('hinted');
      } else if (request.url === '/upload') {
        response.write('got ');
        request.pipe(response);
      } else response.end();
    };
    return open(new Bottle().mount('/plain', plain), async (ask) => {
      const raw = await ask('/plain/raw');
      expect([raw.status, raw.statusText, raw.headers.get('x-a'), await raw.text()]).toEqual([202, 'Taken', '1, 2', 'raw']);
      expect(await (await ask('/plain/chunked')).text()).toBe('whole');
      expect(await (await ask('/plain/hints')).text()).toBe('hinted');
      const body = 'x'.repeat(300_000);
      expect(await (await ask('/plain/upload', { method: 'POST', body })).text()).toBe(`got ${body}`);
      expect(await (await ask('/plain')).text()).toBe('');
    });
  });

  it('may be another app through its listener', () => {
    const inner = new Bottle();
    inner.post('/<name>', ({ name }, { request }) => ({ name, body: request.text }));
    return open(new Bottle().mount('/in', inner.listener), async (ask) => {
      expect(await (await ask('/in/it', { method: 'POST', body: 'hello' })).json()).toEqual({ name: 'it', body: 'hello' });
    });
  });

  it('that throws is answered with 500, logged', () => {
    const logged: unknown[] = [];
    const app = new Bottle({ logger: (_message, error) => logged.push(error) });
    app.mount('/bad', (_request: IncomingMessage, _response: ServerResponse) => {
      throw new Error('no');
    });
    return open(app, async (ask) => {
      expect((await ask('/bad')).status).toBe(500);
      expect(logged).toEqual([new Error('no')]);
    });
  });
});

describe('a client that leaves a mounted listener', () => {
  it.each(doors)('ends its response and lets the hooks run (%s)', async (name, open) => {
    let closed!: () => void;
    const left = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let after!: () => void;
    const hooked = new Promise<void>((resolve) => {
      after = resolve;
    });
    const app = new Bottle();
    app.mount('/slow', (_request: IncomingMessage, response: ServerResponse) => {
      response.on('close', closed);
      response.write('first');
    });
    app.hook('afterRequest', () => after());
    await open(app, async (ask) => {
      const abort = new AbortController();
      const answer = await ask('/slow', { signal: abort.signal });
      const reading = answer.text().catch(() => `aborted ${name}`);
      abort.abort();
      expect(await reading).toBe(`aborted ${name}`);
      await left;
      await hooked;
    });
  });

  it.each(doors)('during a hook, still runs the hooks outside (%s)', async (_name, open) => {
    const app = new Bottle();
    let arrived!: () => void;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let finish!: () => void;
    const hooked = new Promise<void>((resolve) => {
      finish = resolve;
    });
    app.hook('beforeRequest', async ({ request }) => {
      arrived();
      // The listener is called when the connection is gone, with all of its events.
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => setImmediate(resolve)));
    });
    app.hook('afterRequest', () => finish());
    app.mount('/old', (_request: IncomingMessage, _response: ServerResponse) => undefined);
    await open(app, async (ask) => {
      const leaving = new AbortController();
      const answer = ask('/old/x', { signal: leaving.signal }).catch(() => undefined);
      await arrival;
      leaving.abort();
      await answer;
      await hooked;
    });
  });
});

describe('a test client', () => {
  it('reaches mounted apps without a socket, with its cookies', async () => {
    const client = new TestClient(mounted());
    await client.get('/shop/cookies');
    expect((await client.get('/shop/cookies')).text).toBe('a=1; b=two%20words');
    expect((await client.post('/shop/echo', { json: { a: 1 } })).json).toMatchObject({ body: { a: 1 } });
  });
});

describe('the app as a node:http listener', () => {
  it('serves inside Express, which shifts the path', async () => {
    const inner = new Bottle();
    inner.get('/hello/<name>', ({ name }) => `Hello ${name}!`);
    const outer = express();
    outer.use('/bottle', inner.listener);
    const server = createServer(outer).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const text = await new Promise((resolve, reject) => {
      httpGet(`http://127.0.0.1:${port}/bottle/hello/World`, async (response) => {
        let body = '';
        for await (const piece of response) body += piece;
        resolve(body);
      }).on('error', reject);
    });
    server.close();
    expect(text).toBe('Hello World!');
  });
});
