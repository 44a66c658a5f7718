import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { abort, Apply, Bottle, type Context, Controller, Get, HTTPError, HTTPResponse, Put, Skip } from 'bottlenose';
import { basicAuth, type CorsOptions, cors } from 'bottlenose/plugins';
import express from 'express';
import Koa from 'koa';
import { exchange, request, serving } from '../servers/raw-client.js';

const PAGE = 'https://page.example';

async function ask(app: Bottle, path: string, headers: Record<string, string> = { Origin: PAGE }, method = 'GET') {
  const answer = await app.fetch(new Request(`http://localhost${path}`, { method, headers }));
  return { status: answer.status, headers: answer.headers, text: await answer.text(), cors: corsHeaders(answer.headers) };
}

function preflight(app: Bottle, path: string, verb = 'GET', headers: Record<string, string> = {}) {
  return ask(app, path, { Origin: PAGE, 'Access-Control-Request-Method': verb, ...headers }, 'OPTIONS');
}

/** The headers of CORS without their prefix, and Vary. */
function corsHeaders(headers: Headers): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith('access-control-')) found[name.slice(15)] = value;
    // What error pages depend on besides is not the subject here.
    const vary = value.split(', ').filter((one) => one !== 'Accept' && one !== 'X-Requested-With');
    if (name === 'vary' && vary.length > 0) found.vary = vary.join(', ');
  }
  return found;
}

function appWith(options?: CorsOptions): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.install(cors(options));
  app.get('/', () => 'hello');
  app.put('/', () => 'put');
  app.post('/upload', () => 'taken', { config: { maxBody: 10 } });
  app.get('/abort', () => abort(418, 'short and stout'));
  app.get('/fail', () => {
    throw new Error('oops');
  });
  app.get('/stream', function* () {
    yield 'a';
    yield 'b';
  });
  app.get('/vary', (_args, { response }) => {
    response.setHeader('Vary', 'Accept-Language');
    return 'Hallo';
  });
  app.get('/vary-response', () => new HTTPResponse('Hallo', { headers: { Vary: 'Accept-Language' } }));
  app.get('/fetch', () => new globalThis.Response('hello', { headers: { Vary: 'Cookie, origin' } }));
  return app;
}

