import { describe, expect, it } from '@jest/globals';
import { Apply, Bottle, type Callback, Controller, Get, Hook, Inject, type Plugin, type RouteInfo, Skip, View } from 'bottlenose';
import { ask } from '../ask.js';

declare module 'bottlenose' {
  interface Provided {
    store: unknown;
  }
}

/** Wraps the answer in its name: `a(b(answer))`. */
class Wrap implements Plugin {
  readonly name: string;
  readonly events: string[] = [];
  constructor(name: string) {
    this.name = name;
  }
  setup(app: Bottle): void {
    this.events.push(`setup ${app instanceof Bottle}`);
  }
  apply(callback: Callback, route: RouteInfo): Callback {
    this.events.push(`apply ${route.method} ${route.rule}`);
    return (context) => `${this.name}(${callback(context)})`;
  }
  close(): void {
    this.events.push('close');
  }
}
class Other extends Wrap {}

const wrapping =
  (name: string) =>
  (callback: Callback): Callback =>
  (context) =>
    `${name}(${callback(context)})`;

describe('installed plugins', () => {
  it('apply in the order of installation, outermost first, then those of controller and method', async () => {
    @Apply(new Wrap('class1'), new Wrap('class2'))
    @Controller('/c', { apply: new Wrap('option') })
    class Wrapped {
      @Apply(wrapping('method'))
      @Get('/x', { apply: [new Wrap('route')] })
      x() {
        return 'x';
      }
    }
    const app = new Bottle();
    app.install(new Wrap('a'));
    app.install(new Wrap('b'));
    app.mount('/', Wrapped, { apply: wrapping('mount') });
    expect((await ask(app, '/c/x')).text).toBe('a(b(mount(option(class1(class2(route(method(x))))))))');
  });

  it('are given back by install, and set up at once', () => {
    const app = new Bottle();
    const plugin = new Wrap('a');
    expect(app.install(plugin)).toBe(plugin);
    expect(plugin.events).toEqual(['setup true']);
    const bare = wrapping('b');
    expect(app.install(bare)).toBe(bare);
  });

  it('apply once per route, before its first request', async () => {
    const app = new Bottle();
    const plugin = app.install(new Wrap('a'));
    app.route('/x', () => 'x', { method: ['GET', 'POST'] });
    expect(plugin.events).toEqual(['setup true']);
    await ask(app, '/x');
    await ask(app, '/x');
    expect(plugin.events).toEqual(['setup true', 'apply GET /x', 'apply POST /x']);
  });

  it('may be installed and uninstalled at run time, and then apply again', async () => {
    const app = new Bottle();
    app.get('/x', () => 'x');
    const a = app.install(new Wrap('a'));
    expect((await ask(app, '/x')).text).toBe('a(x)');
    app.install(new Wrap('b'));
    expect((await ask(app, '/x')).text).toBe('a(b(x))');
    expect(app.uninstall('a')).toEqual([a]);
    expect(a.events.at(-1)).toBe('close');
    expect((await ask(app, '/x')).text).toBe('b(x)');
  });

  it('are uninstalled by name, class (with its subclasses), instance, function, or all', () => {
    const app = new Bottle();
    const names = () => app.plugins.map(({ name }) => name);
    const bare = wrapping('bare');
    const fill = () => {
      app.uninstall(true);
      for (const name of ['a', 'b']) app.install(new Wrap(name));
      app.install(new Other('c'));
      app.install(bare);
    };
    const left = (selector: Parameters<Bottle['uninstall']>[0]) => {
      fill();
      app.uninstall(selector);
      return app.plugins.length;
    };
    fill();
    const [first] = app.plugins as [Plugin];
    app.uninstall(first);
    expect(names()).toEqual(['b', 'c', '']);
    expect(left('b')).toBe(3);
    expect(left(Other)).toBe(3);
    expect(left(Wrap)).toBe(1);
    expect(left(bare)).toBe(3);
    expect(left(true)).toBe(0);
    expect(left('nobody')).toBe(4);
  });

  it('of the same name: the later replaces the earlier where both would apply', async () => {
    const app = new Bottle();
    app.get('/x', () => 'x').get('/y', () => 'y', { apply: new Wrap('a') });
    const first = app.install(new Wrap('a'));
    app.install(new Wrap('b'));
    const second = app.install(new Other('a'));
    expect((await ask(app, '/x')).text).toBe('b(a(x))');
    expect((await ask(app, '/y')).text).toBe('b(a(y))');
    expect([first, second].map(({ events }) => events.length)).toEqual([1, 2]);
  });

  it('of a factory whose functions have one name all apply; the same function twice applies once', async () => {
    const tagging = (tag: string): ((callback: Callback) => Callback) => {
      function tagged(callback: Callback): Callback {
        return (context) => `${tag}(${callback(context)})`;
      }
      return tagged;
    };
    const app = new Bottle();
    const [a, b] = [tagging('a'), tagging('b')];
    app.install(a);
    app.install(b);
    app.get('/x', () => 'x').get('/y', () => 'y', { apply: a });
    expect((await ask(app, '/x')).text).toBe('a(b(x))');
    expect((await ask(app, '/y')).text).toBe('b(a(y))');
    app.uninstall(a);
    expect((await ask(app, '/x')).text).toBe('b(x)');
  });

  it('close once, however often the app is closed, and again when they are installed again', async () => {
    let closed = 0;
    const plugin: Plugin = {
      name: 'once',
      close: async () => {
        closed += 1;
        await Promise.resolve();
        if (closed === 2) throw new Error('closed before');
      },
    };
    const app = new Bottle();
    app.install(plugin);
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(closed).toBe(1);
    app.uninstall(plugin);
    expect(closed).toBe(1);
    app.install(plugin);
    await expect(app.close()).rejects.toThrow('closed before');
    await expect(app.close()).rejects.toThrow('closed before');
    expect(closed).toBe(2);
  });

  it('close when the app closes, last first, even if one fails', async () => {
    const order: string[] = [];
    const closing = (name: string, fail = false): Plugin => ({
      name,
      setup: () => undefined,
      close: async () => {
        order.push(name);
        if (fail) throw new Error(`${name} failed`);
      },
    });
    const app = new Bottle();
    app.install(closing('a'));
    app.install(closing('b', true));
    const inner = new Bottle();
    inner.install(closing('inner'));
    inner.get('/', () => 'x', { apply: closing('route') });
    app.mount('/in', inner).mount('/again', inner);
    await ask(app, '/in');
    await expect(app.close()).rejects.toThrow('b failed');
    expect(order).toEqual(['b', 'a', 'route', 'inner']);
  });
});

