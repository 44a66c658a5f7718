import { describe, expect, it } from '@jest/globals';
import {
  type AppOptions,
  abort,
  Bottle,
  type Context,
  Controller,
  Error as OnError,
  Get,
  HTTPError,
  HTTPResponse,
  type Plugin,
  Post,
  redirect,
  Request,
} from 'bottlenose';
import { ask } from '../ask.js';

class Refused extends Error {}
class RefusedTwice extends Refused {}

/** An app that fails in the ways that its paths tell, with its log. */
function failing(options: AppOptions = {}): { app: Bottle; logged: unknown[] } {
  const logged: unknown[] = [];
  const app = new Bottle({ logger: (_message, error) => logged.push(error), ...options });
  app.get('/status/<code:int>', ({ code }) => abort(code, `because ${code}`));
  app.get('/return/<code:int>', ({ code }) => new HTTPError(code, `because ${code}`));
  app.get('/refused', () => {
    throw new RefusedTwice('secret');
  });
  app.get('/later', async () => {
    throw new Refused('secret');
  });
  app.get('/string', () => {
    throw 'a string';
  });
  app.get('/null', () => {
    throw null;
  });
  app.get('/response', () => {
    throw new HTTPResponse('teapot', { status: 418 });
  });
  app.get('/away', () => redirect('/there'));
  return { app, logged };
}

describe('an error that nobody expected', () => {
  it.each(['/refused', '/later', '/string', '/null'])(
    'is answered with 500, logged, and tells the client nothing (%s)',
    async (path) => {
      const { app, logged } = failing();
      const answer = await ask(app, path);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toMatch(/secret|a string|\.ts/);
      expect(logged).toHaveLength(1);
    },
  );

  it('is let through without catchall, and HTTP errors are not', async () => {
    const { app } = failing();
    app.config.set('catchall', false);
    await expect(ask(app, '/refused')).rejects.toThrow(RefusedTwice);
    await expect(ask(app, '/later')).rejects.toThrow(Refused);
    expect((await ask(app, '/status/403')).status).toBe(403);
    await expect(ask(failing({ catchall: false }).app, '/none')).resolves.toMatchObject({ status: 404 });
  });

  it('of a status raised on purpose is not logged, unless it has a cause on our side', async () => {
    const { app, logged } = failing();
    expect((await ask(app, '/status/503')).text).toContain('because 503');
    app.get('/cause', () => {
      throw new HTTPError(502, 'Upstream failed.', { cause: new Error('ECONNREFUSED') });
    });
    app.get('/client', () => {
      throw new HTTPError(400, 'Bad.', { cause: new Error('theirs') });
    });
    const answer = await ask(app, '/cause');
    expect(answer.text).not.toContain('ECONNREFUSED');
    await ask(app, '/client');
    expect(logged).toEqual([new Error('ECONNREFUSED')]);
  });
});

