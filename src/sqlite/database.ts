import type BetterSqlite3 from 'better-sqlite3';
import { defaultDriver, openDatabase } from './driver.js';
import { AdaptedDatabase } from './drivers/adapted-database.js';
import { betterSqlite3Class } from './drivers/better-sqlite3-driver.js';
import { LeasedDatabase } from './leased-database.js';
import type { SQLiteDriver } from './native-database.js';

/** A database with the interface of `better-sqlite3`. Requests get one from `SQLitePlugin`, and `new Database()` opens one. */
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

/** Options of `new Database(file, options)`: those of better-sqlite3, and the driver. */
export interface DatabaseOptions extends BetterSqlite3.Options {
  /** As in `SQLitePlugin`. */
  driver?: SQLiteDriver;
}

/** The class `Database`: for parameter types, for databases in tests, and for `instanceof`. */
export interface DatabaseClass {
  new (filename?: string | Buffer, options?: DatabaseOptions): Database;
  readonly prototype: Database;
}

/**
 * The type of a parameter that gets the request's database. As a value, it opens databases. Their interface is that of
 * better-sqlite3, whatever the driver. The driver loads on first use, so importing a controller does not need it.
 *
 * @throws Error when the driver is not installed.
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
  constructor(filename: string | Buffer = '', { driver = defaultDriver, ...options }: DatabaseOptions = {}) {
    // biome-ignore lint/correctness/noConstructorReturn: it opens a database of the driver, which is not loaded before.
    return Object.defineProperty(openDatabase(driver, filename, options), 'afterCommit', { value: afterCommit });
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    if (value instanceof LeasedDatabase || value instanceof AdaptedDatabase) return true;
    const driver = betterSqlite3Class();
    return driver !== undefined && value instanceof driver;
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
