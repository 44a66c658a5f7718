import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Apply, Bottle, Controller, Get, Hook, HTTPError, Post, Route, WiringError, Error as OnError } from 'bottlenose';
import { ask } from '../../controllers/fixtures/ask.js';
import { Account, codesOf, Database, errorOf, providing, quiet, SQLitePlugin } from '../../controllers/fixtures/wiring.js';

describe('a WiringError', () => {
  it('lists all that is wrong, with places, names and cures', () => {
    @Controller('/posts')
    class Posts {
      @Get('/<id:int>') show(id: string, bd: Database, nmae: string) {
        return [id, bd, nmae];
      }
      @Get() list(database: Account) {
        return database;
      }
      @Get('/latest') latest() {}
      @Get('/<slug>') bySlug(slug: string) {
        return slug;
      }
      @Get('/<other>') again(other: string) {
        return other;
      }
      @Post('/') create({ title }: { title: string }, error: HTTPError) {
        return [title, error];
      }
      @OnError(404) missing(eror: string) {
        return eror;
      }
      @Hook('beforeRequest') open(acount: string) {
        return acount;
      }
    }
    const app = new Bottle();
    app.install(new SQLitePlugin());
    app.install(providing({ keyword: 'account' }, {}, 'accounts'));
    app.mount('/api', Posts);
    app.get('/hello/<name>', ({ nam }: Record<string, unknown>) => nam);
    expect(errorOf(app).message).toBe(FULL_TEXT);
  });

  it('says in its problems what its text says', () => {
    class Posts {
      @Get('/posts/<id:int>') show(idd: number) {
        return idd;
      }
    }
    const error = errorOf(new Bottle().mount('/api', Posts));
    expect(error).toMatchObject({ name: 'WiringError', code: 'BN_WIRING' });
    expect(error.problems).toEqual([
      {
        code: 'BN_PARAMETER_UNPROVIDED',
        message: "Nothing provides the parameter 'idd'.",
        controller: 'Posts',
        method: 'Posts.show',
        verb: 'GET',
        rule: '/api/posts/<id:int>',
        parameter: 'idd',
        index: 0,
        signature: ['idd: number'],
        available: ['id (<id:int>)', 'request', 'response'],
        nearest: 'id',
        cure: "rename it to 'id', give it a default value, or say where it comes from (@Query('idd'), @Body(), …).",
      },
    ]);
  });

  it('tells what is wrong with a hook once, however many routes it stands around', () => {
    class Many {
      @Route(['/a', '/b', '/c', '/d', '/e']) get() {}
      @Hook('afterRequest') close(nothing: string) {
        return nothing;
      }
    }
    const { message, problems } = errorOf(new Bottle().mount(Many));
    expect(problems).toHaveLength(5);
    expect(message).toMatch(
      /^This app cannot be wired, for one reason:\n\n1\. GET \/a\n {3}GET \/b\n {3}GET \/c\n {3}and 2 more routes\n/,
    );
    expect(message).toContain('Many.close(nothing: string)\n              ~~~~~~~~~~~~~~~\n');
  });
});

