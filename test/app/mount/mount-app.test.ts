import { describe, expect, it } from '@jest/globals';
import {
  Bottle,
  type Context,
  Controller,
  Error as OnError,
  Get,
  Hook,
  type HTTPError,
  type Plugin,
  Post,
  redirect,
  Request,
  Response,
} from 'bottlenose';
import { ask } from '../ask.js';

@Controller('/posts')
class Posts {
  constructor(readonly store = 'no store') {}
  @Get('/<id:int>')
  show(id: number) {
    return { id, store: this.store };
  }
  @Get()
  list() {
    return 'all';
  }
  @Post('/')
  create(request: Request) {
    return `created ${request.text}`;
  }
}

describe('a controller that is mounted', () => {
  it('as a class is instantiated once', async () => {
    let made = 0;
    class Counted {
      constructor() {
        made++;
      }
      @Get('/n')
      n() {
        return String(made);
      }
    }
    const app = new Bottle().mount('/c', Counted);
    expect([(await ask(app, '/c/n')).text, (await ask(app, '/c/n')).text]).toEqual(['1', '1']);
  });

  it('as an instance is used as it is', async () => {
    expect((await ask(new Bottle().mount(new Posts('mine')), '/posts/3')).json).toEqual({ id: 3, store: 'mine' });
  });

  it.each(['get', 'resolve'])('is asked of the container by %s', async (method) => {
    const container = { [method]: (Class: typeof Posts) => new Class('from the container') };
    const app = new Bottle({ container }).mount('/api', Posts);
    expect((await ask(app, '/api/posts/1')).json).toEqual({ id: 1, store: 'from the container' });
  });

  it('is refused when the container has none of it, naming class and remedy', () => {
    const app = new Bottle({ container: { get: () => undefined } });
    expect(() => app.mount(Posts)).toThrow('The container returned no instance of Posts. Register the class with it');
  });

  it('may be mounted twice, with and without a prefix, each with its own state', async () => {
    const app = new Bottle().mount('/a', new Posts('a')).mount('/b/', new Posts('b')).mount(Posts);
    expect((await ask(app, '/a/posts/1')).json).toEqual({ id: 1, store: 'a' });
    expect((await ask(app, '/b/posts/1')).json).toEqual({ id: 1, store: 'b' });
    expect((await ask(app, '/posts/1')).json).toEqual({ id: 1, store: 'no store' });
    expect((await ask(app, '/a/posts')).text).toBe('all');
    expect((await ask(app, 'POST /a/posts/', { body: 'x' })).text).toBe('created x');
  });

  it('sees whole paths: nothing is shifted', async () => {
    class Where {
      @Get('/where')
      where(request: Request) {
        return [request.scriptName, request.path];
      }
    }
    expect((await ask(new Bottle().mount('/api', Where), '/api/where')).json).toEqual(['/', '/api/where']);
  });

  it('takes its options from the mount, the controller and the route, the nearest first', async () => {
    const seen: Record<string, unknown> = {};
    @Controller('/', { config: { b: 'controller', c: 'controller' } })
    class Configured {
      @Get('/x', { config: { c: 'route' } })
      x() {}
    }
    const app = new Bottle();
    app.config.set('a', 'app');
    app.install((callback, route) => {
      for (const key of ['a', 'b', 'c', 'd']) seen[key] = route.config.get(key);
      return callback;
    });
    app.mount('/', Configured, { config: { a: 'mount', b: 'mount', d: 'mount' } });
    await ask(app, '/x');
    expect(seen).toEqual({ a: 'mount', b: 'controller', c: 'route', d: 'mount' });
    expect(app.config.get('b')).toBeUndefined();
  });
});

describe('what cannot be mounted', () => {
  it.each([
    [null, 'A null cannot be mounted'],
    ['/prefix', 'cannot be mounted'],
    [{}, 'is not a controller'],
    [class Plain {}, 'Plain is not a controller'],
  ])('%p is refused', (target, message) => {
    expect(() => new Bottle().mount('/x', target as object)).toThrow(message);
  });

  it('is an app below itself', () => {
    const app = new Bottle();
    const inner = new Bottle();
    app.mount('/inner', inner);
    expect(() => app.mount('/x', app)).toThrow('An app cannot be mounted below itself');
    expect(() => inner.mount('/x', app)).toThrow('An app cannot be mounted below itself');
  });
});

