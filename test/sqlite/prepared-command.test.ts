import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { prepareCommand } from '../../src/sqlite/prepared-command.js';
import type { NativeDatabase } from '../../src/sqlite/driver.js';

const made: (() => void)[] = [];
afterEach(() => {
  for (const undo of made.splice(0).reverse()) undo();
});

/** A file with one empty table; gives as many connections to it as are asked for. */
function file(): (options?: BetterSqlite3.Options) => NativeDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  made.push(() => rmSync(folder, { recursive: true }));
  const open = (options?: BetterSqlite3.Options): NativeDatabase => {
    const db = new BetterSqlite3(join(folder, 'a.db'), { timeout: 0, ...options });
    made.push(() => db.close());
    return db;
  };
  open().exec('CREATE TABLE notes (text TEXT)');
  return open;
}

const count = (db: NativeDatabase): unknown => db.prepare('SELECT count(*) FROM notes').pluck().get();
const prepare = (db: NativeDatabase): NativeDatabase['prepare'] => db.prepare.bind(db) as NativeDatabase['prepare'];

/** The same database, as other versions of better-sqlite3 might keep what is inside of theirs. */
const kinds: Record<string, (db: NativeDatabase) => NativeDatabase> = {
  'of better-sqlite3 as it is installed': (db) => db,
  'of one with nothing inside': (db) => ({ prepare: prepare(db) }) as NativeDatabase,
  'of one that keeps something else there': (db) =>
    ({ prepare: prepare(db), [Symbol('inside')]: undefined, [Symbol('name')]: { name: 'a.db' } }) as unknown as NativeDatabase,
  'of one that refuses to be called so': (db) => {
    const refuse = (): never => {
      throw new TypeError('Expected third argument to be an options object');
    };
    return { prepare: prepare(db), [Symbol('inside')]: { prepare: refuse } } as unknown as NativeDatabase;
  },
  'of one that knows no such statements any more': (db) =>
    ({ prepare: prepare(db), [Symbol('inside')]: { prepare: prepare(db) } }) as unknown as NativeDatabase,
};

describe.each(Object.entries(kinds))('a command %s', (_title, as) => {
  it('has its effect with each call', () => {
    const db = file()();
    const [begin, commit, rollback] = ['BEGIN', 'COMMIT', 'ROLLBACK'].map((sql) => prepareCommand(as(db), sql)) as [
      () => void,
      () => void,
      () => void,
    ];
    for (let time = 1; time <= 3; time++) {
      begin();
      expect(db.inTransaction).toBe(true);
      db.exec("INSERT INTO notes VALUES ('gone')");
      rollback();
      expect(db.inTransaction).toBe(false);
      begin();
      db.exec("INSERT INTO notes VALUES ('kept')");
      expect(commit()).toBeUndefined();
      expect(db.inTransaction).toBe(false);
      expect(count(db)).toBe(time);
    }
  });

  it("throws better-sqlite3's errors, and works again once the obstacle is gone", () => {
    const open = file();
    const [db, other] = [open(), open()];
    const begin = prepareCommand(as(db), 'BEGIN IMMEDIATE');
    const commit = prepareCommand(as(db), 'COMMIT');
    expect(commit).toThrow(expect.objectContaining({ name: 'SqliteError', code: 'SQLITE_ERROR' }));
    expect(commit).toThrow('cannot commit - no transaction is active');
    other.exec('BEGIN IMMEDIATE');
    expect(begin).toThrow(expect.objectContaining({ name: 'SqliteError', code: 'SQLITE_BUSY' }));
    expect(db.inTransaction).toBe(false);
    other.exec('ROLLBACK');
    begin();
    db.exec("INSERT INTO notes VALUES ('a')");
    // With a rollback journal, a reader is in the way of a commit.
    const rows = other.prepare('SELECT 1 UNION ALL SELECT rowid FROM sqlite_schema').iterate();
    rows.next();
    expect(commit).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    expect(db.inTransaction).toBe(true);
    rows.return?.();
    commit();
    expect(count(other)).toBe(1);
  });

  it('refuses while a function of the database runs', () => {
    const db = file()();
    const begin = prepareCommand(as(db), 'BEGIN');
    db.function('interfere', () => begin());
    expect(() => db.prepare('SELECT interfere()').get()).toThrow('This database connection is busy executing a query');
    expect(db.inTransaction).toBe(false);
  });

  it('is told to `verbose` as any statement is', () => {
    const told: unknown[] = [];
    const db = file()({ verbose: (sql) => told.push(sql) });
    const [begin, commit] = [prepareCommand(as(db), 'BEGIN'), prepareCommand(as(db), 'COMMIT')];
    begin();
    commit();
    expect(told).toEqual(['BEGIN', 'COMMIT']);
  });

  it('throws when it is prepared what SQLite cannot parse', () => {
    expect(() => prepareCommand(as(file()()), 'BEGINN')).toThrow('near "BEGINN": syntax error');
  });
});

it('makes no object of what has changed, where better-sqlite3 is as it is known', () => {
  const db = file()();
  const statements = Object.getPrototypeOf(db.prepare('SELECT 1')) as BetterSqlite3.Statement;
  const run = jest.spyOn(statements, 'run');
  made.push(() => run.mockRestore());
  prepareCommand(db, 'BEGIN')();
  expect(db.inTransaction).toBe(true);
  expect(run).not.toHaveBeenCalled();
  prepareCommand({ prepare: prepare(db) } as NativeDatabase, 'COMMIT')();
  expect(run).toHaveBeenCalledTimes(1);
});
