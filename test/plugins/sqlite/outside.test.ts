import { describe, expect, it } from '@jest/globals';
import { Bottle, HTTPError, HTTPResponse } from 'bottlenose';
import { type Database, SQLitePlugin } from 'bottlenose/sqlite';
import { atEnd, blog, count, held, install, look, route, title, wait } from '../../sqlite/harness.js';

const posts = 'SELECT count(*) FROM posts';
const countPosts = (db: Database): unknown => db.prepare(posts).pluck().get();

/** Reads, waits, and writes what it read plus one: exact only if nobody else writes in between. */
async function increment(db: Database): Promise<void> {
  const n = db.prepare(count).pluck().get() as number;
  await wait(1);
  db.prepare('UPDATE counter SET n = ?').run(n + 1);
}

describe('read', () => {
  it('gives what the function gives, at once', () => {
    const { plugin } = install();
    expect(plugin.read(countPosts)).toBe(2);
    expect(plugin.read((db) => db.prepare('SELECT title FROM posts').pluck().all())).toEqual(['first', 'second']);
  });

  it('neither waits for a request that writes nor sees what it has not committed', async () => {
    const { plugin } = install();
    const gate = held();
    const writing = route(plugin, 'POST', async (db) => {
      title(db, 'third');
      await gate.promise;
    })();
    expect(plugin.read(countPosts)).toBe(2);
    gate.release();
    await writing.done;
    expect(plugin.read(countPosts)).toBe(3);
  });

  it('sees one snapshot until its promise settles, and keeps no writer waiting', async () => {
    const { plugin } = install();
    const gate = held();
    const reading = plugin.read(async (db) => {
      const before = countPosts(db);
      await gate.promise;
      return [before, countPosts(db)];
    });
    await plugin.transaction((db) => title(db, 'third'));
    gate.release();
    expect(await reading).toEqual([2, 2]);
  });

  it.each([
    ['a statement', (db: Database) => title(db, 'third')],
    ['exec', (db: Database) => db.exec('DELETE FROM posts')],
    ['a nested transaction', (db: Database) => db.transaction(() => title(db, 'third'))()],
  ])('refuses %s that writes, and names the remedy', (_what, write) => {
    const { plugin, file } = install();
    expect(() => plugin.read(write)).toThrow(
      'sqlite.read() writes to a database that it may only read. Use transaction() of the plugin',
    );
    expect(look(file, posts)).toBe(2);
  });

  it('gives a database that throws afterwards', () => {
    const { plugin } = install();
    const db = plugin.read((one) => one);
    const rows = plugin.read((one) => one.prepare('SELECT title FROM posts').iterate()) as Iterator<unknown>;
    const gone =
      'sqlite.read() uses its database, but no longer has it: its function was done. Await everything that uses the database ' +
      'before the function returns.';
    expect(() => (db as Database).prepare('SELECT 1')).toThrow(gone);
    expect(() => rows.next()).toThrow(gone);
  });

  it('passes errors on as they are', () => {
    const { plugin } = install();
    const error = new Error('no');
    const fail = (): never => {
      throw error;
    };
    expect(() => plugin.read(fail)).toThrow(error);
    expect(plugin.read(countPosts)).toBe(2);
  });

  it('takes its turn on a database in memory, which has one connection', async () => {
    const { plugin } = install({ file: ':memory:' });
    await plugin.transaction((db) => db.exec('CREATE TABLE t (x)'));
    const gate = held();
    const writing = plugin.transaction(async (db) => {
      db.prepare('INSERT INTO t VALUES (1)').run();
      await gate.promise;
    });
    const reading = plugin.read((db) => db.prepare('SELECT count(*) FROM t').pluck().get());
    expect(reading).toBeInstanceOf(Promise);
    gate.release();
    await writing;
    expect(await reading).toBe(1);
  });

  it('needs a function', () => {
    const { plugin } = install();
    expect(() => plugin.read(undefined as never)).toThrow('SQLitePlugin: read() needs a function: sqlite.read((db) => …).');
  });
});

