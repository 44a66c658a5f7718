import { describe, expect, it } from '@jest/globals';
import {
  Apply,
  abort,
  Bottle,
  type Context,
  Controller,
  Error as OnError,
  Get,
  Hook,
  HTTPError,
  HTTPResponse,
  type Plugin,
  Post,
  redirect,
  Skip,
  staticFile,
} from 'bottlenose';
import { guard } from 'bottlenose/kit';
import { ask } from '../ask.js';

/** A plugin that notes when it is entered and left, in both of its places. */
function noting(name: string, seen: string[]): Plugin {
  const around =
    (place: string) =>
    (next: (context: Context) => unknown) =>
    (context: Context): unknown => {
      seen.push(`${name} ${place}`);
      try {
        return next(context);
      } finally {
        seen.push(`/${name} ${place}`);
      }
    };
  return { name, around: around('around'), apply: around('apply') };
}

describe('the order of a request', () => {
  it('is hooks, around, guards, apply, the controller’s hooks, the method; error handlers are outside of around', async () => {
    const seen: string[] = [];
    @Controller('/posts')
    class Posts {
      @Hook('beforeRequest') before() {
        seen.push('controller before');
      }
      @Hook('afterRequest') after() {
        seen.push('controller after');
      }
      @Get('/<id:int>') show() {
        seen.push('method');
        return abort(404, 'none');
      }
      @OnError(404) missing() {
        seen.push('error handler');
        return 'missing';
      }
    }
    const app = new Bottle();
    app.install(guard('first', () => void seen.push('guard first')));
    app.install(noting('outer', seen));
    app.install(guard('second', () => void seen.push('guard second')));
    app.install(noting('inner', seen));
    app.hook('beforeRequest', () => seen.push('before'));
    app.hook('afterRequest', ({ response }) => seen.push(`after ${response.status}`));
    app.mount(Posts);
    expect(await ask(app, '/posts/1')).toMatchObject({ status: 404, text: 'missing' });
    expect(seen).toEqual([
      'before',
      'outer around',
      'inner around',
      'guard first',
      'guard second',
      'outer apply',
      'inner apply',
      'controller before',
      'method',
      'controller after',
      '/inner apply',
      '/outer apply',
      '/inner around',
      '/outer around',
      'error handler',
      'after 404',
    ]);
  });

  it('has a guard refuse before the body is read', async () => {
    const app = new Bottle({ maxBody: 10 });
    app.install(guard('key', ({ request }) => request.getHeader('x-key') === 'right'));
    app.post('/', ({ request }) => request.text);
    const body = 'x'.repeat(100);
    expect((await ask(app, 'POST /', { body })).status).toBe(403);
    expect((await ask(app, 'POST /', { body, headers: { 'X-Key': 'right' } })).status).toBe(413);
  });

  it('compiles around once for each target, and apply once for each route', async () => {
    const targets: string[] = [];
    const inner = new Bottle();
    inner.get('/x', () => 'x');
    const app = new Bottle();
    app.install({
      around(next, { kind, route, app: owner }) {
        targets.push(`around ${kind} ${route?.rule ?? '-'} ${owner === app}`);
        return next;
      },
      apply(next, route) {
        targets.push(`apply ${route.method} ${route.rule}`);
        return next;
      },
    });
    app.get('/a', () => 'a');
    app.post('/b', () => 'b');
    app.mount('/in', inner);
    for (const path of ['/a', '/a', 'POST /b', '/none', '/in/x', '/in']) await ask(app, path);
    expect(targets.sort()).toEqual([
      'apply GET /a',
      'apply POST /b',
      'around mount /in true',
      'around mount /in/<:re:.*> true',
      'around none - true',
      'around route /a true',
      'around route /b true',
    ]);
    expect(app.routes.flatMap(({ plugins }) => plugins)).toEqual([]);
  });
});