const FULL_TEXT = `This app cannot be wired, for 9 reasons:

1. errors below /api/posts
   Posts.missing(eror: string)
                 ~~~~~~~~~~~~
   Nothing provides the parameter 'eror'. Did you mean 'error'? [BN_PARAMETER_UNPROVIDED]
   Available: db: Database (SQLitePlugin), account (accounts), error, request, response.
   Cure: rename it to 'error', give it a default value, or say where it comes from (@Query('eror'), @Body(), …).

2. GET /api/posts/<id:int>
   Posts.show(id: string, bd: Database, nmae: string)
              ~~~~~~~~~~
   Parameter 'id' is declared as string, but the wildcard <id:int> gives a number. [BN_WILDCARD_TYPE]
   Cure: declare it as number, or write the wildcard as <id>.

3. GET /api/posts/<id:int>
   Posts.show(id: string, bd: Database, nmae: string)
                                        ~~~~~~~~~~~~
   Nothing provides the parameter 'nmae'. [BN_PARAMETER_UNPROVIDED]
   Available: id (<id:int>), db: Database (SQLitePlugin), account (accounts), request, response.
   Cure: install the plugin that provides it, give it a default value, or say where it comes from (@Query('nmae'), @Body(), …).

4. GET /api/posts/<id:int>
   GET /api/posts
   GET /api/posts/latest
   and 3 more routes
   Posts.open(acount: string)
              ~~~~~~~~~~~~~~
   Nothing provides the parameter 'acount'. Did you mean 'account'? [BN_PARAMETER_UNPROVIDED]
   Available: db: Database (SQLitePlugin), account (accounts), request, response.
   Cure: rename it to 'account', give it a default value, or say where it comes from (@Query('acount'), @Body(), …).

5. GET /api/posts
   Posts.list(database: Account)
              ~~~~~~~~~~~~~~~~~
   Nothing provides the parameter 'database', neither by its name nor by its type Account. [BN_PARAMETER_UNPROVIDED]
   Available: db: Database (SQLitePlugin), account (accounts), request, response.
   Cure: install the plugin that provides an Account, give it a default value, or say where it comes from (@Body(), …).

6. POST /api/posts/
   Posts.create({ title }, error: HTTPError)
                ~~~~~~~~~
   Parameter 1 is destructured, so it has no name to be bound by. [BN_PARAMETER_DESTRUCTURED]
   Available: db: Database (SQLitePlugin), account (accounts), request, response.
   Cure: decorate it (@Query(), @Body(), …), or take the values as parameters of their own.

7. POST /api/posts/
   Posts.create({ title }, error: HTTPError)
                           ~~~~~~~~~~~~~~~~
   Parameter 'error' asks for an error, and only error handlers are given one. [BN_PARAMETER_UNPROVIDED]
   Available: db: Database (SQLitePlugin), account (accounts), request, response.
   Cure: decorate the method with @Error(…) instead of a route, or remove the parameter.

8. GET /hello/<name>
   (anonymous function)({ nam })
                        ~~~~~~~
   The function destructures 'nam' from its arguments, but nothing provides it. Did you mean 'name'? [BN_PARAMETER_UNPROVIDED]
   Available: name (<name>), db: Database (SQLitePlugin), account (accounts), request, response.
   Cure: name one of the wildcards, install the plugin that provides it, or give it a default value.

9. GET /api/posts/<slug>
   Posts.bySlug
   It is never called: GET /api/posts/<other> of Posts.again was added later, and wins. [BN_RULE_DUPLICATE]
   Cure: remove one of the two, or give them different rules or verbs.

Explained in node_modules/bottlenose/docs/errors.md#bn_parameter_unprovided, #bn_wildcard_type, #bn_parameter_destructured, #bn_rule_duplicate
`;

describe('rules', () => {
  it('that are added twice or never reached are reported, with both places', () => {
    class First {
      @Get('/posts/<id>') show() {}
    }
    class Second {
      @Get('/posts/<id>') display() {}
      @Get('/posts/<id:int>') number() {}
    }
    expect(errorOf(new Bottle().mount(First).mount(Second)).problems).toMatchObject([
      {
        code: 'BN_RULE_DUPLICATE',
        controller: 'First',
        method: 'First.show',
        verb: 'GET',
        rule: '/posts/<id>',
        message: 'It is never called: GET /posts/<id> of Second.display was added later, and wins.',
      },
      {
        code: 'BN_RULE_UNREACHABLE',
        method: 'Second.number',
        message: 'It is never called: GET /posts/<id> of Second.display was added before, and matches all its paths.',
        cure: 'add the more specific rule first, or narrow the wider one with a filter.',
      },
    ]);
  });

  it('do not keep an app from serving', async () => {
    const app = new Bottle();
    app.get('/a', () => 'first');
    app.get('/a', () => 'second');
    expect((await ask(app, '/a')).text).toBe('second');
  });
});