describe('a route', () => {
  it('skips plugins by name, class, instance, or all that are installed', async () => {
    const app = new Bottle();
    const [a, b] = [app.install(new Wrap('a')), app.install(new Other('b'))];
    app.get('/none', () => 'x');
    app.get('/name', () => 'x', { skip: 'a' });
    app.get('/class', () => 'x', { skip: Other });
    app.get('/instance', () => 'x', { skip: a });
    app.get('/list', () => 'x', { skip: [a, 'b'] });
    app.get('/all', () => 'x', { skip: true, apply: new Wrap('own') });
    const texts = [];
    for (const path of ['none', 'name', 'class', 'instance', 'list', 'all']) texts.push((await ask(app, `/${path}`)).text);
    expect(texts).toEqual(['a(b(x))', 'b(x)', 'a(x)', 'b(x)', 'x', 'own(x)']);
    expect(b.events).not.toContain('apply GET /list');
  });

  it('skips what its method, controller or mount says', async () => {
    @Skip('a')
    @Controller('/c')
    class Skipping {
      @Skip(Other)
      @Get('/both')
      both() {
        return 'x';
      }
      @Get('/one')
      one() {
        return 'x';
      }
    }
    const app = new Bottle();
    for (const plugin of [new Wrap('a'), new Other('b'), new Wrap('c')]) app.install(plugin);
    app.mount(Skipping).mount('/m', Skipping, { skip: 'c' });
    const texts = [];
    for (const path of ['/c/both', '/c/one', '/m/c/both', '/m/c/one']) texts.push((await ask(app, path)).text);
    expect(texts).toEqual(['c(x)', 'b(c(x))', 'x', 'b(x)']);
  });

  it('without JSON conversion may not return objects; without the view plugin renders nothing', async () => {
    const app = new Bottle({ logger: () => undefined });
    class Pages {
      @Get('/a', { json: false })
      a() {
        return { a: 1 };
      }
      @View('Hello {{name}}!\n')
      @Get('/b')
      b() {
        return { name: 'B' };
      }
      @View('Hello {{name}}!\n')
      @Skip('view')
      @Get('/c')
      c() {
        return { name: 'C' };
      }
    }
    app.mount(Pages);
    expect((await ask(app, '/a')).status).toBe(500);
    expect((await ask(app, '/b')).text.trim()).toBe('Hello B!');
    expect((await ask(app, '/c')).json).toEqual({ name: 'C' });
    app.config.set('autojson', false);
    expect((await ask(app, '/c')).status).toBe(500);
  });
});

describe('an app without autojson', () => {
  it('is one as soon as its configuration says so, and no longer than that', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.get('/', () => ({ a: 1 }));
    expect((await ask(app, '/')).json).toEqual({ a: 1 });
    app.config.set('autojson', 'false');
    expect((await ask(app, '/')).status).toBe(500);
    app.config.set('autojson', 'on');
    expect((await ask(app, '/')).json).toEqual({ a: 1 });
  });

  it('still converts for routes with the option json', async () => {
    const app = new Bottle({ autojson: false, logger: () => undefined });
    app.get('/', () => ({ a: 1 }));
    app.get('/json', () => ({ a: 1 }), { json: true });
    expect((await ask(app, '/')).status).toBe(500);
    expect((await ask(app, '/json')).json).toEqual({ a: 1 });
  });
});