describe('around', () => {
  const outcomes = (seen: unknown[]): Plugin => ({
    around:
      (next, { kind }) =>
      (context) => {
        try {
          const value = next(context);
          seen.push([kind, value instanceof HTTPResponse ? value.status : value]);
          return value;
        } catch (error) {
          seen.push([kind, (error as HTTPError).status]);
          throw error;
        }
      },
  });

  it('wraps every answer, whatever produces it, before casting', async () => {
    const seen: unknown[] = [];
    const app = new Bottle({ logger: () => undefined });
    app.install(outcomes(seen));
    app.hook('beforeRequest', ({ request }) => {
      if (request.path === '/refused') return new HTTPError(418);
      if (request.path === '/thrown') abort(451);
      if (request.path === '/answered') return new HTTPResponse('from a hook', { status: 203 });
    });
    app.get('/x', () => ({ x: 1 }));
    app.get('/redirect', () => redirect('/x'));
    app.post('/y', () => 'y');
    app.mount('/fetch', (_request: globalThis.Request) => new globalThis.Response('f', { status: 202 }));
    expect((await ask(app, '/x')).json).toEqual({ x: 1 });
    for (const path of ['/redirect', '/none', '/y', '/%ff', '/refused', '/thrown', '/answered', '/fetch/z']) await ask(app, path);
    expect(seen.slice(0, -1)).toEqual([
      ['route', { x: 1 }],
      ['route', 303],
      ['none', 404],
      ['none', 405],
      ['none', 400],
      ['none', 418],
      ['none', 451],
      ['none', 203],
    ]);
    expect((seen.at(-1) as unknown[])[0]).toBe('mount');
  });

  it('may answer instead of its target, and may call it again', async () => {
    const app = new Bottle();
    let calls = 0;
    app.get('/', () => `call ${++calls}`);
    app.install({ around: (next) => (context) => [next(context), next(context)] });
    expect((await ask(app, '/')).json).toEqual(['call 1', 'call 2']);
    expect((await ask(app, '/none')).status).toBe(404);
  });

  it('of an app stands around the routes that are merged into it, outside of their owner’s', async () => {
    const seen: string[] = [];
    const owner = new Bottle();
    owner.install(noting('owner', seen));
    owner.get('/merged', () => 'merged');
    owner.get('/skipped', { skip: 'app' }, () => 'skipped');
    const app = new Bottle();
    app.install(noting('app', seen));
    app.merge(owner);
    expect((await ask(app, '/merged')).text).toBe('merged');
    expect(seen.splice(0)).toEqual(['app around', 'owner around', 'owner apply', '/owner apply', '/owner around', '/app around']);
    await ask(app, '/skipped');
    expect(seen.splice(0)).toEqual(['owner around', 'owner apply', '/owner apply', '/owner around']);
    await ask(owner, '/merged');
    expect(seen).toEqual(['owner around', 'owner apply', '/owner apply', '/owner around']);
  });
});

describe('what places say of plugins', () => {
  const tag = (name: string): Plugin => ({
    name,
    around: (next) => (context) => {
      context.response.addHeader('X-Tags', name);
      return next(context);
    },
  });
  const tags = async (app: Bottle, path: string) => (await ask(app, path)).headers.get('x-tags');

  it('leaves out what is installed with `skip: true`, and never what the same place applies', async () => {
    @Controller('/c')
    @Skip(true)
    class C {
      @Get('/bare') bare() {}
      @Get('/own') @Apply(tag('own')) own() {}
    }
    @Controller('/d')
    @Apply(tag('class'))
    class D {
      @Get('/all') all() {}
      @Get('/none') @Skip(true) none() {}
      @Get('/named') @Skip('class') named() {}
    }
    const app = new Bottle();
    app.install(tag('installed'));
    app.mount(C);
    app.mount(D);
    app.get('/f', { skip: true, apply: tag('f') }, () => '');
    expect(await tags(app, '/c/bare')).toBeNull();
    expect(await tags(app, '/c/own')).toBe('own');
    expect(await tags(app, '/d/all')).toBe('installed, class');
    expect(await tags(app, '/d/none')).toBeNull();
    expect(await tags(app, '/d/named')).toBe('installed');
    expect(await tags(app, '/f')).toBe('f');
  });

  it('wraps a mount point in what the mount applies: by around, else by apply', async () => {
    const inner = new Bottle();
    inner.get('/x', () => 'x');
    const only: Plugin = {
      name: 'only apply',
      apply:
        (next, { method }) =>
        (context) => {
          context.response.addHeader('X-Tags', `apply ${method}`);
          return next(context);
        },
    };
    const app = new Bottle();
    app.install(tag('installed'));
    app.mount('/in', inner, { skip: true, apply: [tag('around'), only] });
    expect(await tags(app, '/in/x')).toBe('around, apply PROXY');
    expect(await tags(app, '/in/none')).toBe('around, apply PROXY');
  });

  it('replaces an installed plugin by an applied one of its name, which the strict check reports where they differ in kind', () => {
    class Other implements Plugin {
      readonly name = 'tag';
      setup() {}
    }
    const app = new Bottle();
    app.install(tag('tag'));
    app.get('/same', { apply: tag('tag') }, () => '');
    app.get('/other', { apply: new Other() }, () => '');
    app.check();
    expect(() => app.check({ strict: true })).toThrow(
      /GET \/other[\s\S]*Other replaces the installed tag[\s\S]*BN_PLUGIN_REPLACED/,
    );
    expect(app.wiringProblems(true)).toHaveLength(1);
  });
});

