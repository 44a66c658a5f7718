import { afterEach, describe, expect, it } from '@jest/globals';
import { Apply, abort, Bottle, Controller, Get, type HTTPError, Inject, Post, WebSocket, WebSocketConnection } from 'bottlenose';
import { type Callback, type Context, guard, type Plugin } from 'bottlenose/kit';
import { bearerAuth } from 'bottlenose/plugins';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { TestClient } from 'bottlenose/testing';

class Clock implements Plugin {
  readonly provides = { keyword: 'clock', type: Clock };
  now = 0;

  apply(next: Callback): Callback {
    return (context) => {
      context.provide('clock', this);
      return next(context);
    };
  }
}

const login = bearerAuth({ verify: (token) => (token === 'secret' ? { name: 'Ada' } : false) });
const isAda = guard(
  'ada',
  (context: Context) => (context.provided('user') as { name: string }).name === 'Ada' || abort(403, 'Not you.'),
  { uses: ['user'], identifies: false },
);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

@Controller('/me')
class Me {
  @Get()
  show(user: { name: string }, clock: Clock) {
    return { name: user.name, time: clock.now };
  }

  @Get('/ada')
  @Apply(isAda)
  ada(user: { name: string }) {
    return `Hello ${user.name}`;
  }

  @Get('/late')
  late(delay = 5) {
    return delay;
  }

  @WebSocket('/socket')
  async talk(socket: WebSocketConnection, user: { name: string }) {
    for await (const message of socket) await socket.send(`${user.name}: ${String(message)}`);
  }
}

function makeApp(): Bottle {
  const app = new Bottle({ logger() {} });
  app.install(new Clock());
  app.install(login);
  app.mount(Me);
  closing.push(() => app.close());
  return app;
}

describe('values of a TestClient', () => {
  it('replace plugins, with their checks, for this client only', async () => {
    const app = makeApp();
    const real = new TestClient(app);
    expect((await real.get('/me')).status).toBe(401);
    const eve = new TestClient(app, { provide: { user: { name: 'Eve' }, clock: { now: 7 } } });
    const ada = new TestClient(app, { provide: { user: { name: 'Ada' } } });
    for (let round = 0; round < 2; round++) {
      const [asEve, asAda, asNobody] = await Promise.all([eve.get('/me'), ada.get('/me'), real.get('/me')]);
      expect(asEve.json).toEqual({ name: 'Eve', time: 7 });
      expect(asAda.json).toEqual({ name: 'Ada', time: 0 });
      expect(asNobody.status).toBe(401);
    }
    expect((await real.get('/me', { headers: { Authorization: 'Bearer secret' } })).json).toEqual({ name: 'Ada', time: 0 });
  });

  it('are seen by the other guards, which run', async () => {
    const app = makeApp();
    const eve = new TestClient(app, { provide: { user: { name: 'Eve' } } });
    expect((await eve.get('/me/ada')).status).toBe(403);
    const ada = new TestClient(app, { provide: { user: { name: 'Ada' } } });
    expect((await ada.get('/me/ada')).text).toBe('Hello Ada');
  });

  it('go by the class that a plugin provides, and into mounted apps', async () => {
    const inner = makeApp();
    const app = new Bottle({ logger() {} });
    app.mount('/inner', inner);
    const clock = Object.assign(new Clock(), { now: 9 });
    const client = new TestClient(app, {
      provide: new Map<string | Function, unknown>([
        [Clock, clock],
        ['user', { name: 'Ada' }],
      ]),
    });
    expect((await client.get('/inner/me')).json).toEqual({ name: 'Ada', time: 9 });
  });

  it('reach WebSockets', async () => {
    const client = new TestClient(makeApp(), { provide: { user: { name: 'Eve' } } });
    const socket = await client.ws('/me/socket');
    socket.send('hi');
    expect(await socket.next()).toBe('Eve: hi');
    socket.close();
  });

  it('reach parameters with a default, for this client only', async () => {
    const app = makeApp();
    const user = { name: 'Ada' };
    const quick = new TestClient(app, { provide: { user, delay: 0 } });
    expect((await quick.get('/me/late')).json).toBe(0);
    expect((await new TestClient(app, { provide: { user } }).get('/me/late')).json).toBe(5);
  });

  it('may be plugins whose setup is asynchronous', async () => {
    let isReady = false;
    const own: Plugin = {
      provides: { keyword: 'user' },
      setup: async () => {
        await new Promise((done) => setTimeout(done, 5));
        isReady = true;
      },
      apply: (next) => (context) => {
        context.provide('user', { name: isReady ? 'ready' : 'early' });
        return next(context);
      },
    };
    const client = new TestClient(makeApp(), { provide: { user: own } });
    expect((await client.get('/me')).json).toEqual({ name: 'ready', time: 0 });
  });

  it('replace plugins that a controller applies', async () => {
    @Controller()
    @Apply(login)
    class Applied {
      @Get('/')
      show(@Inject('user') someone: { name: string }) {
        return someone.name;
      }
    }
    const app = new Bottle({ logger() {} }).mount(Applied);
    expect((await new TestClient(app, { provide: { user: { name: 'Bob' } } }).get('/')).text).toBe('Bob');
    expect((await new TestClient(app).get('/')).status).toBe(401);
  });

  it('are refused where nothing provides or asks for them, with the nearest name', () => {
    const app = makeApp();
    expect(() => new TestClient(app, { provide: { usr: 1 } })).toThrow(
      "TestClient: nothing in the app provides or asks for 'usr'. Did you mean 'user'?",
    );
    expect(() => new TestClient(app, { provide: { database: 1 } })).toThrow("provides or asks for 'database'. Remove it.");
    const bare = { fetch: () => new Response('') };
    expect(() => new TestClient(bare, { provide: { user: 1 } })).toThrow('needs an app with plugins: a Bottle');
  });
});

