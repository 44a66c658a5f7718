import type BetterSqlite3 from 'better-sqlite3';
import { neededPeer } from '../kit/index.js';

/** The default export of better-sqlite3. */
export type Driver = typeof BetterSqlite3;
export type NativeDatabase = BetterSqlite3.Database;
export type NativeStatement = BetterSqlite3.Statement<unknown[], unknown>;

let driver: Driver | undefined;

/**
 * Loads better-sqlite3 on first use, so that applications without a database do not load it.
 *
 * @throws Error that says what to install.
 */
export function loadDriver(): Driver {
  driver ??= neededPeer<Driver>('better-sqlite3', 'SQLite needs');
  return driver;
}
