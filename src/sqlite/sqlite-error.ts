import { HTTPError } from '../kit/index.js';

/** The code of a better-sqlite3 error, such as `SQLITE_CONSTRAINT_UNIQUE`; `undefined` for other errors. */
export function sqliteCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  // Checked by name, because a process may load several copies of better-sqlite3 with different classes.
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'SqliteError' && typeof code === 'string' ? code : undefined;
}

/** Whether the error is a lock of another connection. A later attempt may succeed. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || code === 'SQLITE_PROTOCOL');
}

/**
 * The error of a request that has waited too long for a lock, or could not wait. `Retry-After` is in seconds (RFC 9110, section
 * 10.2.3).
 */
export function busyError(cause: unknown): HTTPError {
  return new HTTPError(503, 'The database is busy. Please try again.', {
    cause,
    headers: { 'Retry-After': '1' },
    code: 'BN_SQLITE_BUSY',
  });
}

const CONFLICTS: Readonly<Record<string, string>> = {
  SQLITE_CONSTRAINT_UNIQUE: 'This exists already.',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'This exists already.',
  SQLITE_CONSTRAINT_ROWID: 'This exists already.',
  SQLITE_CONSTRAINT_FOREIGNKEY: 'This refers to something that does not exist, or something else still refers to it.',
  SQLITE_CONSTRAINT_NOTNULL: 'A required value is missing.',
  SQLITE_CONSTRAINT_CHECK: 'A value is not allowed here.',
  SQLITE_CONSTRAINT_DATATYPE: 'A value is not of the right type.',
};

/**
 * Converts an error that left the handler to a response. A violated constraint is a conflict (409), a lock is temporary (503).
 * The response contains no SQL, names or values; the `cause` has them. Other errors are returned unchanged.
 */
export function toHttpError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new HTTPError(409, CONFLICTS[code] ?? 'This conflicts with what is stored.', {
      cause: error,
      code: 'BN_SQLITE_CONSTRAINT',
    });
  }
  return isBusy(error) ? busyError(error) : error;
}

/** The error of a database file that cannot be opened, with its remedy. */
export function openError(file: string, cause: unknown, readonly: boolean): Error {
  const remedy = openRemedy(sqliteCode(cause), cause, readonly);
  return new Error(`SQLitePlugin cannot open ${file}: ${message(cause)}. ${remedy}`, { cause });
}

function openRemedy(code: string | undefined, cause: unknown, readonly: boolean): string {
  if (code === 'SQLITE_NOTADB') return 'Let `file` name an SQLite database, or a file that does not exist yet.';
  if (code?.startsWith('SQLITE_CORRUPT'))
    return 'The file is damaged: restore it from a backup, or try the sqlite3 command `.recover`.';
  if (code?.startsWith('SQLITE_READONLY') || code?.startsWith('SQLITE_IOERR') || code === 'SQLITE_PERM') {
    return 'Make the file and its folder writable for this process, or give readonly: true.';
  }
  if (code?.startsWith('SQLITE_CANTOPEN')) {
    return readonly
      ? 'With readonly: true the file must exist and be readable: create it first, or remove readonly.'
      : '`file` must be a file, not a folder, in a folder that this process can write to.';
  }
  if (code?.startsWith('SQLITE_ERROR')) return 'See the pragmas in the options of SQLitePlugin.';
  const text = message(cause);
  if (text.includes('directory does not exist')) return 'Create the folder first (mkdir -p), or correct `file`.';
  if (text.includes('bindings') || (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_DLOPEN_FAILED') {
    return 'Build better-sqlite3 for this version of Node: npm rebuild better-sqlite3';
  }
  return 'See the options of SQLitePlugin.';
}

function message(cause: unknown): string {
  return (
    String((cause as Error | undefined)?.message ?? cause)
      .split('\n', 1)[0]
      ?.replace(/\.$/, '') ?? ''
  );
}
