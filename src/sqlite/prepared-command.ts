import type { NativeDatabase, NativeStatement } from './driver.js';

/** A statement of which only the effect is wanted, such as `COMMIT`: prepared once, executed by each call. */
export type Command = () => void;

/**
 * Prepares a command.
 *
 * `run()` makes an object that says what was changed, and that costs more than what SQLite itself does for BEGIN and COMMIT: the
 * two together take 0.54 µs by `run()` and 0.09 µs by `get()`, beside the 2.8 µs of a read by its key. But `get()` is refused for
 * what has no columns, unless it was prepared as `pragma()` prepares its own statements. (To hold the snapshot by an iterator that is
 * not ended, without any BEGIN, takes 1.1 µs: better-sqlite3 makes three objects for one.)
 */
export function prepareCommand(native: NativeDatabase, sql: string): Command {
  const bare = prepareAsPragma(native, sql);
  if (bare !== undefined) {
    return () => {
      bare.get();
    };
  }
  const statement = native.prepare(sql);
  return () => {
    statement.run();
  };
}

/** What better-sqlite3 keeps inside of a database, under a symbol, and calls with the SQL, the database, and whether it is a pragma. */
interface Inside {
  prepare(sql: string, database: NativeDatabase, asPragma: boolean): NativeStatement;
}

/** @returns nothing where better-sqlite3 is not as it is known: this is no part of what it promises. */
function prepareAsPragma(native: NativeDatabase, sql: string): NativeStatement | undefined {
  for (const symbol of Object.getOwnPropertySymbols(native)) {
    const inside = (native as unknown as Record<symbol, Partial<Inside> | undefined>)[symbol];
    if (typeof inside?.prepare !== 'function') continue;
    try {
      const statement = inside.prepare(sql, native, true);
      return statement.reader === true && typeof statement.get === 'function' ? statement : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
