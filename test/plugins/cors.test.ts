import { describe, expect, it } from '@jest/globals';
import { abort, Apply, Bottle, type CorsOptions, Controller, cors, Get, HTTPResponse, Put, Skip } from 'bottlenose';

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

  it('hands back only names of headers', async () => {
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

  it('refuses options that would allow what nobody meant', () => {
    const wrong = (options: unknown) => () => cors(options as CorsOptions);
    expect(wrong({ credentials: true })).toThrow(/'credentials' cannot be allowed to all origins; list the origins/);
    expect(wrong({ origin: '*', credentials: true })).toThrow(/'credentials'/);
    expect(wrong({ origin: ['*'], credentials: true })).toThrow(/'origin' has "\*" in it/);
    expect(wrong({ origin: PAGE, credentials: true, allowHeaders: '*' })).toThrow(/'allowHeaders' has \* in it/);
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