describe('cors', () => {
  it('lets the scripts of all pages read the answers unless told otherwise', async () => {
    expect(await ask(appWith(), '/')).toMatchObject({ text: 'hello', cors: { 'allow-origin': '*' } });
    expect((await ask(appWith(), '/')).cors).toEqual({ 'allow-origin': '*' });
  });

  it('answers a preflight request without a route for OPTIONS', async () => {
    const answer = await preflight(appWith(), '/', 'PUT', { 'Access-Control-Request-Headers': 'content-type, x-token' });
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(answer.cors).toEqual({
      'allow-origin': '*',
      'allow-methods': 'GET, HEAD, PUT, POST, PATCH, DELETE',
      'allow-headers': 'content-type, x-token',
      vary: 'Access-Control-Request-Headers',
    });
  });

  it('names the one origin that it knows, whoever asks', async () => {
    const app = appWith({ origin: 'https://a.example', credentials: true });
    for (const headers of [{}, { Origin: PAGE }, { Origin: 'https://a.example' }] as Record<string, string>[]) {
      expect((await ask(app, '/', headers)).cors).toEqual({ 'allow-origin': 'https://a.example', 'allow-credentials': 'true' });
    }
  });

  it('names those of a list that ask, and tells caches that it depends on that', async () => {
    const app = appWith({ origin: ['https://a.example', /https:\/\/\w+\.b\.example/], credentials: true, exposeHeaders: 'ETag' });
    for (const origin of ['https://a.example', 'https://x.b.example']) {
      expect((await ask(app, '/', { Origin: origin })).cors).toEqual({
        'allow-origin': origin,
        'allow-credentials': 'true',
        'expose-headers': 'ETag',
        vary: 'Origin',
      });
    }
    const strangers = [
      'https://a.example.evil.test',
      'https://evil.test/https://x.b.example',
      'https://x.b.example.evil.test',
      'http://a.example',
      'https://A.example',
      'null',
    ];
    for (const origin of strangers)
      expect([origin, (await ask(app, '/', { Origin: origin })).cors]).toEqual([origin, { vary: 'Origin' }]);
    expect((await ask(app, '/', {})).cors).toEqual({ vary: 'Origin' });
    const refused = await ask(app, '/', { Origin: 'https://evil.test', 'Access-Control-Request-Method': 'PUT' }, 'OPTIONS');
    expect(refused).toMatchObject({ status: 204, cors: { vary: 'Origin, Access-Control-Request-Headers' } });
    expect(refused.cors).not.toHaveProperty('allow-methods');
  });

  it('asks a function, which may wait', async () => {
    const app = appWith({
      origin: async (origin) => {
        await Promise.resolve();
        return origin.endsWith('.example') && (origin === PAGE || 'https://main.example');
      },
    });
    expect((await ask(app, '/')).cors).toEqual({ 'allow-origin': PAGE, vary: 'Origin' });
    expect((await ask(app, '/', { Origin: 'https://b.example' })).cors['allow-origin']).toBe('https://main.example');
    expect((await ask(app, '/', { Origin: 'https://evil.test' })).cors).toEqual({ vary: 'Origin' });
    expect((await preflight(app, '/')).cors).toMatchObject({ 'allow-origin': PAGE });
  });

  it('fails rather than send what a function must not give', async () => {
    for (const given of ['a\r\nSet-Cookie: b=1', '*', 'a b', 7]) {
      const app = appWith({ origin: () => given as string, credentials: true });
      const answer = await ask(app, '/');
      expect([given, answer.status, answer.cors]).toEqual([given, 500, {}]);
    }
  });

  it('adds the headers to errors, streams and refusals', async () => {
    const app = appWith({ origin: [PAGE] });
    for (const [path, status] of [
      ['/nowhere', 404],
      ['/abort', 418],
      ['/fail', 500],
      ['/stream', 200],
      ['/%ff', 400],
    ] as const) {
      const answer = await ask(app, path);
      expect([path, answer.status, answer.cors]).toEqual([path, status, { 'allow-origin': PAGE, vary: 'Origin' }]);
    }
    const large = await app.fetch(
      new Request('http://localhost/upload', { method: 'POST', body: 'x'.repeat(11), headers: { Origin: PAGE } }),
    );
    expect([large.status, large.headers.get('access-control-allow-origin')]).toEqual([413, PAGE]);
    expect(await ask(app, '/', { Origin: PAGE }, 'DELETE')).toMatchObject({ status: 405, cors: { 'allow-origin': PAGE } });
  });

  it('keeps what else the response varies on', async () => {
    const app = appWith({ origin: [PAGE] });
    expect((await ask(app, '/vary')).cors.vary).toBe('Accept-Language, Origin');
    expect((await ask(app, '/vary-response')).cors.vary).toBe('Accept-Language, Origin');
    expect((await ask(app, '/fetch')).cors.vary).toBe('Cookie, origin');
  });

  it('says what a preflight may say', async () => {
    const options = { allowMethods: ['PUT'], allowHeaders: ['X-Token'], maxAge: 600, privateNetwork: true };
    const answer = await preflight(appWith(options), '/', 'PUT', { 'Access-Control-Request-Private-Network': 'true' });
    expect(answer.cors).toEqual({
      'allow-origin': '*',
      'allow-methods': 'PUT',
      'allow-headers': 'X-Token',
      'max-age': '600',
      'allow-private-network': 'true',
      vary: 'Access-Control-Request-Private-Network',
    });
  });

  it('returns only names of headers', async () => {
    const odd = { 'Access-Control-Request-Headers': 'x-a, "b", c d, , x-e' };
    expect((await preflight(appWith(), '/', 'PUT', odd)).cors['allow-headers']).toBe('x-a, x-e');
  });

  it('leaves other requests for OPTIONS to their routes', async () => {
    const app = appWith();
    app.route('/', { method: 'OPTIONS' }, () => 'mine');
    expect(await ask(app, '/', { Origin: PAGE }, 'OPTIONS')).toMatchObject({ status: 200, text: 'mine' });
    expect(await ask(app, '/upload', {}, 'OPTIONS')).toMatchObject({ status: 405 });
  });

  it('applied to routes, holds for these alone, preflight included', async () => {
    @Controller('/posts')
    class Posts {
      @Get('/')
      list() {
        return 'list';
      }

      @Put('/')
      @Apply(cors({ origin: [PAGE] }))
      change() {
        return 'changed';
      }
    }

    const app = new Bottle();
    app.mount(Posts);
    expect((await ask(app, '/posts/')).cors).toEqual({});
    expect((await ask(app, '/posts/', { Origin: PAGE }, 'PUT')).cors).toEqual({ 'allow-origin': PAGE, vary: 'Origin' });
    expect(await preflight(app, '/posts/', 'PUT')).toMatchObject({ status: 204, cors: { 'allow-origin': PAGE } });
    expect(await preflight(app, '/posts/', 'GET')).toMatchObject({ status: 405, cors: {} });
    expect((await ask(app, '/nowhere')).cors).toEqual({});
  });

  it('is left out where a route skips it, and replaced where a route has its own', async () => {
    class Routes {
      @Get('/private')
      @Skip('cors')
      hidden() {
        return 'private';
      }

      @Get('/own')
      @Apply(cors({ origin: ['https://own.example'] }))
      own() {
        return 'own';
      }
    }

    const app = appWith();
    app.mount(Routes);
    expect((await ask(app, '/private')).cors).toEqual({});
    expect(await preflight(app, '/private')).toMatchObject({ status: 405, cors: {} });
    expect((await ask(app, '/own')).cors).toEqual({ vary: 'Origin' });
    expect((await ask(app, '/own', { Origin: 'https://own.example' })).cors['allow-origin']).toBe('https://own.example');
    expect((await preflight(app, '/own')).cors).not.toHaveProperty('allow-origin');
  });

  it('leaves a mounted app its own policy, and covers those that have none', async () => {
    const strict = new Bottle();
    strict.install(cors({ origin: ['https://friend.example'] }));
    strict.put('/', () => 'strict');
    const part = new Bottle();
    part.put('/own', () => 'own', { apply: cors({ origin: ['https://friend.example'] }) });
    part.put('/none', () => 'none');
    const middle = new Bottle();
    middle.mount('/part', part);
    const app = appWith();
    app.mount('/strict', strict);
    app.mount('/middle', middle);
    app.mount('/hidden', new Bottle(), { skip: ['cors'] });
    expect((await ask(app, '/strict/', { Origin: PAGE }, 'PUT')).cors).toEqual({ vary: 'Origin' });
    expect((await preflight(app, '/strict/', 'PUT')).cors).not.toHaveProperty('allow-origin');
    expect((await preflight(app, '/middle/part/own', 'PUT')).cors).not.toHaveProperty('allow-origin');
    expect(await preflight(app, '/middle/part/none', 'PUT')).toMatchObject({ status: 204, cors: { 'allow-origin': '*' } });
    expect(await ask(app, '/middle/part/none', { Origin: PAGE }, 'PUT')).toMatchObject({
      text: 'none',
      cors: { 'allow-origin': '*' },
    });
    expect((await ask(app, '/hidden/')).cors).toEqual({});
  });

  it('covers the routes that are merged into another app', async () => {
    const owner = new Bottle();
    owner.install(cors({ origin: [PAGE] }));
    owner.get('/merged', () => 'merged');
    const app = new Bottle();
    app.merge(owner);
    expect((await ask(app, '/merged')).cors).toEqual({ 'allow-origin': PAGE, vary: 'Origin' });
  });

  it('lets the policy of an owner win over that of the app into which its routes are merged', async () => {
    const owner = new Bottle();
    owner.install(cors({ origin: ['https://friend.example'] }));
    owner.put('/merged', () => 'merged');
    const plain = new Bottle();
    plain.put('/plain', () => 'plain');
    const app = appWith();
    app.merge(owner).merge(plain);
    expect((await ask(app, '/merged', { Origin: PAGE }, 'PUT')).cors).toEqual({ vary: 'Origin' });
    expect((await preflight(app, '/merged', 'PUT')).cors).not.toHaveProperty('allow-origin');
    expect((await ask(app, '/plain', { Origin: PAGE }, 'PUT')).cors).toEqual({ 'allow-origin': '*' });
    expect(await preflight(app, '/plain', 'PUT')).toMatchObject({ status: 204, cors: { 'allow-origin': '*' } });
  });

  it('answers preflight requests before authentication, in whichever order both are installed', async () => {
    for (const plugins of [
      [basicAuth(() => false), cors({ origin: PAGE })],
      [cors({ origin: PAGE }), basicAuth(() => false)],
    ]) {
      const app = new Bottle();
      for (const plugin of plugins) app.install(plugin);
      app.put('/', () => 'put');
      app.mount(
        '/in',
        new Bottle().put('/', () => 'put'),
      );
      let calls = 0;
      app.mount('/fetch', () => new globalThis.Response(`${++calls}`));
      app.mount('/node', (_request: IncomingMessage, response: ServerResponse) => response.end(`${++calls}`));
      for (const path of ['/', '/in/', '/fetch/x', '/node/x', '/none']) {
        expect([path, await preflight(app, path, 'PUT')]).toMatchObject([
          path,
          { status: 204, text: '', cors: { 'allow-origin': PAGE, 'allow-methods': expect.stringContaining('PUT') } },
        ]);
        const refused = await ask(app, path, { Origin: PAGE }, 'PUT');
        expect([path, refused]).toMatchObject([path, { status: 401, cors: { 'allow-origin': PAGE } }]);
        expect(refused.headers.get('www-authenticate')).toContain('Basic');
      }
      expect(calls).toBe(0);
    }
  });

  it('adds the headers to what hooks answer, and answers preflight requests that hooks refuse', async () => {
    const app = appWith({ origin: [PAGE] });
    app.hook('beforeRequest', ({ request }: Context) => {
      if (request.getHeader('x-key') !== undefined) return undefined;
      if (request.path === '/thrown') abort(403);
      if (request.path === '/returned') return new HTTPError(401, 'no key');
      return request.path === '/fetch' ? new globalThis.Response('later', { status: 503 }) : undefined;
    });
    for (const [path, status] of Object.entries({ '/thrown': 403, '/returned': 401, '/fetch': 503 })) {
      expect([path, await ask(app, path)]).toMatchObject([path, { status, cors: { 'allow-origin': PAGE, vary: 'Origin' } }]);
    }
    for (const path of ['/thrown', '/returned', '/%ff']) {
      expect([path, await preflight(app, path)]).toMatchObject([path, { status: 204, text: '', cors: { 'allow-origin': PAGE } }]);
    }
    expect((await preflight(app, '/fetch')).status).toBe(503);
  });

  it('leaves what a handler says itself', async () => {
    const app = appWith({ origin: [PAGE], credentials: true });
    const own = { 'Access-Control-Allow-Origin': 'https://own.example' };
    app.get('/set', (_args, { response }) => {
      response.setHeader('Access-Control-Allow-Origin', 'https://own.example');
      return 'x';
    });
    app.get('/made', () => new HTTPResponse('x', { headers: own }));
    app.get('/thrown', () => {
      throw new HTTPError(404, 'x', { headers: own });
    });
    app.get('/fetch', () => new globalThis.Response('x', { headers: own }));
    for (const path of ['/set', '/made', '/thrown', '/fetch']) {
      expect([path, (await ask(app, path)).cors]).toEqual([path, { 'allow-origin': 'https://own.example', vary: 'Origin' }]);
    }
  });

  it('adds the headers to the answers of error handlers', async () => {
    const app = appWith({ origin: [PAGE] });
    app.error(404, () => new globalThis.Response('nothing here', { status: 404 }));
    app.error(500, () => 'sorry');
    expect(await ask(app, '/none')).toMatchObject({ status: 404, text: 'nothing here', cors: { 'allow-origin': PAGE } });
    expect(await ask(app, '/fail')).toMatchObject({ status: 500, text: 'sorry', cors: { 'allow-origin': PAGE } });
    expect(await preflight(app, '/none')).toMatchObject({ status: 204, text: '' });
  });

  it('does not ask error handlers about preflight requests', async () => {
    let calls = 0;
    const app = appWith();
    app.error([404, 405], () => `${++calls}`);
    for (const path of ['/', '/none']) expect((await preflight(app, path, 'PUT')).status).toBe(204);
    expect(calls).toBe(0);
    expect((await ask(app, '/none')).text).toBe('1');
  });

  it('leaves an OPTIONS request to the route of a mounted app that takes it, and to the guards of that', async () => {
    const inner = new Bottle();
    inner.route('/own', { method: 'OPTIONS' }, () => 'own');
    inner.any('/any', () => 'any');
    inner.put('/put', () => 'put');
    const app = appWith();
    app.mount('/a', new Bottle().mount('/b', inner));
    for (const path of ['/a/b/own', '/a/b/any']) {
      const answer = await preflight(app, path, 'PUT');
      expect([path, answer.status, answer.text, answer.cors]).toEqual([path, 200, path.slice(5), { 'allow-origin': '*' }]);
    }
    expect((await preflight(app, '/a/b/put', 'PUT')).status).toBe(204);
    app.install(basicAuth(() => false));
    for (const path of ['/a/b/own', '/a/b/any']) {
      expect([path, await preflight(app, path, 'PUT')]).toMatchObject([path, { status: 401, cors: { 'allow-origin': '*' } }]);
    }
    expect((await preflight(app, '/a/b/put', 'PUT')).status).toBe(204);
  });

  it('answers for a mounted app that has a page for paths it does not know', async () => {
    const inner = new Bottle();
    inner.error(404, () => ({ error: 'nothing here' })).error(405, () => ({ error: 'not like that' }));
    inner.put('/', () => 'put');
    const app = appWith({ origin: [PAGE] });
    app.mount('/in', inner);
    for (const path of ['/in/', '/in/none']) {
      const answer = await preflight(app, path, 'PUT');
      expect([path, answer]).toMatchObject([path, { status: 204, text: '', cors: { 'allow-origin': PAGE } }]);
      expect([answer.headers.get('content-type'), answer.headers.get('content-length')]).toEqual([null, null]);
    }
  });

  it('leaves a mounted handler its own policy, and answers for one that has none', async () => {
    const own = { 'Access-Control-Allow-Origin': 'https://own.example', 'Access-Control-Allow-Methods': 'GET' };
    const app = appWith({ origin: [PAGE], maxAge: 60 });
    app.mount('/own', () => new globalThis.Response(null, { status: 200, headers: own }));
    app.mount('/none', () => new globalThis.Response('no such verb', { status: 405, headers: { Allow: 'GET' } }));
    app.mount('/any', ({ method }: globalThis.Request) => new globalThis.Response(method));
    app.mount('/broken', () => {
      throw new TypeError('broken');
    });
    const asked = await preflight(app, '/own/x', 'PUT');
    expect(asked).toMatchObject({ status: 200, cors: { 'allow-origin': 'https://own.example', 'allow-methods': 'GET' } });
    expect(asked.cors).not.toHaveProperty('max-age');
    const permitted = { 'allow-origin': PAGE, 'allow-methods': expect.stringContaining('PUT'), 'max-age': '60' };
    expect(await preflight(app, '/none/x', 'PUT')).toMatchObject({ status: 204, text: '', cors: permitted });
    expect(await preflight(app, '/any/x', 'PUT')).toMatchObject({ status: 200, text: 'OPTIONS', cors: permitted });
    expect(await preflight(app, '/broken/x', 'PUT')).toMatchObject({ status: 500, cors: { 'allow-origin': PAGE } });
    expect(await ask(app, '/any/x', { Origin: PAGE }, 'OPTIONS')).toMatchObject({
      text: 'OPTIONS',
      cors: { 'allow-origin': PAGE },
    });
    expect((await ask(app, '/any/x', { Origin: PAGE }, 'OPTIONS')).cors).not.toHaveProperty('allow-methods');
  });

  it('stands around mounted listeners of Express and Koa, on a socket and in process', async () => {
    const shop = express();
    shop.put('/items', (_request, response) => void response.send('put'));
    const koa = new Koa();
    koa.use((context) => {
      if (context.method === 'PUT') context.body = 'put';
    });
    const app = appWith({ origin: [PAGE], credentials: true });
    app.mount('/express', shop);
    app.mount('/koa', koa.callback());
    const asks = { Origin: PAGE, 'Access-Control-Request-Method': 'PUT', Connection: 'close' };
    const permitted = {
      'access-control-allow-origin': PAGE,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': expect.stringContaining('PUT'),
    };
    await serving(app, async (url) => {
      for (const [path, status] of Object.entries({ '/express/items': 200, '/express/none': 204, '/koa/x': 204 })) {
        const lines = Object.entries(asks).map(([name, value]) => `${name}: ${value}`);
        const answer = await exchange(url, request('OPTIONS', path, lines), 'OPTIONS');
        expect([path, answer]).toMatchObject([path, { status, headers: permitted }]);
        if (status === 204) expect(answer.headers).not.toHaveProperty('content-type');
        const inProcess = await preflight(app, path, 'PUT');
        expect([path, inProcess.status, inProcess.cors['allow-methods']]).toEqual([
          path,
          status,
          permitted['access-control-allow-methods'],
        ]);
      }
      for (const path of ['/express/items', '/koa/x']) {
        const answer = await exchange(url, request('PUT', path, [`Origin: ${PAGE}`, 'Content-Length: 0']), 'PUT');
        expect([path, answer]).toMatchObject([
          path,
          { status: 200, text: 'put', headers: { 'access-control-allow-origin': PAGE } },
        ]);
      }
    });
  });

  it('is gone when it is uninstalled while the app runs: then a preflight request ends as 404 or 405', async () => {
    const app = appWith();
    app.mount(
      '/in',
      new Bottle().put('/', () => 'put'),
    );
    for (const path of ['/', '/none', '/in/']) expect((await preflight(app, path, 'PUT')).status).toBe(204);
    app.uninstall('cors');
    for (const [path, status] of Object.entries({ '/': 405, '/none': 404, '/in/': 405 })) {
      expect([path, await preflight(app, path, 'PUT')]).toMatchObject([path, { status, cors: {} }]);
    }
    expect((await ask(app, '/')).cors).toEqual({});
  });

  it('refuses options that would allow what nobody meant', () => {
    const wrong = (options: unknown) => () => cors(options as CorsOptions);
    expect(wrong({ credentials: true })).toThrow(/'credentials' cannot be allowed to all origins; list the origins/);
    expect(wrong({ origin: '*', credentials: true })).toThrow(/'credentials'/);
    expect(wrong({ origin: ['*'], credentials: true })).toThrow(/'origin' has "\*" in it/);
    expect(wrong({ origin: PAGE, credentials: true, allowHeaders: '*' })).toThrow(/'allowHeaders' contains \*/);
    expect(wrong({ origin: 'null' })).toThrow(/sandboxed frame/);
    expect(wrong({ origin: 'https://a.example/' })).toThrow(/write scheme and host/);
    expect(wrong({ origin: 'https://A.example:443' })).toThrow('browsers spell it https://a.example');
    expect(wrong({ origin: 'a.example' })).toThrow(/'origin' has "a.example" in it/);
    expect(wrong({ origin: ['https://a.example\r\nX: y'] })).toThrow(/'origin'/);
    expect(wrong({ allowMethods: ['GET\r\nX: y'] })).toThrow(/'allowMethods' has "GET\\r\\nX: y" in it/);
    expect(wrong({ exposeHeaders: 'a, b' })).toThrow(/'exposeHeaders'/);
    expect(wrong({ maxAge: '600' })).toThrow(/'maxAge' is "600"/);
    expect(wrong({ origins: [] })).toThrow(/Did you mean 'origin'/);
  });
});
