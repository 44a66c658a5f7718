/** The primary result codes of SQLite, by number. @see https://www.sqlite.org/rescode.html */
const PRIMARY: Readonly<Record<number, string>> = {
  1: 'ERROR',
  2: 'INTERNAL',
  3: 'PERM',
  4: 'ABORT',
  5: 'BUSY',
  6: 'LOCKED',
  7: 'NOMEM',
  8: 'READONLY',
  9: 'INTERRUPT',
  10: 'IOERR',
  11: 'CORRUPT',
  12: 'NOTFOUND',
  13: 'FULL',
  14: 'CANTOPEN',
  15: 'PROTOCOL',
  17: 'SCHEMA',
  18: 'TOOBIG',
  19: 'CONSTRAINT',
  20: 'MISMATCH',
  21: 'MISUSE',
  23: 'AUTH',
  25: 'RANGE',
  26: 'NOTADB',
};

/** The extended codes of constraints and locks. Others are reported by their primary code. */
const EXTENDED: Readonly<Record<number, string>> = {
  261: 'BUSY_RECOVERY',
  517: 'BUSY_SNAPSHOT',
  773: 'BUSY_TIMEOUT',
  262: 'LOCKED_SHAREDCACHE',
  275: 'CONSTRAINT_CHECK',
  531: 'CONSTRAINT_COMMITHOOK',
  787: 'CONSTRAINT_FOREIGNKEY',
  1043: 'CONSTRAINT_FUNCTION',
  1299: 'CONSTRAINT_NOTNULL',
  1555: 'CONSTRAINT_PRIMARYKEY',
  1811: 'CONSTRAINT_TRIGGER',
  2067: 'CONSTRAINT_UNIQUE',
  2323: 'CONSTRAINT_VTAB',
  2579: 'CONSTRAINT_ROWID',
  2835: 'CONSTRAINT_PINNED',
  3091: 'CONSTRAINT_DATATYPE',
};

/** SQLite's own texts, by number. Deno gives no number to the errors of `exec` and of opening a file. */
const TEXTS: readonly (readonly [RegExp, number])[] = [
  [/^UNIQUE constraint failed/, 2067],
  [/^FOREIGN KEY constraint failed/, 787],
  [/^NOT NULL constraint failed/, 1299],
  [/^CHECK constraint failed/, 275],
  [/^database (?:table )?is locked/, 5],
  [/^attempt to write a readonly database/, 8],
  [/^unable to open database file/, 14],
  [/^database disk image is malformed/, 11],
  [/^file is not a database/, 26],
];

/** An error of SQLite, with the name and the codes that better-sqlite3 gives it. */
class SqliteFailure extends Error {
  override readonly name = 'SqliteError';
  /** Such as `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Converts an error of node:sqlite (`errcode`) or bun:sqlite (`errno`). Other errors are returned unchanged. */
export function toSqliteFailure(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || error instanceof SqliteFailure) return error;
  const { name, code, errcode, errno, message } = error as Partial<
    Record<'name' | 'code' | 'errcode' | 'errno' | 'message', unknown>
  >;
  if (code !== 'ERR_SQLITE_ERROR' && name !== 'SQLiteError') return error;
  const number = Number(errcode ?? errno ?? TEXTS.find(([text]) => text.test(String(message)))?.[1] ?? 1);
  const text = EXTENDED[number] ?? PRIMARY[number & 0xff] ?? 'ERROR';
  return new SqliteFailure(String(message), `SQLITE_${text}`, error);
}