describe('a database given to a TestClient', () => {
  @Controller('/teas')
  class Teas {
    @Get()
    list(db: Database) {
      return db.prepare('SELECT name FROM teas ORDER BY name').pluck().all();
    }

    @Post('/<name>')
    add(name: string, db: Database) {
      db.prepare('INSERT INTO teas VALUES (?)').run(name);
      if (name === 'Coffee') abort(400, 'That is not a tea.');
    }
  }

  it('has one transaction for each request with SQLitePlugin.over, and guards read it', async () => {
    const app = new Bottle({ logger() {} });
    app.install(new SQLitePlugin({ file: ':memory:' }));
    app.install(
      guard('open', (context) => context.read('db', (own: Database) => own.prepare('SELECT 1 FROM teas').get() !== undefined)),
    );
    app.mount(Teas);
    closing.push(() => app.close());
    const db = new Database(':memory:');
    db.exec("CREATE TABLE teas (name TEXT UNIQUE); INSERT INTO teas VALUES ('Assam')");
    const client = new TestClient(app, { provide: { db: SQLitePlugin.over(db) } });
    expect((await client.post('/teas/Assam')).status).toBe(409);
    expect((await client.post('/teas/Coffee')).status).toBe(400);
    expect((await client.get('/teas')).json).toEqual(['Assam']);
    // The app's own database has no such table.
    const { error } = await new TestClient(app).get('/teas');
    expect((error as HTTPError | Error).message).toContain('no such table');
    db.close();
  });

  it('may be any value, which the guards read too', async () => {
    const app = new Bottle({ logger() {} });
    app.install(new SQLitePlugin({ file: ':memory:' }));
    app.install(guard('reads', (context) => context.read('db', (own: { ok?: boolean }) => own.ok === true || abort(403))));
    app.mount(Teas);
    closing.push(() => app.close());
    const fake = { ok: true, prepare: () => ({ pluck: () => ({ all: () => ['fake'] }) }) };
    expect((await new TestClient(app, { provide: { db: fake } }).get('/teas')).json).toEqual(['fake']);
  });
});
