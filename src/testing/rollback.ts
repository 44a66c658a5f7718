/** A database that executes SQL: of `better-sqlite3`, of `bottlenose/sqlite`, or of another package with such a method. */
export interface RollbackDatabase {
  exec(sql: string): unknown;
}

/** The hooks of a test runner. */
export interface TestHooks {
  beforeEach(hook: () => void): unknown;
  afterEach(hook: () => void): unknown;
}

/**
 * Undoes what each test writes to a database: begins a transaction before each test, and rolls it back after it. Call it where
 * hooks may be registered: in a file of tests, or in `describe`. What was written before, such as the schema, stays.
 *
 * The requests of `SQLitePlugin.over(db)` are savepoints of that transaction. Deferred foreign keys are checked at a commit, so they
 * are not checked here.
 *
 * @param db a database with one connection, which nothing else uses meanwhile.
 * @param hooks those of the test runner. Default: the global `beforeEach` and `afterEach`, which Jest and Vitest (`globals: true`)
 *   have.
 * @returns the same database.
 * @throws TypeError without hooks, and for a value that is not such a database.
 * @example
 * const db = rollback(new Database('test.db'));
 * const posts = isolate(Posts, { db: SQLitePlugin.over(db) });
 * @example with the hooks of node:test
 * const db = rollback(new Database('test.db'), { beforeEach, afterEach });
 */
export function rollback<D extends RollbackDatabase>(db: D, hooks: TestHooks = globalThis as unknown as TestHooks): D {
  if (typeof (db as Partial<D> | undefined)?.exec !== 'function') {
    throw new TypeError("rollback() needs an open database: rollback(new Database('test.db')).");
  }
  if (typeof hooks.beforeEach !== 'function' || typeof hooks.afterEach !== 'function') {
    throw new TypeError(
      'rollback() finds no global beforeEach and afterEach. Pass those of the test runner: rollback(db, { beforeEach, afterEach }).',
    );
  }
  hooks.beforeEach(() => {
    db.exec('BEGIN');
  });
  hooks.afterEach(() => {
    db.exec('ROLLBACK');
  });
  return db;
}
