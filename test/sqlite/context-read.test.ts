import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { abort, Apply, Bottle, Controller, Get, HTTPResponse } from 'bottlenose';
import { type Context, guard } from 'bottlenose/kit';
import { type Database, SQLitePlugin } from 'bottlenose/sqlite';
import { atEnd, blog, held, title } from './harness.js';

const countPosts = (db: Database): unknown => db.prepare('SELECT count(*) FROM posts').pluck().get();

/** Whether the author that the client names is in the database. */
const isAuthor = (context: Context) =>
  context.read('db', (db: Database) => {
    const known = db.prepare('SELECT id FROM authors WHERE name = ?').get(context.request.getHeader('x-author') ?? '');
    if (known === undefined) abort(403, 'Who are you?');
  });

function makeApp(): { app: Bottle; sqlite: SQLitePlugin } {
  const app = new Bottle({ logger() {} });
  const sqlite = app.install(new SQLitePlugin({ file: blog() }));
  atEnd(() => app.close());
  return { app, sqlite };
}

const send = async (app: Bottle, path: string, init: RequestInit = {}): Promise<[number, string]> => {
  const answer = await app.fetch(new Request(`http://localhost${path}`, init));
  return [answer.status, await answer.text()];
};

const author = { headers: { 'X-Author': 'Ann', Accept: 'text/plain' } };

describe('context.read', () => {
  it('gives a guard the database, also where no route is found, and leaves routes without a transaction', async () => {
    const { app } = makeApp();
    let asked = 0;
    app.install(guard('author', (context) => isAuthor(context), { uses: ['db'] }));
    app.get('/', (_args, context) => {
      asked++;
      return context.provided('db') === undefined ? 'no transaction' : 'a transaction';
    });
    expect((await send(app, '/'))[0]).toBe(403);
    expect((await send(app, '/nowhere'))[0]).toBe(403);
    expect(asked).toBe(0);
    expect(await send(app, '/', author)).toEqual([200, 'no transaction']);
    expect((await send(app, '/nowhere', author))[0]).toBe(404);
  });

  it('does not wait for a request that writes', async () => {
    const { app } = makeApp();
    app.install(guard('author', (context) => isAuthor(context)));
    const gate = held();
    app.post('/', async ({ db }) => {
      title(db, 'third');
      await gate.promise;
      return countPosts(db);
    });
    app.get('/', () => 'read');
    const writing = send(app, '/', { ...author, method: 'POST' });
    expect(await send(app, '/', author)).toEqual([200, 'read']);
    gate.release();
    expect(await writing).toEqual([200, '3']);
  });

  it('gives hooks the database', async () => {
    const { app } = makeApp();
    const seen: unknown[] = [];
    app.hook('beforeRequest', (context) => {
      const count = context.read('db', countPosts);
      return count === 2 ? undefined : new HTTPResponse('too many', { status: 503 });
    });
    app.hook('afterRequest', (context) => {
      seen.push(context.read('db', countPosts));
    });
    app.post('/', ({ db }) => {
      title(db, 'third');
    });
    expect(await send(app, '/', { method: 'POST' })).toEqual([200, '']);
    expect(await send(app, '/', { method: 'POST' })).toEqual([503, 'too many']);
    expect(seen).toEqual([3, 3]);
  });

  it('gives what it is called with in a route: the database of its transaction', async () => {
    const { app } = makeApp();
    app.post('/', ({ db }, context) => {
      title(db, 'third');
      return [context.read('db', countPosts), context.read('db', (own: Database) => own === db)];
    });
    expect(await send(app, '/', { method: 'POST' })).toEqual([200, '[3,true]']);
  });

  it('refuses to write, and the refusal is an error of the server', async () => {
    const { app } = makeApp();
    app.install(guard('counter', (context) => context.read('db', (db: Database) => title(db, 'third'))));
    app.get('/', () => 'never');
    expect((await send(app, '/'))[0]).toBe(500);
  });

  it('finds a plugin that the place applies', async () => {
    const sqlite = new SQLitePlugin({ file: blog() });
    @Controller('/posts')
    @Apply(sqlite)
    @Apply(guard('author', (context) => isAuthor(context), { uses: ['db'] }))
    class Posts {
      @Get() list() {
        return 'list';
      }
    }
    const app = new Bottle({ logger() {} }).mount(Posts);
    atEnd(() => app.close());
    expect((await send(app, '/posts'))[0]).toBe(403);
    expect(await send(app, '/posts', author)).toEqual([200, 'list']);
  });
});