describe('an app that is mounted', () => {
  const where = (_: unknown, { request }: Context) => ({
    scriptName: request.scriptName,
    path: request.path,
    fullPath: request.fullPath,
    url: request.url,
  });

  it('sees path and script name shifted, and answers its mount point with and without the slash', async () => {
    const inner = new Bottle();
    inner.get('/where/<x>', where).get('/', () => 'root');
    const app = new Bottle().mount('/in', inner);
    expect((await ask(app, '/in/where/%C3%A4?q=1')).json).toEqual({
      scriptName: '/in/',
      path: '/where/ä',
      fullPath: '/in/where/ä',
      url: 'http://localhost/in/where/%C3%A4?q=1',
    });
    expect((await ask(app, '/in')).text).toBe('root');
    expect((await ask(app, '/in/')).text).toBe('root');
    expect((await ask(app, '/inner')).status).toBe(404);
  });

  it('may itself have apps mounted, three deep', async () => {
    const third = new Bottle();
    third.get('/where', where).get('/boom', () => {
      throw new RangeError('x');
    });
    const second = new Bottle().mount('/three', third);
    const first = new Bottle().mount('/two/two', second);
    const app = new Bottle().mount('/one', first);
    expect((await ask(app, '/one/two/two/three/where')).json).toMatchObject({
      scriptName: '/one/two/two/three/',
      path: '/where',
    });
    first.error(RangeError, (_error: RangeError, { request }: Context) => `first app, at ${request.path}`);
    expect((await ask(app, '/one/two/two/three/boom')).text).toBe('first app, at /two/two/three/boom');
  });

  it('keeps its plugins, hooks and error handlers; of those around it, only `around` reaches it, unless the mount skips it', async () => {
    const around = (name: string): Plugin => ({
      name,
      around: (next) => (context) => {
        context.response.addHeader('X-Around', name);
        return next(context);
      },
    });
    const mark = (name: string) => (callback: (context: Context) => unknown) => (context: Context) => {
      context.response.addHeader('X-Plugin', name);
      return callback(context);
    };
    const inner = new Bottle();
    inner.install(mark('inner'));
    inner.hook('beforeRequest', ({ response }) => response.addHeader('X-Hook', 'inner'));
    inner.error(404, () => 'inner 404');
    inner.get('/x', () => 'x');
    const app = new Bottle();
    app.install(mark('outer'));
    app.install(around('outer'));
    inner.install(around('inner'));
    app.hook('beforeRequest', ({ response }) => response.addHeader('X-Hook', 'outer'));
    app.error(404, () => 'outer 404');
    app.get('/y', () => 'y');
    app.mount('/in', inner).mount('/alone', inner, { skip: 'outer' });
    const get = async (path: string) => {
      const { headers, text } = await ask(app, path);
      return [text, headers.get('x-plugin'), headers.get('x-around'), headers.get('x-hook')];
    };
    expect(await get('/in/x')).toEqual(['x', 'inner', 'outer, inner', 'outer, inner']);
    expect(await get('/alone/x')).toEqual(['x', 'inner', 'inner', 'outer, inner']);
    expect(await get('/y')).toEqual(['y', 'outer', 'outer', 'outer']);
    expect(await get('/in/none')).toEqual(['inner 404', null, 'outer, inner', 'outer, inner']);
    expect(await get('/none')).toEqual(['outer 404', null, 'outer', 'outer']);
  });

  it('passes errors without a handler to the app around it', async () => {
    const inner = new Bottle({ logger: () => undefined });
    inner.get('/boom', () => {
      throw new RangeError('x');
    });
    inner.post('/only', () => 'x');
    const app = new Bottle();
    app.error(RangeError, () => 'handled outside');
    app.error([404, 405], (error: HTTPError, { response }: Context) => `${error.status} ${response.getHeader('allow')}`);
    app.mount('/in', inner);
    expect((await ask(app, '/in/boom')).text).toBe('handled outside');
    expect(await ask(app, '/in/none')).toMatchObject({ status: 404, text: '404 undefined' });
    expect(await ask(app, '/in/only')).toMatchObject({ status: 405, text: '405 POST' });
  });

  it('lets the hooks around it see the whole path again, whatever it answered', async () => {
    const inner = new Bottle();
    inner
      .get('/x', () => 'x')
      .get('/later', async () => 'x')
      .get('/stream', function* (_, { request }) {
        yield `streamed below ${request.scriptName}`;
      });
    const seen: string[] = [];
    const app = new Bottle().mount('/in', inner);
    app.hook('afterRequest', ({ request, app: serving }) => seen.push(`${request.path} ${serving === app}`));
    for (const path of ['/in/x', '/in/later', '/in/none']) await ask(app, path);
    expect((await ask(app, '/in/stream')).text).toBe('streamed below /in/');
    expect(seen).toEqual(['/in/x true', '/in/later true', '/in/none true', '/in/stream true']);
  });

  it('answers errors of its streams itself, as long as nothing has been sent', async () => {
    const inner = new Bottle();
    // biome-ignore lint/correctness/useYield: it fails before it yields
    inner.get('/stream', function* () {
      throw new RangeError('x');
    });
    inner.error(RangeError, () => 'inner');
    const app = new Bottle().mount('/a', new Bottle().mount('/b', inner));
    expect((await ask(app, '/a/b/stream')).text).toBe('inner');
  });

  it('passes errors of its streams to the outer app, which knows the whole path', async () => {
    const inner = new Bottle();
    // biome-ignore lint/correctness/useYield: it fails before it yields
    inner.get('/stream', function* () {
      throw new RangeError('x');
    });
    const app = new Bottle().mount('/a', new Bottle().mount('/b', inner));
    app.error(RangeError, (_error: RangeError, { request }: Context) => `outside, at ${request.path}`);
    expect((await ask(app, '/a/b/stream')).text).toBe('outside, at /a/b/stream');
  });

  it('may be mounted twice, and below wildcards', async () => {
    const inner = new Bottle();
    inner.get('/where', where);
    const app = new Bottle().mount('/a', inner).mount('/b/c', inner).mount('/<tenant>/d', inner);
    const scripts = [];
    for (const path of ['/a/where', '/b/c/where', '/acme/d/where']) scripts.push((await ask(app, path)).json);
    expect(scripts.map((script) => (script as { scriptName: string }).scriptName)).toEqual(['/a/', '/b/c/', '/acme/d/']);
  });

  it('builds URLs with the prefixes of its mounts', async () => {
    const shop = new Bottle();
    shop.get('/cart/<id:int>', () => '', { name: 'cart' });
    shop.mount(Posts);
    const tenant = new Bottle();
    tenant.mount('/shop', shop);
    const app = new Bottle();
    expect(shop.url('cart', { id: 1 })).toBe('/shop/cart/1');
    app.mount('/t/<tenant>/<:int>', tenant);
    expect(shop.url('/posts/<id:int>', { id: 7, tenant: 'a', q: 1 }, 5)).toBe('/t/a/5/shop/posts/7?q=1');
    expect(() => shop.url('cart', { id: 7 }, 5)).toThrow('no value for the wildcard "tenant"');
    // Of several mounts, the first one counts.
    new Bottle().mount('/other', shop);
    expect(shop.url('cart', { id: 7, tenant: 'a' }, 5)).toBe('/t/a/5/shop/cart/7');
  });

  it('builds the URLs of redirects in it', async () => {
    const shop = new Bottle();
    shop.get('/cart', () => 'the cart', { name: 'cart' });
    shop.get('/', (_, { request }) => redirect((request.app as Bottle).url('cart')));
    const app = new Bottle();
    app.mount('/shop', shop);
    const answer = await app.fetch(new globalThis.Request('http://localhost/shop/'));
    expect(answer.headers.get('location')).toMatch(/\/shop\/cart$/);
  });

  it('reads bodies by its own limits', async () => {
    const inner = new Bottle({ maxBody: 10 });
    inner.post('/', (_, { request }) => request.text);
    const app = new Bottle().mount('/in', inner);
    app.post('/out', (_, { request }) => request.text);
    expect((await ask(app, 'POST /in', { body: 'x'.repeat(11) })).status).toBe(413);
    expect((await ask(app, 'POST /in', { body: 'ten bytes.' })).text).toBe('ten bytes.');
    expect((await ask(app, 'POST /out', { body: 'x'.repeat(11) })).status).toBe(200);
  });

  it('gets routes and plugins added after it was mounted, and after the first request', async () => {
    const inner = new Bottle();
    const app = new Bottle().mount('/in', inner);
    inner.get('/a', () => ({ a: 1 }));
    expect((await ask(app, '/in/a')).json).toEqual({ a: 1 });
    inner.get('/b', () => 'b');
    inner.install((callback) => (context) => `<${callback(context)}>`);
    expect((await ask(app, '/in/b')).text).toBe('<b>');
  });

  it('shows wiring mistakes with those of the app around it, before the first request', async () => {
    const inner = new Bottle();
    inner.get('/<id>', ({ nope }: { nope?: never } & Record<string, unknown>) => nope);
    class Broken {
      @Get('/x')
      x(missing: string) {
        return missing;
      }
    }
    const app = new Bottle({ logger: () => undefined }).mount('/in', inner).mount(Broken);
    expect(() => app.check()).toThrow(/nope.*missing|missing.*nope/s);
    await expect(ask(app, '/in/1')).rejects.toThrow(/nope.*missing|missing.*nope/s);
  });
});

