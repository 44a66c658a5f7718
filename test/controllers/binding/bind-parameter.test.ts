import { describe, expect, it } from '@jest/globals';
import {
  Apply,
  Body,
  Bottle,
  Form,
  Get,
  HTTPError,
  Inject,
  Param,
  Post,
  Query,
  Request,
  Response,
  Skip,
  Error as OnError,
} from 'bottlenose';
import { ask } from '../fixtures/ask.js';
import { Account, codesOf, Database, errorOf, problemsOf, providing, quiet, SQLitePlugin } from '../fixtures/wiring.js';

class Mistakes {
  @Get('/anError') anError(error: HTTPError) {
    return error;
  }
  @Get('/fetchRequest') fetchRequest(req: globalThis.Request) {
    return req;
  }
  @Get('/service') service(account: Account) {
    return account;
  }
  @Get('/destructured') destructured({ a }: { a: number }) {
    return a;
  }
  @Get('/rest/<tags>') rest(...tags: string[]) {
    return tags;
  }
  @Get('/wildcard/<id>') wildcard(@Param('idd') id: string) {
    return id;
  }
  @Get('/keyword') keyword(@Inject('bd') it: unknown) {
    return it;
  }
  @Get('/injected') injected(@Inject(Account) it: unknown) {
    return it;
  }
  @Get('/oneText') oneText(@Query('account') account: Account) {
    return account;
  }
  @Get('/unnamed') unnamed(@Query([String]) [a]: string[]) {
    return a;
  }
  @Post('/body', { stream: true }) body(@Body() body: unknown) {
    return body;
  }
  @Post('/form', { stream: true }) form(@Form('a') a: string) {
    return a;
  }
}

