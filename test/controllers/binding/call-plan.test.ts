import { describe, expect, it } from '@jest/globals';
import { Bottle, createParam, Get, HTTPError, type Plugin, Post, Query, type Request } from 'bottlenose';
import { appOf, ask } from '../fixtures/ask.js';
import { providing, quiet } from '../fixtures/wiring.js';

const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 1, value));

describe('createParam', () => {
  const Path = createParam((request) => request.path);
  const Named = createParam((request, _context, name: string) => request.query.get(name));
  const Later = createParam((request) => later(`later ${request.path}`));

  it('gives what its function returns, at once or later, in all of its forms', async () => {
    class Custom {
      @Get('/x') get(@Path a: string, @Path() b: string, @Named('n') c: string, @Later() d: string, @Query('q') q = 5) {
        return [a, b, c, d, q];
      }
    }
    expect((await ask(appOf(Custom), '/x?n=1&q=2')).json).toEqual(['/x', '/x', '1', 'later /x', 2]);
  });

  it('lets a default stand where it gives nothing', async () => {
    const Nothing = createParam(() => undefined);
    const Soon = createParam(() => later(undefined));
    class Defaults {
      @Get() get(@Nothing() a = 'a', @Soon() b = 'b') {
        return [a, b];
      }
    }
    expect((await ask(appOf(Defaults), '/')).json).toEqual(['a', 'b']);
  });

  it('answers what its function throws, at once or later, before anything that is wrong with the other parameters', async () => {
    const Denied = createParam(() => {
      throw new HTTPError(401, 'Who are you?');
    });
    const DeniedLater = createParam(async () => {
      await later(0);
      throw new HTTPError(403, 'Not you.');
    });
    class Guarded {
      @Get('/now') now(@Query('n') n: number, @Denied() who: unknown) {
        return [n, who];
      }
      @Get('/later') later(@Query('n') n: number, @DeniedLater() who: unknown) {
        return [n, who];
      }
    }
    const app = appOf(Guarded);
    expect((await ask(app, '/now?n=x')).status).toBe(401);
    expect((await ask(app, '/later?n=x')).status).toBe(403);
  });

  it('does not leave a rejection unheard when another parameter throws', async () => {
    const unheard: unknown[] = [];
    const listen = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', listen);
    const Slow = createParam(async () => {
      await later(0);
      throw new Error('slow');
    });
    const Quick = createParam(() => {
      throw new HTTPError(400, 'quick');
    });
    class Both {
      @Get() get(@Slow() a: unknown, @Quick() b: unknown) {
        return [a, b];
      }
    }
    try {
      expect((await ask(appOf(Both), '/')).status).toBe(400);
      await later(0);
      await later(0);
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });

  it('reports what its function breaks as a 500', async () => {
    const Broken = createParam((request) => (request as Request & { missing: { thing: string } }).missing.thing);
    class Breaking {
      @Get() get(@Broken() a: unknown) {
        return a;
      }
    }
    const { app, logged } = quiet();
    expect((await ask(app.mount(Breaking), '/')).status).toBe(500);
    expect(logged).toEqual([expect.any(TypeError)]);
  });
});

describe('a method', () => {
  it('is called as a method of its instance, however many parameters it takes', async () => {
    class Counting {
      readonly #base = 10;
      @Get('/0') zero() {
        return [this.#base];
      }
      @Get('/1/<a:int>') one(a: number) {
        return [this.#base, a];
      }
      @Get('/2/<a:int>/<b>') two(a: number, b: string) {
        return [this.#base, a, b];
      }
      @Get('/3/<a>/<b>/<c>') three(a: string, b: string, c: string) {
        return [this.#base, a, b, c];
      }
      @Get('/4/<a>/<b>/<c>/<d>') four(a: string, b: string, c: string, d: string) {
        return [this.#base, a, b, c, d];
      }
      @Get('/5/<a>') five(a: string, @Query('n') n: number) {
        return [this.#base, a, n];
      }
      @Get('/rest') rest(@Query('n', { type: Number }) ...n: number[]) {
        return [this.#base, ...n];
      }
    }
    const app = appOf(Counting);
    expect((await ask(app, '/0')).json).toEqual([10]);
    expect((await ask(app, '/1/1')).json).toEqual([10, 1]);
    expect((await ask(app, '/2/1/b')).json).toEqual([10, 1, 'b']);
    expect((await ask(app, '/3/a/b/c')).json).toEqual([10, 'a', 'b', 'c']);
    expect((await ask(app, '/4/a/b/c/d')).json).toEqual([10, 'a', 'b', 'c', 'd']);
    expect((await ask(app, '/5/a?n=3')).json).toEqual([10, 'a', 3]);
    expect((await ask(app, '/rest?n=3&n=4')).json).toEqual([10, 3, 4]);
    expect((await ask(app, '/rest?n=3&n=x')).json.errors).toMatchObject([{ path: '/n/1' }]);
  });

  it('stays directly callable', () => {
    class Plain {
      @Get('/<id:int>') show(id: number, page = 1) {
        return [id, page];
      }
    }
    appOf(Plain).check();
    expect(new Plain().show(1)).toEqual([1, 1]);
  });

  it('is not passed trailing parameters that have only defaults, and earlier ones as undefined', async () => {
    let count = -1;
    class Arguments {
      @Get('/<id:int>') show(first = 'a', id: number, last = 'z') {
        // biome-ignore lint/complexity/noArguments: how many were passed is the question
        count = arguments.length;
        return [first, id, last];
      }
    }
    expect((await ask(appOf(Arguments), '/5')).json).toEqual(['a', 5, 'z']);
    expect(count).toBe(2);
  });

  it('is never called when a parameter is refused', async () => {
    let calls = 0;
    class Counted {
      @Post('/<id>') create(id: number, @Query('n', { required: true }) n: number) {
        calls++;
        return [id, n];
      }
    }
    const app = appOf(Counted);
    for (const path of ['/x?n=1', '/1', '/1?n=x']) expect((await ask(app, path, { method: 'POST' })).status).toBe(422);
    expect(calls).toBe(0);
    expect((await ask(app, '/1?n=1', { method: 'POST' })).status).toBe(200);
    expect(calls).toBe(1);
  });

  it('gets what plugins provide as it is, also when that has a `then`', async () => {
    // A query builder, which would run its query when awaited.
    const builder = {
      ran: false,
      // biome-ignore lint/suspicious/noThenProperty: that is what they have
      then(done: (value: string) => void) {
        this.ran = true;
        done('rows');
      },
    };
    const { app } = quiet();
    app.install(providing({ keyword: 'query' }, builder) as Plugin);
    const Soon = createParam(() => later(1));
    class Lazy {
      @Get() get(query: typeof builder, @Query('n') n: number, @Soon() soon: number) {
        return [query.ran, n, soon];
      }
    }
    expect((await ask(app.mount(Lazy), '/?n=2')).json).toEqual([false, 2, 1]);
  });
});

it('a method whose parameters are all at hand is answered without a promise', () => {
  class Sync {
    @Get('/<id:int>') get(id: number, @Query('n') n: number) {
      return [id, n];
    }
  }
  const app = new Bottle().mount(Sync);
  app.check();
  const sent: unknown[] = [];
  const exchange = {
    method: 'GET',
    target: '/5?n=2',
    hasBody: false,
    header: () => undefined,
    rawHeaders: () => [],
    onClose: () => {},
    send: (...args: unknown[]) => sent.push(args),
  };
  expect(app.handle(exchange as never)).toBeUndefined();
  expect(sent).toHaveLength(1);
});