describe('an error page', () => {
  it('is HTML for browsers, with everything escaped', async () => {
    const { app } = failing();
    const answer = await ask(app, '/no/%3Cscript%3E', { headers: { accept: 'text/html' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    expect(answer.text).toContain('&lt;script&gt;');
    expect(answer.text).not.toContain('<script>');
  });

  it('is problem details for JSON clients', async () => {
    const { app } = failing();
    const answer = await ask(app, '/status/409', { headers: { accept: 'application/json' } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toEqual({ type: 'about:blank', title: 'Conflict', status: 409, detail: 'because 409' });
  });

  it('keeps the headers of the error, and drops what described the body that it replaces', async () => {
    const app = new Bottle();
    app.get('/', (_, { response }) => {
      response.setHeader('Content-Type', 'image/png');
      response.setHeader('ETag', '"x"');
      response.setHeader('X-Trace', '7');
      response.setCookie('seen', '1');
      throw new HTTPError(429, 'Slow down.', { headers: { 'Retry-After': 5 } });
    });
    const { headers } = await ask(app, '/');
    expect(headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect([headers.get('etag'), headers.get('x-trace'), headers.get('retry-after')]).toEqual([null, '7', '5']);
    expect(headers.getSetCookie()).toEqual(['seen=1']);
  });
});

describe('an error handler of an app', () => {
  it('answers by status, thrown or returned, with that status', async () => {
    const { app } = failing();
    app.error(403, (error: HTTPError) => ({ error: error.body }));
    for (const way of ['status', 'return']) {
      const answer = await ask(app, `/${way}/403`);
      expect([answer.status, answer.json]).toEqual([403, { error: 'because 403' }]);
    }
  });

  it('answers by class, the nearest one, before the status', async () => {
    const { app } = failing();
    app.error(500, () => 'any 500').error(Refused, (error: Refused) => `refused ${error.constructor.name}`);
    expect((await ask(app, '/refused')).text).toBe('refused RefusedTwice');
    expect((await ask(app, '/string')).text).toBe('any 500');
    app.error(RefusedTwice, () => 'twice');
    expect([(await ask(app, '/refused')).text, (await ask(app, '/later')).text]).toEqual(['twice', 'refused Refused']);
  });

  it('answers a list of both, and is for 500 when it names none', async () => {
    const { app } = failing();
    app.error([404, 410, Refused], (error: Error) => `one of three: ${error.constructor.name}`).error(() => 'five hundred');
    expect((await ask(app, '/none')).text).toBe('one of three: HTTPError');
    expect((await ask(app, '/status/410')).text).toBe('one of three: HTTPError');
    expect((await ask(app, '/later')).text).toBe('one of three: Refused');
    expect((await ask(app, '/string')).text).toBe('five hundred');
  });

  it('may be async, change the status, and redirect by returning or throwing', async () => {
    const { app } = failing();
    app.error(401, async (_error: HTTPError, { response }: Context) => {
      await null;
      response.status = 200;
      return 'welcome anyway';
    });
    app.error(403, () => redirect('/login'));
    app.error(410, () => new HTTPResponse('moved', { status: 301, headers: { Location: '/new' } }));
    app.error(409, async () => redirect('/later', 302));
    expect(await ask(app, '/status/401')).toMatchObject({ status: 200, text: 'welcome anyway' });
    const locations = [];
    for (const code of [403, 410, 409]) {
      const answer = await ask(app, `/status/${code}`);
      locations.push([answer.status, answer.headers.get('location')]);
    }
    expect(locations).toEqual([
      [303, '/login'],
      [301, '/new'],
      [302, '/later'],
    ]);
  });

  it('that fails itself is not asked again: a plain page, and both are logged', async () => {
    const { app, logged } = failing();
    app.error(500, () => {
      throw new Error('in the handler');
    });
    app.error(404, async () => abort(404, 'still nothing'));
    const answer = await ask(app, '/refused');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/secret|handler/);
    expect(logged).toEqual([new RefusedTwice('secret'), new Error('in the handler')]);
    expect(await ask(app, '/none')).toMatchObject({ status: 404, text: expect.stringContaining('still nothing') });
  });

  it('is not for responses that are thrown and no errors', async () => {
    const { app } = failing();
    app.error(418, () => 'never').error(303, () => 'never');
    expect(await ask(app, '/response')).toMatchObject({ status: 418, text: 'teapot' });
    expect((await ask(app, '/away')).status).toBe(303);
  });

  it('answers what is wrong with a path (400) and with a result (500)', async () => {
    const { app, logged } = failing();
    app.get('/bigint', () => ({ n: 1n }));
    app.get('/symbol', () => Symbol('x'));
    app.error([400, 500], (error: HTTPError) => `handled ${error.status}`);
    expect(await ask(app, '/%ff')).toMatchObject({ status: 400, text: 'handled 400' });
    expect(await ask(app, '/bigint')).toMatchObject({ status: 500, text: 'handled 500' });
    expect(await ask(app, '/symbol')).toMatchObject({ status: 500, text: 'handled 500' });
    expect(logged).toHaveLength(2);
  });
});

describe('an error handler of a controller', () => {
  @Controller('/shops/<shop>')
  class Shop {
    @Get('/items/<id:int>')
    item(id: number) {
      return abort(404, `no item ${id}`);
    }
    @Post('/orders')
    order() {
      throw new Refused('x');
    }
    @OnError(404)
    missing(error: HTTPError, request: Request) {
      return { missing: error.body, at: request.path };
    }
    @OnError([405, Refused])
    refused(error: Error) {
      return `shop: ${error.constructor.name}`;
    }
  }

  const app = new Bottle({ logger: () => undefined }).mount('/api', Shop);
  app.error([404, 405, Refused], () => 'the app');
  app.get('/other', () => {
    throw new Refused('x');
  });
  app.get('/shops/1/items/2', () => abort(404, 'x'));

  it('comes before those of the app', async () => {
    expect((await ask(app, '/api/shops/a/items/7')).json).toEqual({ missing: 'no item 7', at: '/api/shops/a/items/7' });
    expect((await ask(app, 'POST /api/shops/a/orders')).text).toBe('shop: Refused');
  });

  it('answers 404 and 405 below its prefix, wildcards included', async () => {
    expect((await ask(app, '/api/shops/b/nothing')).json).toMatchObject({ missing: "Not found: '/api/shops/b/nothing'" });
    expect((await ask(app, '/api/shops/b')).json).toMatchObject({ at: '/api/shops/b' });
    const answer = await ask(app, '/api/shops/a/orders');
    expect([answer.status, answer.text, answer.headers.get('allow')]).toEqual([405, 'shop: HTTPError', 'POST']);
  });

  it('answers nothing else', async () => {
    for (const path of ['/other', '/shops/1/items/2', '/api/shops', '/api/shopsy/x', '/api']) {
      expect((await ask(app, path)).text).toBe('the app');
    }
  });

  it('gets what plugins provide, and their value around it', async () => {
    const database: Plugin = {
      name: 'db',
      provides: { keyword: 'db' },
      apply: (callback, route) => {
        if (!route.wants(database)) return callback;
        return (context) => {
          context.provide('db', 'the database');
          return callback(context);
        };
      },
    };
    class Notes {
      @Get('/notes')
      notes() {
        abort(404);
      }
      @OnError(404)
      missing(db: string, error: HTTPError) {
        return `${error.status} from ${db}`;
      }
    }
    const noting = new Bottle();
    noting.install(database);
    noting.mount('/n', Notes);
    expect((await ask(noting, '/n/notes')).text).toBe('404 from the database');
    expect((await ask(noting, '/n/else')).text).toBe('404 from the database');
  });

  it('of the nearest prefix comes first', async () => {
    @Controller('/a')
    class Outer {
      @Get('/x')
      x() {}
      @OnError(404)
      missing() {
        return 'outer';
      }
    }
    @Controller('/a/b')
    class Inner {
      @Get('/x')
      x() {}
      @OnError(404)
      missing() {
        return 'inner';
      }
    }
    for (const classes of [
      [Outer, Inner],
      [Inner, Outer],
    ]) {
      const nested = new Bottle();
      for (const Class of classes) nested.mount(Class);
      expect([(await ask(nested, '/a/b/none')).text, (await ask(nested, '/a/none')).text]).toEqual(['inner', 'outer']);
    }
  });
});