describe('a parameter', () => {
  it('takes the decorator before the declared type, that before the name, and that before the default', async () => {
    const db = new Database();
    const account = new Account();
    const { app } = quiet();
    app.install(providing({ keyword: 'db', type: Database }, db));
    app.install(providing({ keyword: 'account', type: Account }, account));
    class Order {
      @Get('/decorator/<db>') decorator(@Query('q') db: string, @Inject('account') request: unknown) {
        return [db, request === account];
      }
      @Get('/type/<account>/<request>') type(account: Database, request: Response, id: Request) {
        return [account === db, request instanceof Response, id instanceof Request];
      }
      @Get('/name/<db>/<request>') name(db: string, request: string, account = 'default') {
        return [db, request, String(account === (account as unknown))];
      }
      @Get('/default/<id:int>') fallback(nothing = 'Stranger', id: number, alsoNothing = 3) {
        return [nothing, id, alsoNothing];
      }
      @Get('/request') request(request: unknown, response: unknown) {
        return [request instanceof Request, response instanceof Response];
      }
    }
    app.mount(Order);
    app.check();
    expect((await ask(app, '/decorator/x?q=a')).json).toEqual(['a', true]);
    expect((await ask(app, '/type/x/y')).json).toEqual([true, true, true]);
    expect((await ask(app, '/name/x/y')).json).toEqual(['x', 'y', 'true']);
    expect((await ask(app, '/default/5')).json).toEqual(['Stranger', 5, 3]);
    expect((await ask(app, '/request')).json).toEqual([true, true]);
  });

  it('may ask for a plugin by type alone', async () => {
    const { app } = quiet();
    app.install(providing({ type: Database }, 'the value'));
    class Typed {
      @Get() get(anything: Database) {
        return [anything];
      }
    }
    app.mount(Typed);
    expect((await ask(app, '/')).json).toEqual(['the value']);
  });

  it('is ambiguous when several plugins provide its type, unless it has the name of one', () => {
    const app = new Bottle();
    app.install(providing({ keyword: 'main', type: Database }, {}, 'first'));
    app.install(providing({ keyword: 'replica', type: Database }, {}, 'second'));
    class Ambiguous {
      @Get('/good') good(main: Database, replica: Database, @Inject('main') other: Database) {
        return [main, replica, other];
      }
      @Get('/bad') bad(db: Database) {
        return db;
      }
    }
    app.mount(Ambiguous);
    expect(errorOf(app).problems).toMatchObject([
      {
        code: 'BN_PARAMETER_AMBIGUOUS',
        method: 'Ambiguous.bad',
        message: "Parameter 'db' asks for a Database, which 2 plugins provide.",
        available: ['main: Database (first)', 'replica: Database (second)'],
        cure: "name the parameter after the one that is meant ('main' or 'replica'), or write @Inject('main').",
      },
    ]);
  });

  it('takes the inner one of two plugins with the same keyword', async () => {
    const { app } = quiet();
    app.install(providing({ keyword: 'db' }, 'outer'));
    app.install(providing({ keyword: 'db' }, 'inner'));
    class One {
      @Get() get(db: unknown) {
        return [db];
      }
    }
    app.mount(One);
    expect((await ask(app, '/')).json).toEqual(['inner']);
  });

  it('may be provided by a plugin of its route alone, and is not once the route skips it', () => {
    const plugin = providing({ keyword: 'db' }, {}, 'db');
    class Own {
      @Get('/with') @Apply(plugin) own(db: unknown) {
        return db;
      }
      @Get('/without') @Skip(SQLitePlugin) skipped(db: unknown) {
        return db;
      }
    }
    expect(problemsOf(Own)).toMatchObject([{ method: 'Own.skipped', parameter: 'db' }]);
  });

  it.each([
    ['error', 'anError', /only error handlers are given one/, /@Error/],
    ['fetch’s Request', 'fetchRequest', /the Request of fetch/, /import \{ Request \} from 'bottlenose'/],
    [
      'a service that no plugin provides',
      'service',
      /^Nothing provides the parameter 'account', neither by its name nor by its type Account\.$/,
      /install the plugin that provides an Account/,
    ],
    ['a destructured parameter', 'destructured', /^Parameter 1 is destructured/, /decorate it/],
    ['a rest parameter', 'rest', /^Parameter 'tags' is a rest parameter/, /@Query\('tags'\)/],
    ['an unknown wildcard', 'wildcard', /asks for the wildcard 'idd', which the rule does not have/, /write <idd> into the rule/],
    ['an unknown keyword', 'keyword', /asks for 'bd', which no installed plugin provides/, /install the plugin/],
    ['an unknown type to inject', 'injected', /asks for an Account, which no installed plugin provides/, /install the plugin/],
    [
      'a class of one text',
      'oneText',
      /is an Account, which the text of one query cannot become/,
      /leaving the name 'account' out/,
    ],
    ['a decorator that needs a name', 'unnamed', /does not say which query it takes/, /give its decorator a name/],
    [
      'the body of a streamed route',
      'body',
      /asks for the body, which the route's \{ stream: true \} leaves unread/,
      /request\.stream/,
    ],
    ['the form of a streamed route', 'form', /asks for the body/, /remove `stream`/],
  ])('that nothing provides is told with its cure: %s', (_what, key, message, cure) => {
    const problems = problemsOf(Mistakes).filter(({ method }) => method === `Mistakes.${key}`);
    expect(problems).toEqual([
      expect.objectContaining({ message: expect.stringMatching(message), cure: expect.stringMatching(cure) }),
    ]);
  });

  it('may ask for another class of the same name: two copies of a package', () => {
    const Twin = { Database: class Database {} }.Database;
    class Doubled {
      get(store: unknown) {
        return store;
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Twin], Doubled.prototype, 'get');
    Get('/')(Doubled.prototype, 'get', Object.getOwnPropertyDescriptor(Doubled.prototype, 'get')!);
    expect(problemsOf(Doubled)).toMatchObject([
      {
        message: "Parameter 'store' asks for a Database, but another class of that name than SQLitePlugin provides.",
        cure: 'import Database from where the plugin comes from (two copies of a package may be installed).',
      },
    ]);
  });

  it('of minified code is told how to get its name', () => {
    const target = new Function('class a{m(t,e){return[t,e]}};return a')();
    Get('/<id:int>')(target.prototype, 'm', Object.getOwnPropertyDescriptor(target.prototype, 'm')!);
    expect(problemsOf(target)[0]?.cure).toContain("list the names in { params: ['…'] } if this code is minified");
  });

  it('renamed by a compiler is bound under the name in the source, if only that is provided', async () => {
    const target = new Function(
      'return class Posts { show(id1, clock2, request22, response) { return [id1, clock2, request22.path, response.status]; } }',
    )();
    Get('/<id:int>')(target.prototype, 'show', Object.getOwnPropertyDescriptor(target.prototype, 'show')!);
    const app = new Bottle();
    app.install(providing({ keyword: 'clock' }, 'noon'));
    app.mount(target);
    app.check({ strict: true });
    expect((await ask(app, '/5')).json).toEqual([5, 'noon', '/5', 200]);
  });

  it('with digits of its own keeps its name where that is provided, or where the name without them is taken', () => {
    class Both {
      @Get('/<id>/<id2>') both(id2: string, id: string) {
        return [id, id2];
      }
      @Get('/one/<db>/x') taken(db: string, db2: string) {
        return [db, db2];
      }
    }
    expect(problemsOf(Both)).toMatchObject([
      { code: 'BN_PARAMETER_UNPROVIDED', method: 'Both.taken', parameter: 'db2', nearest: 'db' },
    ]);
  });

  it('that is marked as unused by an underscore is bound, with its name or as it is', async () => {
    class Unused {
      @Get('/a/<id>') named(_id: string, _user: string, __request: unknown) {
        return [_id, _user, __request instanceof Request];
      }
      @Get('/b/<_id>/<id>') exact(_id: string, id: string) {
        return [_id, id];
      }
      @Get('/c/<id>') decorated(@Param() _id: string, @Inject() _user: string) {
        return [_id, _user];
      }
    }
    const app = new Bottle();
    app.install(providing({ keyword: 'user' }, 'ada'));
    app.mount(Unused);
    app.check({ strict: true });
    expect((await ask(app, '/a/1')).json).toEqual(['1', 'ada', true]);
    expect((await ask(app, '/b/1/2')).json).toEqual(['1', '2']);
    expect((await ask(app, '/c/1')).json).toEqual(['1', 'ada']);
  });

  it('may ask for what is there anyway by @Inject, under another name', async () => {
    class Renamed {
      @Get('/<id:int>') show(@Inject('request') req: unknown, @Inject(Response) res: unknown) {
        return [req instanceof Request, res instanceof Response];
      }
      @OnError(404) missing(@Inject('error') cause: unknown) {
        return { failed: (cause as HTTPError).status };
      }
    }
    const app = new Bottle().mount(Renamed);
    app.check();
    expect((await ask(app, '/5')).json).toEqual([true, true]);
    expect((await ask(app, '/none')).json).toEqual({ failed: 404 });
  });

  it('of minified code may be named in the option `params`', async () => {
    const target = new Function('class a{m(t,e){return[t,e]}};return a')();
    const params = ['id', Query('page', { type: Number })];
    Get('/<id:int>', { params })(target.prototype, 'm', Object.getOwnPropertyDescriptor(target.prototype, 'm')!);
    expect((await ask(new Bottle().mount(target), '/5?page=2')).json).toEqual([5, 2]);
  });

  it('may be told its type right after its name', async () => {
    const target = new Function('class a{m(t){return[t]}};return a')();
    Get('/', { params: [Query('page', Number)] })(target.prototype, 'm', Object.getOwnPropertyDescriptor(target.prototype, 'm')!);
    const app = new Bottle().mount(target);
    expect((await ask(app, '/?page=2')).json).toEqual([2]);
    expect((await ask(app, '/?page=two')).status).toBe(422);
  });

  it('of a bound function has no name', () => {
    class Bound {
      show(id: number) {
        return id;
      }
    }
    const descriptor = { value: Bound.prototype.show.bind(undefined), configurable: true, writable: true };
    Object.defineProperty(Bound.prototype, 'show', descriptor);
    Get('/<id:int>')(Bound.prototype, 'show', descriptor);
    expect(codesOf(problemsOf(Bound))).toEqual(['BN_PARAMETER_UNNAMED']);
  });
});