describe('hooks', () => {
  it('see after a request what is about to be sent, whatever produced it', async () => {
    const seen: unknown[] = [];
    const app = new Bottle({ logger: () => undefined });
    app.hook('afterRequest', ({ response }) =>
      seen.push([response.status, response.getHeader('location') ?? response.getHeader('x-a')]),
    );
    app.get('/redirect', () => redirect('/to'));
    app.get('/returned', () => new HTTPResponse('made', { status: 201, headers: { 'X-A': 'a' } }));
    app.get('/fetch', () => new globalThis.Response('f', { status: 202, headers: { 'X-A': 'f' } }));
    app.get('/boom', () => {
      throw new Error('boom');
    });
    app.get('/file', () => staticFile('package.json', { root: '.' }));
    app.get('/no-file', () => staticFile('none.txt', { root: '.' }));
    app.error(404, () => 'handled');
    for (const path of ['/redirect', '/returned', '/fetch', '/boom', '/file', '/no-file', '/none']) {
      seen.push((await ask(app, path)).status);
    }
    expect(seen).toEqual([
      ...[[303, '/to'], 303],
      ...[[201, 'a'], 201],
      ...[[202, 'f'], 202],
      ...[[500, undefined], 500],
      ...[[200, undefined], 200],
      ...[[404, undefined], 404],
      ...[[404, undefined], 404],
    ]);
  });

  it('may change the answer then: cookies and headers of a response are sent once', async () => {
    const app = new Bottle();
    app.get('/', () => new HTTPResponse('x', { status: 201, headers: { 'X-A': 'a' } }).setCookie('c', '1'));
    app.hook('afterRequest', ({ response }) => {
      response.setHeader('X-A', 'b');
      response.status = 202;
    });
    const { status, headers } = await ask(app, '/');
    expect([status, headers.get('x-a'), headers.getSetCookie()]).toEqual([202, 'b', ['c=1']]);
  });

  it('end a request before it is matched by what they return', async () => {
    const app = new Bottle();
    const seen: string[] = [];
    app.hook('beforeRequest', async ({ request }) => {
      await Promise.resolve();
      return request.query.get('maintenance') === undefined ? 'ignored' : new globalThis.Response('later', { status: 503 });
    });
    app.hook('beforeRequest', () => void seen.push('second'));
    app.get('/', () => 'home');
    expect((await ask(app, '/')).text).toBe('home');
    expect(await ask(app, '/?maintenance=1')).toMatchObject({ status: 503, text: 'later' });
    expect(seen).toEqual(['second']);
  });

  it('of a controller end its request by what they return', async () => {
    class Closed {
      @Hook('beforeRequest') close() {
        return new HTTPError(403, 'closed');
      }
      @Post('/closed') post() {
        return 'open';
      }
    }
    expect((await ask(new Bottle().mount(Closed), 'POST /closed')).status).toBe(403);
  });
});

describe('preflight requests of CORS', () => {
  const headers = { Origin: 'http://a.test', 'Access-Control-Request-Method': 'PUT' };

  it('are matched with the verb that they ask for', async () => {
    const seen: unknown[] = [];
    const app = new Bottle();
    app.install({
      around:
        (next, { kind, route, preflight = false }) =>
        (context) => {
          seen.push([kind, route?.method, route?.rule, preflight]);
          return next(context);
        },
    });
    app.put('/x', () => 'x');
    app.get('/x', () => 'x');
    app.route('/own', { method: 'OPTIONS' }, () => 'own');
    expect((await ask(app, 'OPTIONS /x', { headers })).status).toBe(405);
    expect((await ask(app, 'OPTIONS /x')).status).toBe(405);
    expect((await ask(app, 'OPTIONS /none', { headers })).status).toBe(404);
    expect((await ask(app, 'OPTIONS /own', { headers })).text).toBe('own');
    expect(seen).toEqual([
      ['route', 'PUT', '/x', true],
      ['none', undefined, undefined, false],
      ['none', undefined, undefined, true],
      ['route', 'OPTIONS', '/own', false],
    ]);
  });

  it('pass guards', async () => {
    const app = new Bottle();
    app.install(guard('nobody', () => abort(401)));
    app.put('/x', () => 'x');
    expect((await ask(app, 'OPTIONS /x', { headers })).status).toBe(405);
    expect((await ask(app, 'OPTIONS /x')).status).toBe(401);
    expect((await ask(app, 'PUT /x')).status).toBe(401);
  });
});