describe('members of every kind', () => {
  it('are decided: static, private and accessor members, fields, symbols, overridden and inherited methods', async () => {
    const key = Symbol('key');
    class Base {
      @Get('/own/<id:int>') own(id: number) {
        return ['base', id];
      }
      @Get('/overridden/<id:int>') overridden(id: number) {
        return ['base', id];
      }
      @Get('/symbol/<id:int>') [key](id: number) {
        return ['symbol', id];
      }
      @Get('/private') usesPrivate() {
        return [this.#secret()];
      }
      #secret() {
        return 'private';
      }
    }
    class Derived extends Base {
      override overridden(id: number, page = 1) {
        return ['derived', id, page, ...super.overridden(id)];
      }
    }
    const app = new Bottle().mount('/a', Derived).mount('/b', new Derived());
    app.check();
    expect((await ask(app, '/a/own/1')).json).toEqual(['base', 1]);
    expect((await ask(app, '/b/own/1')).json).toEqual(['base', 1]);
    expect((await ask(app, '/a/overridden/1')).json).toEqual(['derived', 1, 1, 'base', 1]);
    expect((await ask(app, '/a/symbol/1')).json).toEqual(['symbol', 1]);
    expect((await ask(app, '/a/private')).json).toEqual(['private']);
  });

  it('that cannot answer are listed with their cure', () => {
    const get = Get('/') as (target: object, key: PropertyKey, descriptor?: PropertyDescriptor) => void;
    class Wrong {
      @Get('/fine') fine() {}
      static fixed() {}
      get accessor() {
        return 1;
      }
    }
    get(Wrong, 'fixed', Object.getOwnPropertyDescriptor(Wrong, 'fixed'));
    get(Wrong.prototype, 'accessor', Object.getOwnPropertyDescriptor(Wrong.prototype, 'accessor'));
    get(Wrong.prototype, 'field');
    const problems = errorOf(new Bottle().mount(Wrong)).problems;
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('static member'),
      expect.stringContaining('stands on a getter or setter'),
      expect.stringContaining('stands on a field'),
    ]);
  });

  it('mounted at two places are two routes each, and at the same place duplicates', () => {
    class Twice {
      @Get('/a') get() {}
    }
    new Bottle().mount('/1', Twice).mount('/2', Twice).check();
    expect(codesOf(errorOf(new Bottle().mount('/1', Twice).mount('/1', Twice)).problems)).toEqual(['BN_RULE_DUPLICATE']);
  });
});

describe('mounted and merged apps', () => {
  class Broken {
    @Get('/<id:int>') get(idd: number) {
      return idd;
    }
  }

  it('are proven with the outer one, and their rules told with the prefix', async () => {
    const { app } = quiet();
    const inner = new Bottle().mount('/posts', Broken);
    const middle = new Bottle();
    middle.mount('/inner', inner);
    app.mount('/outer', middle);
    expect(errorOf(app).problems).toMatchObject([{ rule: '/outer/inner/posts/<id:int>', parameter: 'idd' }]);
    await expect(ask(app, '/')).rejects.toThrow(WiringError);
  });

  it('keep their own strictness, unless the check has one', () => {
    const app = new Bottle();
    const inner = new Bottle({ strict: true });
    inner.get('/<unused>', () => '');
    app.mount('/inner', inner);
    expect(errorOf(app).problems).toMatchObject([{ rule: '/inner/<unused>' }]);
    app.check({ strict: false });
  });

  it('tell what is wrong with merged routes and the error handlers of their controllers', () => {
    class Handlers {
      @Get('/fine') fine() {}
      @OnError(404) missing(nothing: string) {
        return nothing;
      }
    }
    const owner = new Bottle().mount(Broken).mount(Handlers);
    expect(errorOf(new Bottle().merge(owner)).problems).toMatchObject([{ parameter: 'nothing' }, { parameter: 'idd' }]);
    const part = owner.routes.filter((route) => route.controller === Broken);
    expect(errorOf(new Bottle().merge(part)).problems).toMatchObject([{ parameter: 'idd' }]);
  });

  it('tell what is wrong with the plugins around merged routes', async () => {
    const { app, logged } = quiet();
    app.merge(new Bottle().get('/', () => 'x'));
    const demanding = app.install({
      name: 'demanding',
      uses: ['key'],
      around: (next, { kind }) => {
        if (kind === 'route') throw new Error('no key for this route');
        return next;
      },
    });
    const { problems } = errorOf(app);
    expect(problems).toEqual([
      expect.objectContaining({ code: 'BN_PLUGIN_FAILED', rule: '/', message: expect.stringContaining('no key for this route') }),
      expect.objectContaining({ code: 'BN_PLUGIN_USES' }),
    ]);
    await expect(ask(app, '/')).rejects.toThrow(WiringError);
    app.uninstall(demanding);
    expect((await ask(app, '/')).text).toBe('x');
    // From then on a mistake costs its own route.
    app.install(demanding);
    expect((await ask(app, '/')).status).toBe(500);
    expect(logged).toEqual([expect.any(WiringError), expect.anything()]);
  });
});

