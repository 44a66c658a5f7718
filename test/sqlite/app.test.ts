import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { abort, Bottle, Controller, Error as OnError, Get, HTTPError, Post, Put, redirect } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { atEnd, blog, count, look, wait } from './harness.js';

let wakeUp: (() => void) | undefined;
let late: unknown;
let hung: (() => void) | undefined;

@Controller('/posts')
class Posts {
  @Get('/<id:int>')
  show(id: number, db: Database): unknown {
    return db.prepare('SELECT id, title FROM posts WHERE id = ?').get(id) ?? abort(404, 'No such post.');
  }

  @Get('/')
  list(store: Database): unknown {
    return store.prepare('SELECT title FROM posts ORDER BY id').pluck().all();
  }

  @Post('/<title>')
  create(title: string, db: Database): unknown {
    return db.prepare('INSERT INTO posts (title) VALUES (?) RETURNING id, title').get(title);
  }

  @Post('/form/<title>')
  form(title: string, db: Database): never {
    db.prepare('INSERT INTO posts (title) VALUES (?)').run(title);
    return redirect('/posts/');
  }

  @Put('/half')
  async half(db: Database): Promise<void> {
    db.prepare("INSERT INTO posts (title) VALUES ('half')").run();
    await wait(1);
    throw new HTTPError(418, 'short and stout');
  }

  @Put('/author/<name>')
  author(name: string, db: Database): unknown {
    return db.prepare('INSERT INTO authors (name) VALUES (?)').run(name);
  }

  @Post('/stream/<title>')
  *stream(title: string, db: Database): Generator<string> {
    db.prepare('INSERT INTO posts (title) VALUES (?)').run(title);
    yield 'a';
    if (title === 'bad') throw new Error('broken');
    yield 'b';
  }

  @Post('/hang')
  async hang(db: Database): Promise<string> {
    db.prepare("INSERT INTO posts (title) VALUES ('hung')").run();
    hung?.();
    await new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    try {
      db.prepare("INSERT INTO posts (title) VALUES ('late')").run();
    } catch (error) {
      late = error;
    }
    return 'nobody hears this';
  }

  @OnError(404)
  missing(error: HTTPError, db: Database): unknown {
    return { error: error.body, posts: db.prepare('SELECT count(*) FROM posts').pluck().get() };
  }
}

@Controller('/counter')
class Counter {
  @Post()
  async bump(db: Database): Promise<number> {
    const n = db.prepare(count).pluck().get() as number;
    await wait(Math.random() * 2);
    db.prepare('UPDATE counter SET n = ?').run(n + 1);
    return n + 1;
  }

  @Get('/visit', { config: { sqlite: { mode: 'write' } } })
  async visit(db: Database): Promise<number> {
    return this.bump(db);
  }
}

function makeApp(): { app: Bottle; file: string; logged: unknown[] } {
  const file = blog();
  const logged: unknown[] = [];
  const app = new Bottle({ logger: (_message, error) => logged.push(error) });
  app.install(new SQLitePlugin({ file }));
  app.mount(Posts);
  app.mount(Counter);
  atEnd(() => app.close());
  return { app, file, logged };
}

type Client = (method: string, path: string) => Promise<{ status: number; text: string; json: any }>;

/** In the process, and over a socket: the same outcomes. */
async function clientOf(app: Bottle, over: string): Promise<Client> {
  if (over === 'fetch') {
    return async (method, path) =>
      answer(await app.fetch(new Request(`http://localhost${path}`, { method, redirect: 'manual' })));
  }
  const url = await serve(app);
  return async (method, path) => answer(await fetch(url + path, { method, redirect: 'manual' }));
}

