import type BetterSqlite3 from 'better-sqlite3';
import { loadDriver } from './driver.js';

/** A `better-sqlite3` database: what a request gets from `SQLitePlugin`, and what `new Database()` opens. */
export interface Database extends BetterSqlite3.Database {}

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
export const Database = class Database {
  constructor(filename?: string | Buffer, options?: BetterSqlite3.Options) {
    const Driver = loadDriver();
    // biome-ignore lint/correctness/noConstructorReturn: it opens one of better-sqlite3's own, which is not loaded before.
    return new Driver(filename, options);
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && value instanceof loadDriver();
  }
} as unknown as DatabaseClass;
