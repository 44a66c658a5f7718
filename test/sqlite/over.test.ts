import { describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { abort, Bottle, Controller, Get, Post } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { isolate, TestClient } from 'bottlenose/testing';
import { atEnd, wait } from './harness.js';

@Controller('/users')
class Users {
  @Post('/<name>')
  add(name: string, db: Database) {
    db.prepare('INSERT INTO log VALUES (?)').run(name);
    db.prepare('INSERT INTO users VALUES (?)').run(name);
    db.afterCommit(() => committed.push(name));
    if (name === 'bad') abort(422, 'No.');
  }

  @Post('/count')
  async count(db: Database) {
    const before = db.prepare('SELECT n FROM counter').pluck().get() as number;
    await wait(1);
    db.prepare('UPDATE counter SET n = ?').run(before + 1);
    return before + 1;
  }

  @Get('/write')
  write(db: Database) {
    db.exec('DELETE FROM users');
  }
}

let committed: string[] = [];

function open(): Database {
  const db = new Database(':memory:');
  db.exec(
    'CREATE TABLE users (name TEXT UNIQUE); CREATE TABLE log (name TEXT); CREATE TABLE counter (n); INSERT INTO counter VALUES (0)',
  );
  atEnd(() => db.close());
  committed = [];
  return db;
}

const rows = (db: Database, table: string): unknown => db.prepare(`SELECT name FROM ${table} ORDER BY rowid`).pluck().all();

const quiet = { app: { logger() {} } };

/** The same controller, in isolation and in an app. */
const places: Record<string, (db: Database) => TestClient> = {
  'an isolated controller': (db) => isolate(Users, { db: SQLitePlugin.over(db) }, quiet),
  'an isolated controller, by class': (db) => isolate(Users, new Map([[Database, SQLitePlugin.over(db)]]), quiet),
  'an app': (db) => {
    const app = new Bottle(quiet.app);
    app.install(SQLitePlugin.over(db));
    app.mount(Users);
    return new TestClient(app);
  },
};

describe.each(Object.entries(places))('a database of a test in %s', (_place, client) => {
  it('has one transaction for each request, and constraints as 409', async () => {
    const db = open();
    const users = client(db);
    expect((await users.post('/users/Ada')).status).toBe(200);
    const again = await users.post('/users/Ada');
    expect(again.status).toBe(409);
    expect(again.text).not.toMatch(/UNIQUE|INSERT/);
    expect((await users.post('/users/bad')).status).toBe(422);
    expect(rows(db, 'log')).toEqual(['Ada']);
    expect(committed).toEqual(['Ada']);
  });

  it('lets async writers take turns', async () => {
    const db = open();
    const users = client(db);
    const answers = await Promise.all(Array.from({ length: 30 }, () => users.post('/users/count')));
    expect(new Set(answers.map(({ json }) => json)).size).toBe(30);
    expect(db.prepare('SELECT n FROM counter').pluck().get()).toBe(30);
  });

  it('lets only the routes that write write, and the test at any time', async () => {
    const db = open();
    const users = client(db);
    db.prepare("INSERT INTO users VALUES ('Ada')").run();
    const refused = await users.get('/users/write');
    expect(refused.status).toBe(500);
    expect(String(refused.error)).toContain('GET /users/write (Users.write) writes to a database that it may only read');
    db.prepare("INSERT INTO users VALUES ('Bob')").run();
    expect(rows(db, 'users')).toEqual(['Ada', 'Bob']);
  });
});

describe('SQLitePlugin.over', () => {
  it('takes a database of better-sqlite3, runs transactions outside of requests, and closes nothing', async () => {
    const db = new BetterSqlite3(':memory:');
    atEnd(() => db.close());
    const plugin = SQLitePlugin.over(db);
    await plugin.transaction((own) => own.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)'));
    expect(plugin.read((own) => own.prepare('SELECT x FROM t').pluck().all())).toEqual([1]);
    await plugin.close();
    expect(db.prepare('SELECT x FROM t').pluck().all()).toEqual([1]);
  });

  it('keeps its database, whatever the configuration names', async () => {
    const db = open();
    db.exec("INSERT INTO users VALUES ('Ada')");
    const app = new Bottle({ logger() {} });
    app.config.loadDict({ sqlite: { file: '/nowhere/app.db', pragmas: { cache_size: 5 } } });
    const plugin = app.install(SQLitePlugin.over(db));
    expect(plugin.read((own) => rows(own, 'users'))).toEqual(['Ada']);
    await app.close();
  });

  it('shares the turns of two plugins over one database', async () => {
    const db = open();
    const [first, second] = [SQLitePlugin.over(db), SQLitePlugin.over(db, { keyword: 'other' })];
    const bump = async (own: Database): Promise<void> => {
      const n = own.prepare('SELECT n FROM counter').pluck().get() as number;
      await wait(1);
      own.prepare('UPDATE counter SET n = ?').run(n + 1);
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? first : second).transaction(bump)));
    expect(db.prepare('SELECT n FROM counter').pluck().get()).toBe(20);
  });

  it('refuses a value that is not a database, and options of connections', () => {
    expect(() => SQLitePlugin.over('app.db' as never)).toThrow(
      "SQLitePlugin.over() needs an open database: SQLitePlugin.over(new Database(':memory:')).",
    );
    expect(() => SQLitePlugin.over(open(), { pragmas: {} } as never)).toThrow("SQLitePlugin.over() has no option 'pragmas'");
  });
});