describe('the configuration of a mounted app', () => {
  it('is an overlay of that around it: it sees its values, until it sets its own', () => {
    const inner = new Bottle();
    const app = new Bottle();
    app.config.set('theme', 'light');
    inner.config.set('own', 1);
    app.mount('/in', inner);
    expect(inner.config.get('theme')).toBe('light');
    app.config.set('theme', 'dark');
    expect(inner.config.get('theme')).toBe('dark');
    inner.config.set('theme', 'blue');
    expect([inner.config.get('theme'), app.config.get('theme'), app.config.get('own')]).toEqual(['blue', 'dark', undefined]);
  });

  it('has what the mount says in between', () => {
    const inner = new Bottle();
    const app = new Bottle();
    app.config.set('a', 'app');
    inner.config.set('c', 'inner');
    app.mount('/in', inner, { config: { a: 'mount', b: 'mount', c: 'mount' } });
    expect(['a', 'b', 'c'].map((key) => inner.config.get(key))).toEqual(['mount', 'mount', 'inner']);
    expect(app.config.get('b')).toBeUndefined();
  });

  it('has the limits of the app around it unless it was given its own', () => {
    const [free, strict] = [new Bottle(), new Bottle({ maxBody: 5 })];
    new Bottle({ maxBody: 100 }).mount('/a', free).mount('/b', strict);
    expect([free.config.get('maxBody'), strict.config.get('maxBody')]).toEqual([100, 5]);
  });

  it('tells its listeners what it inherits', () => {
    const heard: unknown[] = [];
    const inner = new Bottle();
    inner.hook('config', (key, value) => heard.push([key, value]));
    const app = new Bottle();
    app.config.set('a', 1);
    app.mount('/in', inner);
    app.config.set('a', 2);
    expect(heard).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
  });

  it('is that of the first mount, where there are several', () => {
    const inner = new Bottle();
    const [one, two] = [new Bottle(), new Bottle()];
    one.config.set('who', 'one');
    two.config.set('who', 'two');
    one.mount('/x', inner);
    two.mount('/x', inner);
    expect(inner.config.get('who')).toBe('one');
  });
});

