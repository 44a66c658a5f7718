import { loadBetterSqlite3 } from './drivers/better-sqlite3-driver.js';
import { loadBunSqlite } from './drivers/bun-driver.js';
import { loadNodeSqlite } from './drivers/node-driver.js';
import type { NativeDatabase, Opener, OpenOptions, SQLiteDriver } from './native-database.js';

const LOADERS: Readonly<Record<SQLiteDriver, () => Opener>> = {
  'better-sqlite3': loadBetterSqlite3,
  node: loadNodeSqlite,
  bun: loadBunSqlite,
};

export const driverNames = Object.keys(LOADERS) as SQLiteDriver[];

/** The driver of this runtime: `bun` in Bun, `node` in Deno, otherwise `better-sqlite3`. */
export const defaultDriver: SQLiteDriver = 'Bun' in globalThis ? 'bun' : 'Deno' in globalThis ? 'node' : 'better-sqlite3';

/**
 * Loads a driver on first use, so that applications without a database do not load it.
 *
 * @throws Error that says what to install.
 */
export function loadDriver(driver: SQLiteDriver): Opener {
  return LOADERS[driver]();
}

/** @throws Error that says what to install, and the error of the driver. */
export function openDatabase(driver: SQLiteDriver, file: string | Buffer, options: OpenOptions = {}): NativeDatabase {
  return loadDriver(driver)(file, options);
}
