import type BetterSqlite3 from 'better-sqlite3';
import { loadDriver } from './driver.js';

/** A `better-sqlite3` database. Requests get one from `SQLitePlugin`, and `new Database()` opens one. */
export interface Database extends BetterSqlite3.Database {
  /**
   * Calls the listener once, after the writes of the request are committed. It is not called after a rollback of the request or
   * of the enclosing `db.transaction(…)`. A returned promise is not awaited. Errors of the listener are logged, because the
   * commit cannot be undone. The request no longer has its database then. For a database of your own, outside of a transaction,
   * the listener is called at once.
   *
   * @throws Error in a transaction whose end is not observed: one that a statement has begun (`BEGIN`), or one of a database of
   *   your own.
   * @example
   * db.prepare('INSERT INTO users (mail) VALUES (?)').run(mail);
   * db.afterCommit(() => sendWelcome(mail));
   */
  afterCommit(listener: () => unknown): void;
}

/** The class `Database`: for parameter types, for databases in tests, and for `instanceof`. */
export interface DatabaseClass {
  new (filename?: string | Buffer, options?: BetterSqlite3.Options): Database;
  readonly prototype: Database;
}

/**
 * The type of a parameter that gets the request's database. As a value, it is the class of better-sqlite3. That package loads on
 * first use, so importing a controller does not need better-sqlite3.
 *
 * @throws Error when better-sqlite3 is not installed.
 * @example
 * class Posts {
 *   @Get('/<id:int>')
 *   show(id: number, db: Database) {
 *     return db.prepare('SELECT * FROM posts WHERE id = ?').get(id);
 *   }
 * }
 * @example new Posts().show(1, new Database(':memory:'));
 * @see https://bottlepy.org/docs/stable/plugins/sqlite.html
 */
export const Database = class {
  constructor(filename?: string | Buffer, options?: BetterSqlite3.Options) {
    const Driver = loadDriver();
    // biome-ignore lint/correctness/noConstructorReturn: it opens one of better-sqlite3's own, which is not loaded before.
    return Object.defineProperty(new Driver(filename, options), 'afterCommit', { value: afterCommit });
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && value instanceof loadDriver();
  }
} as unknown as DatabaseClass;

/** Outside of a transaction, SQLite commits each statement by itself. */
function afterCommit(this: BetterSqlite3.Database, listener: () => unknown): void {
  if (this.inTransaction) {
    throw new Error(
      'db.afterCommit() is called in a transaction of a database that no SQLitePlugin has opened, so its end is not observed. Call it after ' +
        'the transaction.',
    );
  }
  listener();
}
