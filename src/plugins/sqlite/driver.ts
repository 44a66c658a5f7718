import { createRequire } from 'node:module';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';

/** The default export of better-sqlite3. */
export type Driver = typeof BetterSqlite3;
export type NativeDatabase = BetterSqlite3.Database;
export type NativeStatement = BetterSqlite3.Statement<unknown[], unknown>;

let driver: Driver | undefined;

/**
 * Loads better-sqlite3 when it is first needed: an application that never opens a database never pays for it.
 *
 * @throws Error saying what to install.
 */
export function loadDriver(): Driver {
  driver ??= findDriver();
  return driver;
}

function findDriver(): Driver {
  let missing: unknown;
  // An optional peer stands beside bottlenose; where bottlenose is linked into a project, it stands in the project only.
  for (const place of [import.meta.url, join(process.cwd(), 'index.js')]) {
    try {
      return createRequire(place)('better-sqlite3') as Driver;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      missing = error;
    }
  }
  throw new Error('SQLite needs the package better-sqlite3, which is not installed: npm install better-sqlite3@12', {
    cause: missing,
  });
}
