import type BetterSqlite3 from 'better-sqlite3';
import { loadPeer, neededPeer } from '../../kit/index.js';
import type { NativeDatabase, Opener } from '../native-database.js';

type Driver = typeof BetterSqlite3;

let driver: Driver | undefined;

/**
 * Loads the package better-sqlite3.
 *
 * @throws Error that says what to install.
 */
export function loadBetterSqlite3(): Opener {
  driver ??= neededPeer<Driver>('better-sqlite3', 'SQLite needs', otherwise());
  const Loaded = driver;
  return (file, options) => new Loaded(file, options) as NativeDatabase;
}

/** Another driver that this runtime has, for the message. */
function otherwise(): string {
  const hasNode = process.getBuiltinModule?.('node:sqlite') !== undefined;
  return hasNode ? ", or give driver: 'node' to use node:sqlite" : '';
}

/** The class of better-sqlite3's databases. `undefined` where the package is not installed or cannot be loaded. */
export function betterSqlite3Class(): Driver | undefined {
  try {
    driver ??= loadPeer<Driver>('better-sqlite3');
  } catch {
    // Built for another version of Node. Then there are no such databases.
  }
  return driver;
}
