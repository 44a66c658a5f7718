import type BetterSqlite3 from 'better-sqlite3';
import { loadDriver } from './driver.js';

/** A `better-sqlite3` database: what a request gets from `SQLitePlugin`, and what `new Database()` opens. */
export interface Database extends BetterSqlite3.Database {
  /**
   * Calls the listener once, when what the request has written is committed, and never after a rollback: neither of the request nor of
   * the `db.transaction(…)` that it was called in. A promise is not waited for. What the listener throws is logged, as it can undo
   * nothing. By then the request no longer has its database; for a database of your own, outside of a transaction, it is called at once.
   *
   * @throws Error in a transaction that nobody sees the end of: one that was begun by a statement (`BEGIN`), or of a database of your own.
   * @example
   * db.prepare('INSERT INTO users (mail) VALUES (?)').run(mail);
   * db.afterCommit(() => sendWelcome(mail));
   */
  afterCommit(listener: () => unknown): void;
}

/** The value beside the type: a class to declare parameters with, to open databases in tests, and for `instanceof`. */
export interface DatabaseClass {
  new (filename?: string | Buffer, options?: BetterSqlite3.Options): Database;
  readonly prototype: Database;
}

/**
 * The type that a parameter declares to get the request's database. As a value it is better-sqlite3's own class, loaded when it
 * is first used, so that importing a controller neither loads nor needs better-sqlite3.
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
      'db.afterCommit() is called in a transaction of a database that no SQLitePlugin has opened, so its end is not seen. Call it after ' +
        'the transaction.',
    );
  }
  listener();
}
