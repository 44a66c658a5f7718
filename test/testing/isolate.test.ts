import { describe, expect, it } from '@jest/globals';
import {
  Apply,
  type Callback,
  Controller,
  Error,
  Get,
  Hook,
  HTTPError,
  Inject,
  type Plugin,
  Post,
  type Request,
  Skip,
  WiringError,
} from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { isolate } from 'bottlenose/testing';

class Store {
  find(id: number): object | undefined {
    return id === 1 ? { id, title: 'First' } : undefined;
  }
}

class Clock {
  now(): number {
    return 0;
  }
}

@Controller('/posts')
class Posts {
  @Get('/<id:int>')
  show(id: number, store: Store) {
    return store.find(id) ?? new HTTPError(404, 'No such post.');
  }

  @Error(404)
  missing(error: HTTPError) {
    return { error: error.body };
  }
}

describe('isolate', () => {
  it('mounts one controller with its prefix and its error handlers', async () => {
    const posts = isolate(Posts, { store: new Store() });
    expect((await posts.get('/posts/1')).json).toEqual({ id: 1, title: 'First' });
    const missing = await posts.get('/posts/2');
    expect([missing.status, missing.json]).toEqual([404, { error: 'No such post.' }]);
  });

  it('takes an instance', async () => {
    @Controller()
    class Greeter {
      readonly #name: string;

      constructor(name: string) {
        this.#name = name;
      }

      @Get('/')
      greet() {
        return `Hello ${this.#name}`;
      }
    }
    expect((await isolate(new Greeter('Ada')).get('/')).text).toBe('Hello Ada');
  });

  it('passes a value to the parameter of its name, whatever the value is', async () => {
    @Controller()
    class Values {
      @Get('/')
      all(fake: Store, clock: () => string, list: number[], nothing: unknown) {
        return { found: fake.find(7), time: clock(), list, nothing: nothing ?? 'nothing' };
      }
    }
    const fake = { find: () => 'faked' };
    const values = isolate(Values, { fake, clock: () => 'noon', list: [1], nothing: undefined });
    expect((await values.get('/')).json).toEqual({ found: 'faked', time: 'noon', list: [1], nothing: 'nothing' });
  });

  it('passes a value to @Inject by keyword', async () => {
    @Controller()
    class Injected {
      @Get('/')
      show(@Inject('db') connection: { name: string }) {
        return connection.name;
      }
    }
    expect((await isolate(Injected, { db: { name: 'fake' } }).get('/')).text).toBe('fake');
  });

  it('passes a value to the parameters that declare its class, by any name', async () => {
    @Controller()
    class Typed {
      @Get('/')
      show(anything: Store, clock: Clock) {
        return [anything.find(1), clock.now()];
      }
    }
    const answer = await isolate(Typed, { store: new Store(), time: new Clock() }).get('/');
    expect(answer.json).toEqual([{ id: 1, title: 'First' }, 0]);
  });

  it('passes a database to a parameter that declares Database', async () => {
    @Controller()
    class Reads {
      @Get('/')
      show(connection: Database) {
        return connection.prepare('SELECT 1 AS one').get();
      }
    }
    expect((await isolate(Reads, { db: new Database(':memory:') }).get('/')).json).toEqual({ one: 1 });
  });

  it('takes classes as keys, for values that are not instances', async () => {
    @Controller()
    class Typed {
      @Get('/')
      show(clock: Clock, word: string) {
        return `${word} ${clock.now()}`;
      }
    }
    const fake = { now: () => 42 };
    expect(
      (
        await isolate(
          Typed,
          new Map<string | Function, unknown>([
            [Clock, fake],
            ['word', 'at'],
          ]),
        ).get('/')
      ).text,
    ).toBe('at 42');
    expect(
      (
        await isolate(Typed, [
          [Clock, fake],
          ['word', 'by'],
        ]).get('/')
      ).text,
    ).toBe('by 42');
    expect(() => isolate(Typed, [[1 as never, fake]])).toThrow('the key of a value must be a keyword or a class, not a number');
  });

  it('tells two values of one class apart by name, and refuses to guess', async () => {
    @Controller()
    class Two {
      @Get('/')
      show(near: Clock, far: Clock) {
        return [near.now(), far.now()];
      }
    }
    const at = (time: number) => Object.assign(new Clock(), { now: () => time });
    expect((await isolate(Two, { far: at(2), near: at(1) }).get('/')).json).toEqual([1, 2]);
    expect(() => isolate(Two, { a: at(1), b: at(2) })).toThrow(/'near' asks for a Clock, which 2 plugins provide/);
  });

  it('hands one value to each of the classes that it is', async () => {
    class Precise extends Clock {}
    @Controller()
    class Both {
      @Get('/')
      show(clock: Clock, precise: Precise) {
        return clock === precise;
      }
    }
    expect((await isolate(Both, { clock: new Precise() }).get('/')).json).toBe(true);
  });

  it('does not take a function for whatever declares a function', () => {
    @Controller()
    class Functions {
      @Get('/')
      show(clock: () => number) {
        return clock();
      }
    }
    expect(() => isolate(Functions, { random: () => 4 })).toThrow(WiringError);
  });

  it('proves the wiring at once', () => {
    expect(() => isolate(Posts)).toThrow(WiringError);
    expect(() => isolate(Posts, { stor: {} })).toThrow(/parameter 'store'[\s\S]*Did you mean 'stor'/);
    class Plain {}
    expect(() => isolate(Plain)).toThrow('Plain is not a controller');
  });

  it('runs the hooks of the controller, with values', async () => {
    @Controller()
    class Hooked {
      @Hook('beforeRequest')
      check(user: string, request: Request) {
        request.state.user = user.toUpperCase();
      }

      @Get('/')
      show(request: Request) {
        return String(request.state.user);
      }
    }
    expect((await isolate(Hooked, { user: 'ada' }).get('/')).text).toBe('ADA');
  });

  it('keeps a jar of cookies, and takes the options of a client and of an app', async () => {
    @Controller()
    class Crashes {
      @Get('/')
      show(request: Request) {
        throw new RangeError(request.url);
      }
    }
    const logged: string[] = [];
    const app = { logger: (_: string, error: unknown) => void logged.push(String(error)) };
    const crashes = isolate(Crashes, {}, { baseUrl: 'https://example.org', app });
    expect((await crashes.get('/')).error).toEqual(new RangeError('https://example.org/'));
    expect(logged).toEqual(['RangeError: https://example.org/']);
    await expect(isolate(Crashes, {}, { app: { catchall: false } }).get('/')).rejects.toThrow('http://localhost/');
    expect(crashes.cookies.size).toBe(0);
  });
});