describe('merge', () => {
  it('adds routes that keep their owner, its plugins and its error handlers', async () => {
    const owner = new Bottle();
    owner.install((callback) => (context) => `<${callback(context)}>`);
    owner.error(RangeError, () => 'answered by the owner');
    owner.get('/x/<n:int>', ({ n }) => String(n));
    owner.get('/boom', () => {
      throw new RangeError('x');
    });
    const app = new Bottle();
    app.install((callback) => (context) => `[${callback(context)}]`);
    app.get('/y', () => 'y');
    app.merge(owner);
    expect((await ask(app, '/x/5')).text).toBe('<5>');
    expect((await ask(app, '/y')).text).toBe('[y]');
    expect((await ask(app, '/boom')).text).toBe('answered by the owner');
    expect(app.routes.map((route) => route.app === owner)).toEqual([false, true, true]);
    owner.install((callback) => (context) => `(${callback(context)})`);
    expect((await ask(app, '/x/5')).text).toBe('<(5)>');
  });

  it('takes a list of routes', async () => {
    const owner = new Bottle();
    owner.get('/a', () => 'a').get('/b', () => 'b');
    const app = new Bottle().merge(owner.routes.slice(1));
    expect((await ask(app, '/b')).text).toBe('b');
    expect((await ask(app, '/a')).status).toBe(404);
  });

  it('of a controller keeps its hooks and handlers', async () => {
    class Hooked {
      @Hook('beforeRequest')
      before(response: Response) {
        response.setHeader('X-Hook', 'yes');
      }
      @Get('/boom')
      boom() {
        throw new RangeError('x');
      }
      @OnError(RangeError)
      answer() {
        return 'by the controller';
      }
    }
    const app = new Bottle().merge(new Bottle().mount('/c', Hooked));
    const answer = await ask(app, '/c/boom');
    expect([answer.text, answer.headers.get('x-hook')]).toEqual(['by the controller', 'yes']);
  });
});
