import { describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import type { Database } from '../../src/sqlite/index.js';
import { atEnd, blog, install, look, route } from './harness.js';

/** A connection that is not the plugin's, as another process has it. */
function another(file: string): BetterSqlite3.Database {
  const db = new BetterSqlite3(file, { timeout: 0 });
  atEnd(() => db.close());
  return db;
}

const sum = 'SELECT sum(n) FROM counter';
const rows = 'SELECT id, n FROM counter ORDER BY id';
const two = (): string => blog('INSERT INTO counter VALUES (2, 0);');

/** Ways to read what the counters are at, the same number in each. */
const ways: Record<string, (db: Database) => unknown> = {
  'get()': (db) => (db.prepare(rows).get() as { n: number }).n,
  'get() of a parameter': (db) => (db.prepare('SELECT n FROM counter WHERE id = ?').get(1) as { n: number }).n,
  'pluck()': (db) => db.prepare('SELECT n FROM counter').pluck().get(),
  'raw()': (db) => (db.prepare(rows).raw().get() as number[])[1],
  'expand()': (db) => (db.prepare(rows).expand().get() as { counter: { n: number } }).counter.n,
  'safeIntegers()': (db) => Number(db.prepare('SELECT n FROM counter').safeIntegers().pluck().get()),
  'all()': (db) => (db.prepare(rows).all() as { n: number }[])[0]?.n,
  'iterate()': (db) => {
    for (const row of db.prepare(rows).iterate() as Iterable<{ n: number }>) return row.n;
    return undefined;
  },
  'bind()': (db) => db.prepare('SELECT n FROM counter WHERE id = ?').bind(2).pluck().get(),
};
/** And those that leave something behind, or cannot follow one that does. */
const beginnings: typeof ways = {
  ...ways,
  'iterate() that is not ended': (db) => (db.prepare(rows).iterate().next().value as { n: number }).n,
  'a savepoint': (db) => db.transaction(() => db.prepare('SELECT n FROM counter').pluck().get())(),
};

describe.each(['WAL', 'DELETE'])('a request that reads, with the journal mode %s', (journal) => {
  it.each(Object.entries(beginnings))('sees one moment, if it begins by %s and whatever it goes on with', (_name, begin) => {
    const { plugin, file } = install({ file: two(), pragmas: { journal_mode: journal } });
    const other = another(file);
    const commit = (): unknown => other.exec('UPDATE counter SET n = n + 1');
    const read = route(plugin, 'GET', (db) => {
      const first = begin(db);
      // With a rollback journal nobody can commit while a request reads; with a WAL they can, unseen.
      if (journal === 'WAL') commit();
      else expect(commit).toThrow('database is locked');
      return [first, ...Object.values(ways).map((again) => again(db)), db.prepare(sum).pluck().get()];
    });
    const all = Object.keys(ways).length + 1;
    expect(read().result).toEqual([...Array<number>(all).fill(0), 0]);
    if (journal !== 'WAL') commit();
    expect(look(file, sum)).toBe(2);
    // The next request sees what was committed meanwhile, though its connection and its statements are the same.
    expect(read().result).toEqual([...Array<number>(all).fill(1), 2]);
  });

  it('sees it with one statement used twice', () => {
    const { plugin, file } = install({ file: two(), pragmas: { journal_mode: journal } });
    const other = another(file);
    const { result } = route(plugin, 'GET', (db) => {
      const statement = db.prepare(sum).pluck();
      const before = statement.get();
      if (journal === 'WAL') other.exec('UPDATE counter SET n = 7');
      else expect(() => other.exec('UPDATE counter SET n = 7')).toThrow('database is locked');
      return [before, statement.get()];
    })();
    expect(result).toEqual([0, 0]);
  });

  it.each(Object.entries(beginnings))('keeps no lock once it has been answered (%s)', (_name, read) => {
    const { plugin, file } = install({ file: two(), pragmas: { journal_mode: journal } });
    const other = another(file);
    for (const outcome of ['returned', 'thrown']) {
      route(plugin, 'GET', (db) => {
        read(db);
        if (outcome === 'thrown') throw new Error('no');
        return 'yes';
      })();
      // Both need that nobody is reading.
      if (journal === 'WAL') expect(other.pragma('wal_checkpoint(TRUNCATE)')).toEqual([expect.objectContaining({ busy: 0 })]);
      other.exec('BEGIN EXCLUSIVE; UPDATE counter SET n = n + 1; COMMIT');
    }
    expect(look(file, sum)).toBe(4);
  });
});
