// What SQLitePlugin promises, for every driver: run by drivers.test.ts in this process, and by test/drivers/run.ts in other runtimes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bottle, HTTPError, HTTPResponse, redirect } from '../../src/index.js';
import { Database, type SQLiteDriver, type SQLiteOptions, SQLitePlugin } from '../../src/sqlite/index.js';

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const SCHEMA = `
  CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> ''));
  CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author INTEGER REFERENCES authors);
  CREATE TABLE counter (n INTEGER NOT NULL);
  INSERT INTO counter VALUES (0);
  INSERT INTO authors VALUES (1, 'Ann'), (2, 'Bob');
`;

/** A file with a schema, and an app with the plugin. */
class Fixture {
  readonly file: string;
  readonly app = new Bottle({ logger: (_message: string, error: unknown) => this.logged.push(error) });
  readonly logged: unknown[] = [];
  readonly warnings: string[] = [];
  readonly plugin: SQLitePlugin;
  readonly driver: SQLiteDriver;
  readonly #folder = mkdtempSync(join(tmpdir(), 'driver-'));
  readonly #opened: Database[] = [];

  constructor(driver: SQLiteDriver, options: Partial<SQLiteOptions> = {}) {
    this.driver = driver;
    this.file = join(this.#folder, 'app.db');
    this.open().exec(`PRAGMA journal_mode = WAL; ${SCHEMA}`);
    const warn = (message: string): unknown => this.warnings.push(message);
    this.plugin = this.app.install(new SQLitePlugin({ driver, file: this.file, busyTimeout: 20_000, warn, ...options }));
  }

  /** A connection of its own, closed at the end. */
  open(file = this.file, options: object = {}): Database {
    const db = new Database(file, { driver: this.driver, timeout: 0, ...options });
    this.#opened.push(db);
    return db;
  }

  look(sql: string): unknown {
    return this.open().prepare(sql).pluck().get();
  }

  async ask(method: string, path = '/'): Promise<{ status: number; text: string }> {
    const answer = await this.app.fetch(new Request(`http://localhost${path}`, { method, redirect: 'manual' }));
    return { status: answer.status, text: await answer.text() };
  }

  async close(): Promise<void> {
    await this.app.close();
    for (const db of this.#opened) db.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Compares as JSON: drivers differ in the prototypes of rows, and arrays of native code may come from another realm. */
function same(found: unknown, expected: unknown): void {
  assert.equal(JSON.stringify(found), JSON.stringify(expected));
}

type Case = (fixture: Fixture) => unknown;

const insert = (db: Database, title: string): unknown => db.prepare('INSERT INTO posts (title) VALUES (?)').run(title);
const titles = "SELECT group_concat(title, ' ') FROM posts";

async function increment(db: Database): Promise<number> {
  const n = db.prepare('SELECT n FROM counter').pluck().get() as number;
  await wait(1);
  db.prepare('UPDATE counter SET n = ?').run(n + 1);
  return n + 1;
}

const statements: Record<string, Case> = {
  'returns rows in every shape': ({ plugin, driver }) => {
    plugin.read((db) => {
      const all = db.prepare('SELECT id, name FROM authors ORDER BY id');
      const objects = [
        { id: 1, name: 'Ann' },
        { id: 2, name: 'Bob' },
      ];
      same(all.all(), objects);
      same(all.get(), objects[0]);
      same([...all.iterate()], objects);
      same(all.raw().all(), [
        [1, 'Ann'],
        [2, 'Bob'],
      ]);
      same([...all.iterate()], all.all());
      same(all.pluck().all(), [1, 2]);
      assert.equal(all.get(), 1);
      same([...all.iterate()], [1, 2]);
      same(all.pluck(false).get(), objects[0]);
      assert.equal(db.prepare('SELECT id FROM authors WHERE id = 9').get(), undefined);
      assert.equal(db.prepare('SELECT id FROM authors WHERE id = 9').pluck().get(), undefined);
      if (driver === 'bun') return assert.throws(() => all.expand().get(), /does not tell the tables of columns/);
      same(all.expand().get(), { authors: { id: 1, name: 'Ann' } });
      same(
        all.columns().map(({ name, table }) => [name, table]),
        [
          ['id', 'authors'],
          ['name', 'authors'],
        ],
      );
    });
  },
  'binds positional, named, array and bound parameters': ({ plugin }) => {
    plugin.read((db) => {
      const pair = db.prepare('SELECT ? AS a, ? AS b').raw();
      same(pair.get(1, 'x'), [1, 'x']);
      same(pair.get([2, null]), [2, null]);
      same(db.prepare('SELECT :a, $b').raw().get({ a: 1.5, b: 'y' }), [1.5, 'y']);
      assert.equal(db.prepare('SELECT name FROM authors WHERE id = ?').bind(2).pluck().get(), 'Bob');
      const bytes = db
        .prepare('SELECT ?')
        .pluck()
        .get(Buffer.from([1, 2])) as Uint8Array;
      assert.deepEqual([...bytes], [1, 2]);
    });
  },
  'returns integers as bigints where asked': ({ plugin }) => {
    plugin.read((db) => {
      const big = 9_007_199_254_740_993n;
      assert.equal(db.prepare('SELECT ?').pluck().safeIntegers().get(big), big);
      assert.equal(db.prepare('SELECT 5').pluck().get(), 5);
      db.defaultSafeIntegers();
      assert.equal(db.prepare('SELECT 5').pluck().get(), 5n);
    });
  },
  'tells what a statement has changed': async ({ plugin }) => {
    const result = await plugin.transaction((db) => {
      const { changes, lastInsertRowid } = db.prepare("INSERT INTO posts (title) VALUES ('a'), ('b')").run();
      return { changes, lastInsertRowid };
    });
    assert.deepEqual(result, { changes: 2, lastInsertRowid: 2 });
    const returned = await plugin.transaction((db) =>
      db.prepare("INSERT INTO posts (title) VALUES ('c') RETURNING id").pluck().get(),
    );
    assert.equal(returned, 3);
  },
  'runs one statement twice at the same time': ({ plugin }) => {
    plugin.read((db) => {
      const found: unknown[] = [];
      for (const a of db.prepare('SELECT id FROM authors').pluck().iterate()) {
        for (const b of db.prepare('SELECT id FROM authors').pluck().iterate()) found.push([a, b]);
      }
      assert.equal(found.length, 4);
    });
  },
  'reads and sets pragmas': ({ plugin }) => {
    plugin.read((db) => {
      assert.equal(db.pragma('foreign_keys', { simple: true }), 1);
      assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
      assert.equal(db.pragma('synchronous', { simple: true }), 1);
      assert.equal(db.pragma('busy_timeout', { simple: true }), 0);
      assert.equal((db.pragma('table_info(counter)') as unknown[]).length, 1);
    });
  },
  'differs from other drivers where the guide says so': ({ plugin, driver }) => {
    const outcome = (use: (db: Database) => unknown): unknown => {
      try {
        return plugin.read(use);
      } catch {
        return 'an error';
      }
    };
    const found = {
      missing: outcome((db) => db.prepare('SELECT ?, ?').raw().get(1)),
      large: outcome((db) => db.prepare('SELECT 9007199254740993').pluck().get()),
      blob: outcome((db) => Buffer.isBuffer(db.prepare("SELECT x'01'").pluck().get())),
      readonly: outcome((db) => [db.prepare('SELECT 1').readonly, db.prepare('DELETE FROM counter').readonly]),
      columns: outcome((db) => db.prepare('SELECT n FROM counter').columns().length),
      table: outcome((db) => db.table('numbers', { columns: ['n'], *rows() {} } as never) === db),
    };
    const rounded = 9_007_199_254_740_992;
    const error = 'an error';
    const expected: Record<SQLiteDriver, typeof found> = {
      'better-sqlite3': { missing: error, large: rounded, blob: true, readonly: [true, false], columns: 1, table: true },
      node: { missing: [1, null], large: error, blob: false, readonly: error, columns: 1, table: error },
      bun: { missing: error, large: rounded, blob: false, readonly: [true, false], columns: error, table: error },
    };
    same(found, expected[driver]);
  },
};

const transactions: Record<string, Case> = {
  'commits what a handler wrote': async (fixture) => {
    fixture.app.post('/', ({ db }) => {
      insert(db, 'a');
      return { open: db.inTransaction, is: db instanceof Database };
    });
    assert.deepEqual(await fixture.ask('POST'), { status: 200, text: '{"open":true,"is":true}' });
    assert.equal(fixture.look(titles), 'a');
  },
  'rolls back when the handler throws, rejects, or returns an error': async (fixture) => {
    const { app } = fixture;
    app.post('/throws', ({ db }) => {
      insert(db, 'a');
      throw new HTTPError(400);
    });
    app.post('/rejects', async ({ db }) => {
      insert(db, 'b');
      await wait(1);
      throw new TypeError('no');
    });
    app.post('/returns', ({ db }) => {
      insert(db, 'c');
      return new HTTPError(404);
    });
    assert.deepEqual(
      [await fixture.ask('POST', '/throws'), await fixture.ask('POST', '/rejects'), await fixture.ask('POST', '/returns')].map(
        ({ status }) => status,
      ),
      [400, 500, 404],
    );
    assert.equal(fixture.look(titles), null);
  },
  'commits with a redirect, and with a stream at its end': async (fixture) => {
    const { app } = fixture;
    app.post('/form', ({ db }) => {
      insert(db, 'form');
      redirect('/');
    });
    app.post('/stream', async function* ({ db }) {
      insert(db, 'stream');
      yield 'a';
      await wait(1);
      yield 'b';
    });
    app.post('/broken', async function* ({ db }) {
      insert(db, 'broken');
      yield 'a';
      throw new Error('broken');
    });
    assert.equal((await fixture.ask('POST', '/form')).status, 303);
    assert.equal((await fixture.ask('POST', '/stream')).text, 'ab');
    await assert.rejects(fixture.ask('POST', '/broken'));
    assert.equal(fixture.look(titles), 'form stream');
  },
  'answers violated constraints with 409, and tells no SQL': async (fixture) => {
    const { app } = fixture;
    const writes: Record<string, string> = {
      unique: "INSERT INTO authors (name) VALUES ('Ann')",
      primary: "INSERT INTO authors VALUES (1, 'Eve')",
      check: "INSERT INTO authors (name) VALUES ('')",
      missing: 'INSERT INTO authors (name) VALUES (NULL)',
      foreign: "INSERT INTO posts (title, author) VALUES ('a', 99)",
    };
    app.post('/<what>', ({ what, db }) => {
      insert(db, 'before');
      db.prepare(writes[what] as string).run();
    });
    const codes: unknown[] = [];
    app.error(409, (error) => {
      codes.push((error.cause as { code?: unknown }).code);
      return error.body;
    });
    for (const what of Object.keys(writes)) {
      const { status, text } = await fixture.ask('POST', `/${what}`);
      assert.equal(status, 409, what);
      assert.doesNotMatch(text, /INSERT|authors|UNIQUE/);
    }
    assert.deepEqual(codes, [
      'SQLITE_CONSTRAINT_UNIQUE',
      'SQLITE_CONSTRAINT_PRIMARYKEY',
      'SQLITE_CONSTRAINT_CHECK',
      'SQLITE_CONSTRAINT_NOTNULL',
      'SQLITE_CONSTRAINT_FOREIGNKEY',
    ]);
    assert.equal(fixture.look(titles), null);
  },
  'refuses to write where the verb reads': async (fixture) => {
    const { app } = fixture;
    app.get('/run', ({ db }) => db.prepare('UPDATE counter SET n = 9').run());
    app.get('/exec', ({ db }) => db.exec('UPDATE counter SET n = 9'));
    app.get('/ask', ({ db }) => db.prepare('UPDATE counter SET n = 9 RETURNING n').pluck().get());
    app.get('/mode', { config: { sqlite: { mode: 'write' } } }, ({ db }) => db.exec('UPDATE counter SET n = n + 1') && 'ok');
    for (const path of ['/run', '/exec', '/ask']) assert.equal((await fixture.ask('GET', path)).status, 500);
    assert.match(String(fixture.logged[0]), /writes to a database that it may only read/);
    assert.equal(fixture.look('SELECT n FROM counter'), 0);
    assert.equal((await fixture.ask('GET', '/mode')).status, 200);
    assert.equal(fixture.look('SELECT n FROM counter'), 1);
  },
  'counts exactly with concurrent writers of requests and jobs': async (fixture) => {
    fixture.app.post('/', ({ db }) => increment(db).then(String));
    const all = Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0 ? fixture.plugin.transaction(increment) : fixture.ask('POST').then(({ text }) => Number(text)),
    );
    assert.equal(new Set(await Promise.all(all)).size, 60);
    assert.equal(fixture.look('SELECT n FROM counter'), 60);
  },
  'lets readers see one snapshot, beside a writer': async ({ plugin }) => {
    let release = (): void => {};
    const gate = new Promise<void>((done) => (release = done));
    const reading = plugin.read(async (db) => {
      const before = db.prepare('SELECT n FROM counter').pluck().get();
      await gate;
      return [before, db.prepare('SELECT n FROM counter').pluck().get()];
    });
    await plugin.transaction(increment);
    release();
    assert.deepEqual(await reading, [0, 0]);
    assert.equal(
      plugin.read((db) => db.prepare('SELECT n FROM counter').pluck().get()),
      1,
    );
  },
  'nests transactions, and undoes only the part that fails': async ({ plugin }) => {
    await plugin.transaction((db) => {
      insert(db, 'a');
      const part = db.transaction((title: string) => {
        insert(db, title);
        if (title === 'b') throw new Error('part');
      });
      assert.throws(() => part('b'), /part/);
      part.immediate('c');
    });
    assert.equal(
      plugin.read((db) => db.prepare(titles).pluck().get()),
      'a c',
    );
  },
  'calls afterCommit once after the commit, and never after a rollback': async ({ plugin }) => {
    const seen: unknown[] = [];
    await plugin.transaction((db) => {
      insert(db, 'a');
      db.afterCommit(() => seen.push(plugin.read((own) => own.prepare(titles).pluck().get())));
    });
    const failing = plugin.transaction((db) => {
      db.afterCommit(() => seen.push('never'));
      throw new HTTPResponse('', { status: 500 });
    });
    await failing.catch(() => {});
    const failed = plugin.transaction((db) => {
      db.afterCommit(() => seen.push('never'));
      throw new Error('no');
    });
    await assert.rejects(failed);
    assert.equal(seen.filter((one) => one === 'a').length, 1);
  },
  'leaves transactions to the handler without autocommit': async (fixture) => {
    fixture.app.post('/', { config: { sqlite: { autocommit: false } } }, ({ db }) => {
      db.exec('BEGIN');
      insert(db, 'a');
      db.exec('ROLLBACK');
      db.transaction(() => insert(db, 'b'))();
      return 'ok';
    });
    assert.equal((await fixture.ask('POST')).text, 'ok');
    assert.equal(fixture.look(titles), 'b');
  },
  'goes on after SQLite has rolled back by itself': async ({ plugin }) => {
    const failing = plugin.transaction((db) => {
      insert(db, 'a');
      db.prepare("INSERT OR ROLLBACK INTO authors VALUES (1, 'Eve')").run();
    });
    await assert.rejects(failing);
    await plugin.transaction((db) => insert(db, 'b'));
    assert.equal(
      plugin.read((db) => db.prepare(titles).pluck().get()),
      'b',
    );
  },
};

const connections: Record<string, Case> = {
  'waits for a lock of another connection, and the event loop goes on': async (fixture) => {
    const other = fixture.open();
    other.exec('BEGIN IMMEDIATE');
    fixture.app.post('/', ({ db }) => insert(db, 'a') && 'ok');
    const writing = fixture.ask('POST');
    for (let turn = 0; turn < 5; turn++) await wait(2);
    other.exec('COMMIT');
    assert.equal((await writing).status, 200);
  },
  'fails with 503 after the busy timeout': async (fixture) => {
    const other = fixture.open();
    other.exec('BEGIN IMMEDIATE');
    fixture.app.post('/', { config: { sqlite: { busyTimeout: 20 } } }, ({ db }) => insert(db, 'a') && 'ok');
    assert.equal((await fixture.ask('POST')).status, 503);
    assert.match(fixture.warnings.join(), /Another process has kept/);
    other.exec('COMMIT');
    assert.equal((await fixture.ask('POST')).status, 200);
  },
  'keeps a database in memory in one connection': async (fixture) => {
    const plugin = new SQLitePlugin({ driver: fixture.driver, file: ':memory:' });
    await plugin.transaction((db) => db.exec(SCHEMA));
    await Promise.all(Array.from({ length: 10 }, () => plugin.transaction(increment)));
    assert.equal(await plugin.read((db) => db.prepare('SELECT n FROM counter').pluck().get()), 10);
    assert.throws(() => plugin.read((db) => db.exec('DELETE FROM counter')), /may only read/);
    await plugin.close();
  },
  'runs over a database of a test, inside its transaction too': async (fixture) => {
    const db = fixture.open(':memory:');
    db.exec(SCHEMA);
    const plugin = SQLitePlugin.over(db);
    for (const begin of ['', 'BEGIN']) {
      if (begin !== '') db.exec(begin);
      await plugin.transaction((own) => insert(own, 'a'));
      const failing = plugin.transaction((own) => {
        insert(own, 'b');
        own.prepare("INSERT INTO authors (name) VALUES ('Ann')").run();
      });
      await assert.rejects(failing, { status: 409 });
      if (begin !== '') db.exec('ROLLBACK');
    }
    assert.equal(db.prepare(titles).pluck().get(), 'a');
    await plugin.close();
    assert.equal(db.open, true);
  },
  'reads a file that it may only read, and creates none': async (fixture) => {
    const plugin = new SQLitePlugin({ driver: fixture.driver, file: fixture.file, readonly: true });
    assert.equal(await plugin.transaction((db) => db.prepare('SELECT n FROM counter').pluck().get()), 0);
    await assert.rejects(
      plugin.transaction((db) => db.exec('UPDATE counter SET n = 1')),
      /may only read/,
    );
    await plugin.close();
    const missing = new SQLitePlugin({ driver: fixture.driver, file: `${fixture.file}.none`, readonly: true });
    assert.throws(() => missing.setup(), /cannot open .*none.*With readonly: true the file must exist/s);
  },
  'offers functions and aggregates to SQL': async (fixture) => {
    const plugin = new SQLitePlugin({
      driver: fixture.driver,
      file: fixture.file,
      functions: { greet: (name: string) => `Hello ${name}`, twice: { deterministic: true, call: (n: number) => n * 2 } },
      aggregates: { product: { start: 1, step: (product: number, n: number) => product * n } },
    });
    const found = plugin.read((db) => db.prepare("SELECT greet('Ann'), twice(4), (SELECT product(id) FROM authors)").raw().get());
    same(found, ['Hello Ann', 8, 2]);
    await plugin.close();
  },
  'copies a database while it is used': async (fixture) => {
    const copy = `${fixture.file}.copy`;
    await fixture.plugin.read((db) => db.backup(copy));
    assert.equal(fixture.open(copy).prepare('SELECT count(*) FROM authors').pluck().get(), 2);
  },
  'throws errors with the code of SQLite': (fixture) => {
    const db = fixture.open();
    const codes = ['SELECT * FROM nowhere', 'SELEC 1'].map((sql) => {
      try {
        return db.prepare(sql);
      } catch (error) {
        const { name, code } = error as { name: string; code: string };
        return `${name} ${code}`;
      }
    });
    assert.deepEqual(codes, ['SqliteError SQLITE_ERROR', 'SqliteError SQLITE_ERROR']);
    const insertAnn = "INSERT INTO authors (name) VALUES ('Ann')";
    assert.throws(() => db.prepare(insertAnn).run(), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
    assert.throws(() => db.exec(insertAnn), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
    assert.throws(() => db.exec("INSERT INTO authors (name) VALUES ('')"), { code: 'SQLITE_CONSTRAINT_CHECK' });
    assert.throws(() => db.exec('INSERT INTO authors (name) VALUES (NULL)'), { code: 'SQLITE_CONSTRAINT_NOTNULL' });
    assert.throws(() => db.exec("INSERT INTO posts VALUES (1, 'a', 99)"), { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' });
    const other = fixture.open();
    other.exec('BEGIN IMMEDIATE');
    assert.throws(() => db.exec('BEGIN IMMEDIATE'), { code: 'SQLITE_BUSY' });
    other.exec('ROLLBACK');
  },
  'calls verbose with every statement': async (fixture) => {
    const told: string[] = [];
    const plugin = new SQLitePlugin({ driver: fixture.driver, file: fixture.file, verbose: (sql) => told.push(String(sql)) });
    await plugin.transaction((db) => insert(db, 'a'));
    await plugin.close();
    for (const text of ['BEGIN IMMEDIATE', 'INSERT INTO posts', 'COMMIT'])
      assert.ok(
        told.some((sql) => sql.startsWith(text)),
        text,
      );
  },
};

/** The cases by name. Each runs with a database and an app of its own. */
export const driverCases: readonly { readonly name: string; run(driver: SQLiteDriver): Promise<void> }[] = Object.entries({
  ...statements,
  ...transactions,
  ...connections,
}).map(([name, use]) => ({
  name,
  async run(driver) {
    const fixture = new Fixture(driver);
    try {
      await use(fixture);
    } finally {
      await fixture.close();
    }
  },
}));

/** Why a driver cannot run here; `undefined` where it can. */
export function reasonToSkip(driver: SQLiteDriver): string | undefined {
  try {
    new Database(':memory:', { driver }).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
