import type { NativeDatabase, NativeStatement } from './driver.js';

/** A statement without a result, such as `COMMIT`. It is prepared once and executed by each call. */
export type Command = () => void;

/**
 * Prepares a command.
 *
 * `run()` creates a result object, which takes longer than BEGIN and COMMIT themselves (benchmark: `bench --only read`). `get()`
 * is faster, but better-sqlite3 rejects it for statements without columns, unless they were prepared as `pragma()` prepares its
 * statements. Without access to that internal function, commands use `run()`.
 */
export function prepareCommand(native: NativeDatabase, sql: string): Command {
  const pragmaStatement = prepareAsPragma(native, sql);
  if (pragmaStatement !== undefined) {
    return () => {
      pragmaStatement.get();
    };
  }
  const statement = native.prepare(sql);
  return () => {
    statement.run();
  };
}

/**
 * An internal object of better-sqlite3, stored in the database under a symbol. `pragma()` calls its `prepare` with `asPragma`.
 */
interface DriverInternals {
  prepare(sql: string, database: NativeDatabase, asPragma: boolean): NativeStatement;
}

/** @returns `undefined` when the internals of better-sqlite3 have changed. They are not part of its public interface. */
function prepareAsPragma(native: NativeDatabase, sql: string): NativeStatement | undefined {
  for (const symbol of Object.getOwnPropertySymbols(native)) {
    const internals = (native as unknown as Record<symbol, Partial<DriverInternals> | undefined>)[symbol];
    if (typeof internals?.prepare !== 'function') continue;
    try {
      const statement = internals.prepare(sql, native, true);
      return statement.reader === true && typeof statement.get === 'function' ? statement : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