describe('what a plugin provides', () => {
  class Database {
    constructor(readonly name: string) {}
  }
  class Provider implements Plugin {
    readonly provides = { keyword: 'store', type: Database };
    readonly wantedBy: string[] = [];
    apply(callback: Callback, route: RouteInfo): Callback {
      if (!route.wants(this)) return callback;
      this.wantedBy.push(route.displayName);
      return (context) => {
        context.provide('store', new Database('main'));
        return callback(context);
      };
    }
  }

  it('is wanted by parameters of methods, hooks and functions that ask for it by name, type or @Inject', async () => {
    class Asking {
      @Get('/name')
      name(store: unknown) {
        return store;
      }
      @Get('/type')
      type(other: Database) {
        return other;
      }
      @Get('/inject')
      inject(@Inject('store') x: unknown) {
        return x;
      }
      @Get('/nothing')
      nothing(id = 'nothing') {
        return id;
      }
    }
    class Hooked {
      @Hook('beforeRequest')
      before(database: Database) {
        if (!(database instanceof Database)) throw new Error('no database in the hook');
      }
      @Get('/hooked')
      hooked() {
        return 'hooked';
      }
    }
    const app = new Bottle();
    const provider = app.install(new Provider());
    app.mount(Asking).mount(Hooked);
    app.get('/function', ({ store }) => store);
    for (const path of ['name', 'type', 'inject', 'function'])
      expect((await ask(app, `/${path}`)).json).toEqual({ name: 'main' });
    expect((await ask(app, '/nothing')).text).toBe('nothing');
    expect((await ask(app, '/hooked')).text).toBe('hooked');
    expect(provider.wantedBy.slice(0, 4)).toEqual(['Asking.name', 'Asking.type', 'Asking.inject', 'Hooked.hooked']);
    expect(provider.wantedBy).toHaveLength(5);
  });

  it('reaches a sub-app only through its own plugins', () => {
    const inner = new Bottle();
    inner.get('/', ({ store }) => store);
    const app = new Bottle();
    app.install(new Provider());
    app.mount('/in', inner);
    expect(() => app.check()).toThrow("'store'");
    inner.install(new Provider());
    expect(() => app.check()).not.toThrow();
  });
});

describe('a value that is not a plugin', () => {
  it.each([
    [null, 'A plugin is'],
    ['sqlite', 'A plugin is'],
    [{}, 'A plugin is'],
    [Wrap, 'Wrap is a plugin class: install an instance'],
  ])('is refused (%p)', (plugin, message) => {
    expect(() => new Bottle().install(plugin as never)).toThrow(message);
  });

  it('because it gives no callback, is reported before the first request, with plugin and route', () => {
    const app = new Bottle();
    app.install({ name: 'broken', apply: () => 'nothing' as never });
    app.get('/x', function show() {
      return 'x';
    });
    expect(() => app.check()).toThrow(/broken.*callback|callback.*broken/s);
  });

  it('because it throws, is reported by its name, with its error as the cause', () => {
    const cause = new RangeError('no key');
    const app = new Bottle().get('/x', () => 'x');
    app.install({
      name: 'guard',
      apply: () => {
        throw cause;
      },
    });
    const problem = { code: 'BN_PLUGIN_FAILED', message: 'The plugin guard failed: no key', cause };
    expect(() => app.check()).toThrow(expect.objectContaining({ cause, problems: [expect.objectContaining(problem)] }));
  });

  it('because its setup throws, is not installed', () => {
    const app = new Bottle();
    const before = app.plugins.length;
    const plugin = {
      setup: () => {
        throw new Error('no file');
      },
    };
    expect(() => app.install(plugin)).toThrow('no file');
    expect(app.plugins).toHaveLength(before);
  });
});

describe('what a plugin learns of a route', () => {
  it('is rule, verb, name, configuration, app, controller and parameters', async () => {
    const seen: unknown[] = [];
    @Controller('/posts')
    class Posts {
      @Get('/<id:int>', { name: 'post', config: { cache: { seconds: 5 } } })
      show(id: number) {
        return String(id);
      }
    }
    const app = new Bottle();
    app.install((callback, { rule, method, name, config, app: owner, controller, parameters }) => {
      seen.push(
        rule,
        method,
        name,
        config['cache.seconds'],
        owner === app,
        controller,
        parameters.map((parameter) => parameter.name),
      );
      return callback;
    });
    app.mount('/api', Posts);
    await ask(app, '/api/posts/1');
    expect(seen).toEqual(['/api/posts/<id:int>', 'GET', 'post', 5, true, Posts, ['id']]);
  });
});