describe('plugins that a controller brings along', () => {
  class Login implements Plugin {
    setups = 0;
    readonly name = 'login';
    readonly provides = { keyword: 'user' };

    setup(): void {
      this.setups++;
    }

    apply(callback: Callback): Callback {
      return (context) => {
        context.provide('user', context.request.getHeader('x-user') ?? 'nobody');
        return callback(context);
      };
    }
  }
  const login = new Login();
  const loud =
    (callback: Callback): Callback =>
    (context) =>
      `${String(callback(context))}!`;

  @Controller('/me')
  @Apply(login)
  class Me {
    @Get()
    show(user: string) {
      return user;
    }

    @Post()
    @Apply(loud)
    shout(user: string) {
      return user;
    }

    @Get('/none')
    @Skip('login')
    none() {
      return 'none';
    }
  }

  it('are left out, not even set up, so their values have to be given', async () => {
    const me = isolate(Me, { user: 'ada' });
    expect((await me.get('/me', { headers: { 'X-User': 'bob' } })).text).toBe('ada');
    expect((await me.post('/me')).text).toBe('ada');
    expect((await me.get('/me/none')).text).toBe('none');
    expect(login.setups).toBe(0);
    expect(() => isolate(Me)).toThrow(/parameter 'user'/);
  });

  it('take part when told to', async () => {
    const me = isolate(Me, {}, { apply: true });
    expect((await me.get('/me', { headers: { 'X-User': 'bob' } })).text).toBe('bob');
    expect((await me.post('/me')).text).toBe('nobody!');
    expect(login.setups).toBe(1);
  });

  it('are still overridden by a value of their keyword', async () => {
    const me = isolate(Me, { user: 'ada' }, { apply: true });
    expect((await me.post('/me', { headers: { 'X-User': 'bob' } })).text).toBe('ada!');
  });
});