describe('transaction', () => {
  it('commits what the function wrote, and resolves to what it gives', async () => {
    const { plugin, file } = install();
    expect(await plugin.transaction((db) => title(db, 'third'))).toEqual({ changes: 1, lastInsertRowid: 3 });
    const id = await plugin.transaction(async (db) => {
      title(db, 'fourth');
      await wait(1);
      return 4;
    });
    expect(id).toBe(4);
    expect(look(file, posts)).toBe(4);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['throws an HTTPError', () => Promise.reject(new HTTPError(404, 'no'))],
  ])('is rolled back when the function %s', async (_how, end) => {
    const { plugin, file } = install();
    const failing = plugin.transaction((db) => {
      title(db, 'third');
      return end();
    });
    await expect(failing).rejects.toThrow('no');
    expect(look(file, posts)).toBe(2);
    await plugin.transaction((db) => title(db, 'next'));
    expect(look(file, posts)).toBe(3);
  });

  it('follows the rules of routes: an error that is returned rolls back, a response that is thrown does not', async () => {
    const { plugin, file } = install();
    const error = await plugin.transaction((db) => {
      title(db, 'undone');
      return new HTTPError(404);
    });
    expect(error).toBeInstanceOf(HTTPError);
    const thrown = plugin.transaction((db) => {
      title(db, 'kept');
      throw new HTTPResponse('', { status: 303 });
    });
    await expect(thrown).rejects.toBeInstanceOf(HTTPResponse);
    expect(look(file, "SELECT group_concat(title, ' ') FROM posts")).toBe('first second kept');
  });

  it('rejects with a conflict where a constraint is violated, and tells no SQL', async () => {
    const { plugin } = install();
    const insert = plugin.transaction((db) => db.prepare("INSERT INTO authors (name) VALUES ('Ann')").run());
    const error = (await insert.catch((thrown: unknown) => thrown)) as HTTPError;
    expect(error).toBeInstanceOf(HTTPError);
    expect(error.status).toBe(409);
    expect(error.message).not.toMatch(/authors|UNIQUE|INSERT/);
    expect(error.cause).toMatchObject({ code: 'SQLITE_CONSTRAINT_UNIQUE' });
  });

  it('waits for a request that writes, and lets the others be answered meanwhile', async () => {
    const file = blog();
    const app = new Bottle();
    const plugin = app.install(new SQLitePlugin({ file }));
    atEnd(() => app.close());
    const gate = held();
    const writing = held();
    app.post('/', async ({ db }) => {
      title(db, 'third');
      writing.release();
      await gate.promise;
      return 'written';
    });
    app.get('/ping', () => 'pong');
    const request = app.fetch(new Request('http://localhost/', { method: 'POST' }));
    const order: string[] = [];
    void request.then(() => order.push('request'));
    await writing.promise;
    const job = plugin.transaction((db) => {
      order.push('job');
      title(db, 'fourth');
    });
    expect(await (await app.fetch(new Request('http://localhost/ping'))).text()).toBe('pong');
    expect(order).toEqual([]);
    gate.release();
    expect(await (await request).text()).toBe('written');
    await job;
    expect(order).toContain('job');
    expect(look(file, "SELECT group_concat(title, ' ') FROM posts")).toBe('first second third fourth');
  });

  it('takes turns with requests: who reads, waits and writes loses nothing', async () => {
    const { plugin, file } = install();
    const bump = route(plugin, 'POST', increment);
    const all = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? plugin.transaction(increment) : bump().done));
    await Promise.all(all);
    expect(look(file, count)).toBe(100);
  });

  it('fails when it waits too long, and names the code that it waited for', async () => {
    const { plugin, warnings } = install({ busyTimeout: 20 });
    const gate = held();
    const writing = route(plugin, 'POST', () => gate.promise, {}, 'Posts.slow')();
    const error = (await plugin.transaction(countPosts).catch((thrown: unknown) => thrown)) as HTTPError;
    expect(error.status).toBe(503);
    expect(warnings).toEqual([
      expect.stringMatching(/^POST \/x \(Posts\.slow\) has held .*sqlite\.transaction\(\) has waited .* and has failed/),
    ]);
    gate.release();
    await writing.done;
  });

  it('is named to a request that waits too long for it', async () => {
    const { plugin, warnings } = install({ busyTimeout: 20 });
    const gate = held();
    const job = plugin.transaction(() => gate.promise);
    await expect(route(plugin, 'POST', countPosts)().done).rejects.toMatchObject({ status: 503 });
    expect(warnings).toEqual([expect.stringMatching(/^sqlite\.transaction\(\) has held the writer .*answered with 503/)]);
    gate.release();
    await job;
  });

  it('is a transaction also where requests are none', async () => {
    const { plugin, file } = install({ autocommit: false });
    const failing = plugin.transaction((db) => {
      title(db, 'third');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(look(file, posts)).toBe(2);
  });

  it('cannot write where the plugin may only read', async () => {
    const { plugin } = install({ file: blog(), readonly: true });
    expect(await plugin.transaction(countPosts)).toBe(2);
    await expect(plugin.transaction((db) => title(db, 'third'))).rejects.toThrow('sqlite.transaction() writes to a database');
  });

  it('executes no COMMIT of its own', async () => {
    const { plugin } = install();
    const commit = plugin.transaction((db) => db.exec('COMMIT'));
    await expect(commit).rejects.toThrow('sqlite.transaction() executes COMMIT, but its transaction is SQLitePlugin');
  });

  it('rejects values other than functions', async () => {
    const { plugin } = install();
    await expect(plugin.transaction('DELETE' as never)).rejects.toThrow('transaction() needs a function');
  });
});

describe('the time that the database is open', () => {
  it('begins with the first use where the plugin is not installed, and ends with close', async () => {
    const file = blog();
    const plugin = new SQLitePlugin({ file });
    await plugin.transaction((db) => title(db, 'third'));
    expect(plugin.read(countPosts)).toBe(3);
    await plugin.close();
    expect(() => plugin.read(countPosts)).toThrow(`SQLitePlugin has closed ${file}. Install the plugin again to use it.`);
    await expect(plugin.transaction(countPosts)).rejects.toThrow('SQLitePlugin has closed');
  });

  it('lasts until a transaction that runs has come to its end', async () => {
    const { plugin, file } = install();
    const gate = held();
    const job = plugin.transaction(async (db) => {
      title(db, 'third');
      await gate.promise;
    });
    let isClosed = false;
    const closing = plugin.close().then(() => {
      isClosed = true;
    });
    await wait(5);
    expect(isClosed).toBe(false);
    gate.release();
    await Promise.all([job, closing]);
    expect(look(file, posts)).toBe(3);
  });

  it('is that of the database which the app names in its configuration', async () => {
    const file = blog();
    const app = new Bottle();
    app.config.loadDict({ sqlite: { file } });
    const plugin = app.install(new SQLitePlugin({ file: ':memory:' }));
    atEnd(() => app.close());
    expect(plugin.read((db) => db.name)).toBe(file);
    await plugin.transaction((db) => title(db, 'third'));
    expect(look(file, posts)).toBe(3);
  });

  it('keeps the names of two plugins apart', () => {
    const { plugin } = install({ keyword: 'log' });
    expect(() => plugin.read((db) => title(db, 'third'))).toThrow('sqlite:log.read() writes to a database');
  });
});