describe('functions', () => {
  it('take wildcards, plugins’ values, the request and the response by destructuring', async () => {
    const app = new Bottle();
    app.install(providing({ keyword: 'db' }, 'database'));
    app.get('/<name>/<n:int>', ({ name, n: number, db, request, response, page = 1 }: Record<string, unknown>) => [
      name,
      number,
      db,
      request instanceof Request,
      response instanceof Response,
      page,
    ]);
    app.check();
    expect((await ask(app, '/a/5')).json).toEqual(['a', 5, 'database', true, true, 1]);
  });

  it('have their unknown names told', () => {
    const app = new Bottle();
    app.get('/<name>', function hello({ nam }: Record<string, unknown>) {
      return nam;
    });
    expect(errorOf(app).problems).toMatchObject([
      { code: 'BN_PARAMETER_UNPROVIDED', method: 'hello', parameter: 'nam', nearest: 'name', signature: ['{ nam }'] },
    ]);
  });

  it('are called like methods with the option `params`', async () => {
    const app = new Bottle();
    const handler = (id: number, page: number) => [id, page];
    app.get('/<id:int>', handler as never, { params: ['id', Query('page', { type: Number })] });
    expect((await ask(app, '/5?page=2')).json).toEqual([5, 2]);
    expect((await ask(app, '/5?page=x')).status).toBe(422);
  });
});

describe('error handlers', () => {
  it('get the error by type or by name, and what plugins provide', async () => {
    class Failing {
      @Get() get() {
        throw new HTTPError(404, 'gone');
      }
      @Get('/type') type() {
        throw new RangeError('far');
      }
      @OnError(404) missing(failure: HTTPError, db: Database, request: Request, response: Response) {
        return [failure.body, db instanceof Database, request.path, response.status];
      }
      @OnError(RangeError) range(error: unknown) {
        return [(error as Error).message];
      }
    }
    const { app } = quiet();
    app.install(providing({ keyword: 'db', type: Database }, new Database()));
    app.mount(Failing);
    app.check();
    expect((await ask(app, '/')).json).toEqual(['gone', true, '/', 404]);
    expect((await ask(app, '/type')).json).toEqual(['far']);
  });

  it('are proven like routes', () => {
    class Failing {
      @OnError(404) missing(err: string, id: number) {
        return [err, id];
      }
    }
    expect(errorOf(new Bottle().mount('/api', Failing)).problems).toMatchObject([
      { method: 'Failing.missing', verb: 'errors below', rule: '/api', parameter: 'err', nearest: 'error' },
      { parameter: 'id', available: ['error', 'request', 'response'] },
    ]);
  });
});
