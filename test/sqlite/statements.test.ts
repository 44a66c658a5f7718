import { describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { Database } from '../../src/sqlite/index.js';
import { atEnd, count, install, look, route, title } from './harness.js';

/** Runs a handler once in a request of its own and gives what it returns; throws what it throws. */
function requests(options: Parameters<typeof install>[0] = {}): (handler: (db: Database) => unknown, method?: string) => any {
  const { plugin } = install(options);
  return (handler, method = 'GET') => {
    let value: unknown;
    const { result } = route(plugin, method, (db) => {
      value = handler(db);
    })();
    if (result !== undefined) throw result;
    return value;
  };
}

const all = 'SELECT id, title FROM posts ORDER BY id';

describe('the database that a request gets', () => {
  it('is a better-sqlite3 Database', () => {
    const request = requests();
    request((db) => {
      expect(db).toBeInstanceOf(Database);
      expect(db).toBeInstanceOf(BetterSqlite3);
      expect(db).toMatchObject({ open: true, memory: false, readonly: true, inTransaction: true });
      expect(db.name).toContain('blog.db');
    });
    request((db) => expect(db.readonly).toBe(false), 'POST');
    expect({}).not.toBeInstanceOf(Database);
  });

  it('is gone with the request', () => {
    const request = requests();
    let kept!: Database;
    let statement!: BetterSqlite3.Statement;
    let rows!: IterableIterator<unknown>;
    request((db) => {
      kept = db;
      statement = db.prepare(all);
      rows = statement.iterate();
      rows.next();
    });
    const gone = /GET \/x \(handler\) uses its database, but no longer has it: its handler was done\. Await everything/;
    for (const use of [
      () => kept.prepare(all),
      () => kept.exec('DELETE FROM posts'),
      () => kept.pragma('user_version'),
      () => kept.transaction(() => 1)(),
      () => kept.function('f', () => 1),
      () => statement.all(),
      () => statement.get(),
      () => statement.run(),
      () => statement.pluck(),
      () => statement.bind(),
      () => rows.next(),
    ]) {
      expect(use).toThrow(gone);
    }
    expect(kept.open).toBe(false);
  });

  it('cannot be closed by a request', () => {
    expect(() => requests()((db) => db.close())).toThrow(/closes its database.*Remove the call/);
  });

  it('costs a request nothing that does not use it', () => {
    const executed: unknown[] = [];
    const { plugin } = install({ verbose: (sql) => executed.push(sql) });
    executed.length = 0;
    expect(route(plugin, 'GET', () => 'x')().result).toBe('x');
    expect(executed).toEqual([]);
    route(plugin, 'GET', (db) => db.prepare(count).get())();
    expect(executed).toEqual(['BEGIN', count, 'COMMIT']);
  });

  it('serializes, and makes backups beside a transaction', async () => {
    const { plugin, file } = install();
    const copy = `${file}.copy`;
    const call = route(plugin, 'POST', async (db) => {
      title(db, 'third');
      expect(db.serialize()).toBeInstanceOf(Buffer);
      await db.backup(copy);
    })();
    await call.done;
    expect(look(copy, 'SELECT count(*) FROM posts')).toBe(2);
  });

  it('shows itself briefly', async () => {
    const { inspect } = await import('node:util');
    requests()((db) => expect(inspect(db)).toMatch(/^Database \{[^#]*open: true/));
  });
});

describe('new Database()', () => {
  it('opens one for unit tests', () => {
    const db: Database = new Database(':memory:');
    atEnd(() => db.close());
    expect(db.prepare('SELECT 1').pluck().get()).toBe(1);
    expect(db).toBeInstanceOf(Database);
    expect(db).toBeInstanceOf(BetterSqlite3);
  });
});

describe('statements', () => {
  it('work as better-sqlite3’s do', () => {
    requests()((db) => {
      const statement = db.prepare('SELECT * FROM posts WHERE id = ?');
      expect(statement.get(1)).toEqual({ id: 1, title: 'first', author: 1 });
      expect(statement.get(9)).toBeUndefined();
      expect(statement.all(2)).toEqual([{ id: 2, title: 'second', author: 1 }]);
      expect(db.prepare('SELECT @a + @b AS sum').get({ a: 1, b: 2 })).toEqual({ sum: 3 });
      expect(db.prepare('SELECT ? + ? + ? AS sum').get(1, 2, 3)).toEqual({ sum: 6 });
      expect([...db.prepare(all).raw().iterate()]).toEqual([
        [1, 'first'],
        [2, 'second'],
      ]);
      expect(db.prepare(all).expand().get()).toEqual({ posts: { id: 1, title: 'first' } });
      expect(db.prepare('SELECT 1').safeIntegers().pluck().get()).toBe(1n);
      expect(statement.columns().map((column) => column.name)).toEqual(['id', 'title', 'author']);
      expect(statement).toMatchObject({ source: 'SELECT * FROM posts WHERE id = ?', reader: true, readonly: true, busy: false });
      expect(statement.database).toBe(db);
      expect(() => statement.get()).toThrow('Too few parameter values');
      expect(() => db.prepare('DELETE FROM posts').pluck()).toThrow('only for statements that return data');
      expect(() => db.prepare(all).pluck('yes' as never)).toThrow('boolean');
      expect(() => db.prepare('SELECT 1; SELECT 2')).toThrow('more than one statement');
      expect(() => db.prepare('')).toThrow('no statements');
    });
  });

  it('toggle their modes as better-sqlite3’s do', () => {
    requests()((db) => {
      const statement = db.prepare(all);
      expect(statement.pluck().get()).toBe(1);
      expect(statement.raw().get()).toEqual([1, 'first']);
      expect(statement.pluck(false).get()).toEqual([1, 'first']);
      expect(statement.raw(false).get()).toEqual({ id: 1, title: 'first' });
      expect(statement.safeIntegers().safeIntegers(false).get()).toEqual({ id: 1, title: 'first' });
    });
  });

  it('do not hand their modes, bindings or defaults to the next request', () => {
    const request = requests();
    request((db) => {
      db.prepare(all).pluck().safeIntegers().all();
      db.prepare('SELECT ? AS x').bind(7).get();
      expect(db.defaultSafeIntegers().prepare(all).pluck().get()).toBe(1n);
    });
    request((db) => {
      expect(db.prepare(all).get()).toEqual({ id: 1, title: 'first' });
      expect(db.prepare('SELECT ? AS x').get(8)).toEqual({ x: 8 });
    });
  });

  it('keep what is bound to them', () => {
    requests()((db) => {
      const bound = db.prepare('SELECT ? AS x').bind(7);
      expect(bound.get()).toEqual({ x: 7 });
      expect(bound.pluck().get()).toBe(7);
      expect(() => bound.bind(8)).toThrow('only be invoked once');
      expect(() => bound.get(8)).toThrow('already has bound parameters');
      expect(db.prepare('SELECT ? AS x').get(9)).toEqual({ x: 9 });
    });
  });

  it('may run inside their own iteration', () => {
    requests()((db) => {
      const statement = db.prepare('SELECT id FROM posts WHERE id <= ?').pluck();
      const seen: unknown[] = [];
      for (const id of statement.iterate(2)) seen.push([id, ...statement.all(id)]);
      expect(seen).toEqual([
        [1, 1],
        [2, 1, 2],
      ]);
    });
  });

  it('are given up by an iteration that stops early', () => {
    const request = requests();
    for (let i = 0; i < 3; i++) {
      request((db) => {
        for (const row of db.prepare(all).iterate()) {
          expect(row).toEqual({ id: 1, title: 'first' });
          break;
        }
        title(db, 'more');
      }, 'POST');
    }
    request((db) => expect(db.prepare('SELECT count(*) FROM posts').pluck().get()).toBe(5));
  });

  it('see a changed schema', () => {
    const request = requests();
    request((db) => expect(db.prepare('SELECT * FROM counter').get()).toEqual({ id: 1, n: 0 }));
    request((db) => db.exec('ALTER TABLE counter ADD COLUMN extra'), 'POST');
    request((db) => expect(db.prepare('SELECT * FROM counter').get()).toEqual({ id: 1, n: 0, extra: null }));
  });

  it('are kept in bounds', () => {
    const request = requests();
    request((db) => {
      for (let i = 0; i < 2000; i++) expect(db.prepare(`SELECT ${i}`).pluck().get()).toBe(i);
    });
  });
});

describe('a connection that a request has changed', () => {
  it('serves no other request', () => {
    const request = requests();
    request((db) => {
      db.exec('PRAGMA recursive_triggers = 1; CREATE TEMP TABLE mine (x)');
      db.function('twice', (x) => x * 2);
      expect(db.prepare('SELECT twice(4)').pluck().get()).toBe(8);
      db.pragma('query_only = ON');
    }, 'POST');
    request((db) => {
      expect(db.pragma('query_only', { simple: true })).toBe(0);
      expect(db.pragma('recursive_triggers', { simple: true })).toBe(0);
      expect(() => db.prepare('SELECT twice(4)')).toThrow('no such function');
      expect(() => db.prepare('SELECT * FROM mine')).toThrow('no such table');
      title(db, 'third');
    }, 'POST');
  });

  it('is kept when it was only asked', () => {
    let opened = 0;
    const request = requests({
      verbose: (sql) => {
        if (String(sql).includes('journal_mode =')) opened++;
      },
    });
    request((db) => {
      expect(db.pragma('table_info(counter)')).toHaveLength(2);
      expect(db.pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
      expect(db.pragma('user_version = 3')).toEqual([]);
    }, 'POST');
    const openedBefore = opened;
    request((db) => expect(db.pragma('user_version', { simple: true })).toBe(3), 'POST');
    expect(opened).toBe(openedBefore);
  });
});

describe('options', () => {
  it('set pragmas and functions on every connection', () => {
    const request = requests({
      pragmas: { cache_size: -4000, foreign_keys: false },
      functions: {
        greet: (name: string) => `Hello ${name}`,
        many: { varargs: true, deterministic: true, call: (...n: number[]) => n.length },
      },
      aggregates: { total: { start: 0, step: (sum: number, n: number) => sum + n } },
    });
    request((db) => {
      expect(db.pragma('cache_size', { simple: true })).toBe(-4000);
      expect(db.pragma('foreign_keys', { simple: true })).toBe(0);
      expect(db.prepare("SELECT greet('Ann'), many(1, 2, 3)").raw().get()).toEqual(['Hello Ann', 3]);
      expect(db.prepare('SELECT total(id) FROM posts').pluck().get()).toBe(3);
    });
  });

  it('default to WAL, foreign keys and a writer that need not wait for the disk', () => {
    requests()((db) => {
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
      expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
      expect(db.pragma('synchronous', { simple: true })).toBe(1);
      expect(db.pragma('busy_timeout', { simple: true })).toBe(0);
    });
  });

  it('may be overridden for one route', () => {
    const { plugin, file } = install();
    const { file: other } = install();
    route(plugin, 'POST', (db) => db.exec('UPDATE counter SET n = 4') && undefined, { file: other })();
    expect(look(file, count)).toBe(0);
    expect(look(other, count)).toBe(4);
    const read = route(plugin, 'GET', (db) => db.pragma('foreign_keys', { simple: true }), { pragmas: { foreign_keys: false } });
    expect(read().result).toBe(0);
    expect(() => route(plugin, 'GET', () => 1, { keyword: 'other' })).toThrow(
      "install a second SQLitePlugin with keyword: 'other'",
    );
    expect(() => route(plugin, 'GET', () => 1, { mode: 'both' })).toThrow("`mode` must be 'read' or 'write', not \"both\"");
  });
});