describe('before the first request', () => {
  class Broken {
    @Get('/broken') get(nothing: string) {
      return nothing;
    }
  }

  it('an app that is not wired is refused, again and again, until it is cured', async () => {
    const { app } = quiet();
    app.get('/fine', () => 'fine');
    class Cured {
      @Get('/cured') get(later: string) {
        return [later];
      }
    }
    app.mount(Cured);
    await expect(ask(app, '/fine')).rejects.toThrow(WiringError);
    await expect(ask(app, '/fine')).rejects.toThrow("Nothing provides the parameter 'later'");
    app.install(providing({ keyword: 'later' }, 'now'));
    expect((await ask(app, '/fine')).text).toBe('fine');
    expect((await ask(app, '/cured')).json).toEqual(['now']);
  });

  it('through a socket the client gets a bare 500, and the log the reasons', async () => {
    const { app, logged } = quiet();
    app.mount(Broken);
    const server = createServer(app.listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      expect([response.status, await response.text()]).toEqual([500, '500 Internal Server Error']);
      expect(logged).toEqual([expect.any(WiringError)]);
    } finally {
      server.close();
    }
  });

  it('run() checks before it listens', async () => {
    const { app } = quiet();
    app.mount(Broken);
    let listened = false;
    const server = {
      listen: async () => {
        listened = true;
        return { url: '', close: async () => {} };
      },
    };
    await expect(app.run({ server, quiet: true })).rejects.toThrow(WiringError);
    expect(listened).toBe(false);
  });

  it('debug mode checks at mount', () => {
    expect(() => new Bottle({ debug: true }).mount(Broken)).toThrow(WiringError);
  });
});

describe('after the first request', () => {
  it('an app that was whole keeps serving: only what is broken fails, and is logged', async () => {
    const { app, logged } = quiet();
    app.get('/fine', () => 'fine');
    await ask(app, '/fine');
    class Later {
      @Get('/later') get(nothing: string) {
        return nothing;
      }
      @Get('/good') good() {
        return 'good';
      }
    }
    app.mount(Later);
    expect((await ask(app, '/fine')).text).toBe('fine');
    expect((await ask(app, '/good')).text).toBe('good');
    expect(logged).toEqual([expect.any(WiringError)]);
    const answer = await ask(app, '/later');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('nothing');
    expect(errorOf(app).problems).toMatchObject([{ parameter: 'nothing' }]);
  });

  it('a route whose hook or plugin cannot be wired is closed, not left unguarded', async () => {
    const { app } = quiet();
    await ask(app, '/');
    class Hooked {
      @Get('/hooked') get() {
        return 'secret';
      }
      @Hook('beforeRequest') guard(user: string) {
        return user;
      }
    }
    class Plugged {
      @Get('/plugged')
      @Apply({
        apply() {
          throw new TypeError('The key is missing.');
        },
      })
      get() {
        return 'secret';
      }
    }
    app.mount(Hooked).mount(Plugged);
    for (const path of ['/hooked', '/plugged']) {
      const answer = await ask(app, path);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('secret');
    }
    const error = errorOf(app);
    expect(error.problems).toMatchObject([
      { method: 'Hooked.guard' },
      { code: 'BN_PLUGIN_FAILED', method: 'Plugged.get', message: 'The plugin without a name failed: The key is missing.' },
    ]);
    expect(error.cause).toEqual(new TypeError('The key is missing.'));
  });

  it('a controller that only handles errors is wired as well, and again for each plugin', async () => {
    const { app } = quiet();
    await ask(app, '/');
    class Handlers {
      @OnError(404) missing(db = 'none') {
        return [db];
      }
    }
    app.mount(Handlers);
    expect((await ask(app, '/')).json).toEqual(['none']);
    app.install(providing({ keyword: 'db' }, 'here'));
    expect((await ask(app, '/')).json).toEqual(['here']);
  });

  it('a broken route is whole again once its plugin is installed', async () => {
    const { app } = quiet();
    await ask(app, '/');
    class Later {
      @Get('/later') get(db: string) {
        return [db];
      }
    }
    app.mount(Later);
    expect((await ask(app, '/later')).status).toBe(500);
    app.install(providing({ keyword: 'db' }, 'here'));
    expect((await ask(app, '/later')).json).toEqual(['here']);
    app.check();
  });
});