async function answer(response: globalThis.Response): Promise<{ status: number; text: string; json: any }> {
  const text = await response.text();
  return {
    status: response.status,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

async function serve(app: Bottle): Promise<string> {
  const server: Server = createServer(app.listener);
  server.listen(0, '127.0.0.1');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(['fetch', 'a socket'])('an application, over %s', (over) => {
  it('reads, writes, and finds nothing', async () => {
    const { app } = makeApp();
    const send = await clientOf(app, over);
    expect((await send('GET', '/posts/1')).json).toEqual({ id: 1, title: 'first' });
    expect((await send('POST', '/posts/third')).json).toEqual({ id: 3, title: 'third' });
    expect((await send('GET', '/posts/')).json).toEqual(['first', 'second', 'third']);
    const missing = await send('GET', '/posts/99');
    expect(missing.status).toBe(404);
    expect(missing.json).toEqual({ error: 'No such post.', posts: 3 });
  });

  it('commits with a redirect, and rolls back with an error', async () => {
    const { app, file } = makeApp();
    const send = await clientOf(app, over);
    expect((await send('POST', '/posts/form/third')).status).toBe(303);
    expect((await send('PUT', '/posts/half')).status).toBe(418);
    expect(look(file, 'SELECT count(*) FROM posts')).toBe(3);
  });

  it('answers a violated constraint with 409, without SQL', async () => {
    const { app } = makeApp();
    const send = await clientOf(app, over);
    const { status, text } = await send('PUT', '/posts/author/Ann');
    expect(status).toBe(409);
    expect(text).toContain('This exists already.');
    expect(text).not.toMatch(/authors|UNIQUE|INSERT|SQLITE/);
  });

  it('commits a stream at its end, and not one that breaks', async () => {
    const { app, file } = makeApp();
    const send = await clientOf(app, over);
    expect((await send('POST', '/posts/stream/good')).text).toBe('ab');
    await expect(send('POST', '/posts/stream/bad')).rejects.toThrow();
    expect(look(file, "SELECT group_concat(title, ' ') FROM posts")).toBe('first second good');
  });

  it('counts two hundred concurrent async writers exactly', async () => {
    const { app, file, logged } = makeApp();
    const send = await clientOf(app, over);
    const requests = Array.from({ length: 200 }, (_, i) =>
      i % 2 === 0 ? send('POST', '/counter') : send('GET', '/counter/visit'),
    );
    const answers = await Promise.all(requests);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ json }) => json)).size).toBe(200);
    expect(look(file, count)).toBe(200);
    expect(logged).toEqual([]);
  });
});

describe('over a socket', () => {
  it('a client that leaves frees the writer, and its handler cannot write any more', async () => {
    const { app, file } = makeApp();
    const url = await serve(app);
    const running = new Promise<void>((resolve) => {
      hung = resolve;
    });
    const request = httpRequest(`${url}/posts/hang`, { method: 'POST' }).on('error', () => {});
    request.end();
    await running;
    request.destroy();
    const answered = await fetch(`${url}/posts/next`, { method: 'POST' });
    expect(await answered.json()).toEqual({ id: 3, title: 'next' });
    wakeUp?.();
    await wait(5);
    expect(String(late)).toContain('POST /posts/hang (Posts.hang) uses its database, but no longer has it: the client had left');
    expect(look(file, "SELECT group_concat(title, ' ') FROM posts")).toBe('first second next');
  });
});

describe('the wiring', () => {
  it('gives functions and several plugins their databases', async () => {
    const file = blog();
    const app = new Bottle();
    app.install(new SQLitePlugin({ file }));
    const other = app.install(new SQLitePlugin({ file: ':memory:', keyword: 'cache' }));
    atEnd(() => app.close());
    app.get('/', ({ db, cache }: any) => [db.prepare(count).pluck().get(), cache.prepare('SELECT 7').pluck().get()]);
    app.get('/none', () => 'x');
    expect(await (await app.fetch(new Request('http://localhost/'))).json()).toEqual([0, 7]);
    app.uninstall(other);
    expect(app.plugins.filter((plugin) => plugin instanceof SQLitePlugin)).toHaveLength(1);
  });

  it('takes options from the configuration of the app and of the route', async () => {
    const file = blog();
    const app = new Bottle();
    app.config.loadDict({ sqlite: { file, busyTimeout: '100' } });
    app.install(new SQLitePlugin({ file: ':memory:' }));
    atEnd(() => app.close());
    app.get('/', ({ db }: any) => db.prepare(count).pluck().get() + 1, {
      config: { sqlite: { pragmas: { foreign_keys: false } } },
    });
    app.get('/name', ({ db }: any) => [db.name, db.pragma('foreign_keys', { simple: true })]);
    expect(await (await app.fetch(new Request('http://localhost/'))).json()).toBe(1);
    expect(await (await app.fetch(new Request('http://localhost/name'))).json()).toEqual([file, 1]);
  });

  it('refuses options that do not exist, also in the configuration of the app and of a route', () => {
    const app = new Bottle();
    app.install(new SQLitePlugin({ file: blog() }));
    atEnd(() => app.close());
    app.get('/', ({ db }: any) => db.name, { config: { sqlite: { mod: 'read' } } });
    expect(() => app.check()).toThrow("config.sqlite has no option 'mod'. Did you mean 'mode'?");
    const other = new Bottle();
    other.config.loadDict({ sqlite: { busyTimeOut: '100' } });
    expect(() => other.install(new SQLitePlugin({ file: ':memory:' }))).toThrow(
      "The app: config.sqlite has no option 'busyTimeOut'.",
    );
  });

  it('says at installation what is wrong with the file', () => {
    const app = new Bottle();
    expect(() => app.install(new SQLitePlugin({ file: '/no/such/folder/blog.db' }))).toThrow('Create the folder first');
  });
});
