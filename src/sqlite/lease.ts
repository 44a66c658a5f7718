import type BetterSqlite3 from 'better-sqlite3';
import { isThenable } from '../kit/index.js';
import type { Connection, Prepared } from './connection.js';
import type { NativeStatement, TransactionKind } from './native-database.js';
import { busyError, isBusy, sqliteCode } from './sqlite-error.js';
import type { Access, UnitOfWork } from './access.js';
import { readTraits } from './sql-traits.js';
import type { WriterLease } from './writer-queue.js';

/** No statement has run yet. A request that runs none needs no connection. */
const UNUSED = 0;
const ACTIVE = 1;
/** SQLite has rolled the transaction back itself. */
const ROLLED_BACK = 2;
const ENDED = 3;

/** The rows of a running statement. They end with the lease. */
interface OpenRows {
  cancel(): void;
}

/** A unit of work's use of a connection, from the first statement to commit or rollback. It may include the writer lock. */
export class Lease implements WriterLease {
  readonly access: Access;
  readonly work: UnitOfWork;
  connection: Connection | undefined = undefined;
  /** Whether it may write. It then holds the writer lock. */
  readonly mayWrite: boolean;
  #isTracked = false;
  #phase = UNUSED;
  #isReusable = true;
  #rows: Set<OpenRows> | undefined = undefined;
  /** Why it cannot be used: the error of SQLite's rollback, or, after its end, a text. */
  #ending: unknown = undefined;
  #afterCommit: (() => unknown)[] | undefined = undefined;
  /** Whether a transaction that `transact` began is running. Only used without autocommit. */
  #inOwnTransaction = false;

  constructor(access: Access, work: UnitOfWork) {
    this.access = access;
    this.work = work;
    this.mayWrite = access.mayWrite(work);
  }

  get isAlive(): boolean {
    return this.#phase !== ENDED;
  }

  /** Whether it has acquired its locks. */
  get hasBegun(): boolean {
    return this.#phase !== UNUSED || !this.access.autocommit;
  }

  get holdsWriter(): boolean {
    return this.access.pool.writer.holder === this;
  }

  get rows(): Set<OpenRows> {
    this.#rows ??= new Set();
    return this.#rows;
  }

  /**
   * Ends the lease when the client disconnects or the plugin closes. Needed when it lasts longer than the turn in which it began.
   */
  track(): void {
    if (this.#isTracked || this.#phase === ENDED) return;
    this.#isTracked = true;
    this.access.pool.leases.add(this);
    this.work.onClose?.(() => this.revoke('the client had left, and what was written was rolled back'));
  }

  /** Ends the lease immediately, even while its handler runs. */
  revoke(reason: string): void {
    if (this.#phase === ENDED) return;
    const { name, pool } = this.access;
    if (!this.holdsWriter) pool.writer.cancel(this, busyError(new Error(`${name} stopped waiting for its database: ${reason}.`)));
    this.rollback(reason);
  }

  /** Begins a writing transaction. Throws SQLITE_BUSY while another process writes. */
  beginWrite(): void {
    if (!this.access.autocommit) return;
    const connection = this.access.pool.acquire(this.mayWrite);
    try {
      connection.beginWrite();
    } catch (error) {
      this.access.pool.release(connection, true);
      throw error;
    }
    this.connection = connection;
    this.#phase = ACTIVE;
  }

  /** Acquires the read lock, where a reader may have to wait for it. Throws SQLITE_BUSY while another process holds the lock. */
  beginRead(): void {
    const connection = this.access.pool.acquire(this.mayWrite);
    try {
      if (this.access.autocommit) connection.beginRead();
      else connection.snapshot.get();
    } catch (error) {
      this.access.pool.release(connection, true);
      throw error;
    }
    this.connection = connection;
    this.#phase = ACTIVE;
  }

  /** The connection. The first call begins the transaction. */
  use(): Connection {
    if (this.#phase === ACTIVE) return this.connection as Connection;
    if (this.#phase !== UNUSED) throw this.#endedError();
    const connection = this.access.pool.acquire(this.mayWrite);
    if (this.access.autocommit) connection.begin();
    this.connection = connection;
    this.#phase = ACTIVE;
    return connection;
  }

  /** @throws Error when the lease has ended, or SQLite has rolled its transaction back. */
  check(): void {
    if (this.#phase !== ACTIVE && this.#phase !== UNUSED) throw this.#endedError();
  }

  prepare(sql: string, mode: number): Prepared {
    const connection = this.use();
    let prepared: Prepared;
    try {
      prepared = connection.prepare(sql, mode);
    } catch (error) {
      throw this.recordError(error);
    }
    if (prepared.control !== undefined) this.#rejectControl(prepared.control);
    if (prepared.modifiesConnection) this.#isReusable = false;
    return prepared;
  }

  /** A prepared statement that is not cached. */
  prepareOwn(sql: string): NativeStatement {
    return this.use().native.prepare(sql);
  }

  exec(sql: string): void {
    const connection = this.use();
    if (typeof sql === 'string') {
      const { control, modifiesConnection } = readTraits(sql);
      if (control !== undefined) this.#rejectControl(control);
      if (modifiesConnection) this.#isReusable = false;
    }
    try {
      connection.native.exec(sql);
    } catch (error) {
      throw this.recordError(error);
    }
  }

  transact(kind: TransactionKind, body: () => unknown): unknown {
    const connection = this.use();
    const isOutermost = !connection.inTransaction;
    const registered = this.#afterCommit?.length ?? 0;
    if (isOutermost) this.#inOwnTransaction = true;
    let result: unknown;
    try {
      result = connection.transact(kind, body);
    } catch (error) {
      this.#afterCommit?.splice(registered);
      throw this.recordError(error);
    } finally {
      if (isOutermost) this.#inOwnTransaction = false;
    }
    if (isOutermost) this.#runAfterCommit();
    return result;
  }

  backup(destination: string, options?: BetterSqlite3.BackupOptions): Promise<BetterSqlite3.BackupMetadata> {
    this.check();
    const { pool } = this.access;
    return pool.exclusive ? this.use().native.backup(destination, options) : pool.backup(destination, options);
  }

  /**
   * Calls the listener when the writes are committed, and never after a rollback.
   *
   * @throws Error in a transaction that a statement of the handler has begun, because its end is not observed.
   */
  afterCommit(listener: () => unknown): void {
    this.check();
    const isOpen = this.connection?.inTransaction === true;
    if (isOpen && !this.access.autocommit && !this.#inOwnTransaction) {
      throw new Error(
        `${this.access.name} calls db.afterCommit() in a transaction that a statement has begun, so its end is not observed. Call it ` +
          'after the COMMIT, or use db.transaction(…).',
      );
    }
    this.#afterCommit ??= [];
    this.#afterCommit.push(listener);
    if (!isOpen && !this.access.autocommit) this.#runAfterCommit();
  }

  #runAfterCommit(): void {
    const listeners = this.#afterCommit ?? [];
    this.#afterCommit = undefined;
    const reportFailure = (cause: unknown): void => {
      const message = `A function that ${this.access.name} gave to db.afterCommit() has failed. What was written stays committed.`;
      this.work.report(new Error(message, { cause }));
    };
    for (const listener of listeners) {
      try {
        const result = listener();
        if (isThenable(result)) void result.then(undefined, reportFailure);
      } catch (error) {
        reportFailure(error);
      }
    }
  }

  /** Marks the connection as modified. It is not reused for other requests. */
  markModified(): void {
    this.#isReusable = false;
  }

  /** Records a failed statement. Returns the error to throw. */
  recordError(error: unknown): unknown {
    if (this.#phase !== ACTIVE) return error;
    const { access, connection } = this;
    if (access.autocommit && connection?.inTransaction === false) {
      // ON CONFLICT ROLLBACK, RAISE(ROLLBACK), or a full disk: later statements would run outside of any transaction.
      this.#phase = ROLLED_BACK;
      this.#ending = error;
    }
    if (this.mayWrite) return error;
    if (isBusy(error)) access.pool.contended = true;
    return sqliteCode(error)?.startsWith('SQLITE_READONLY') === true ? access.readonlyError(error) : error;
  }

  /**
   * Commits and ends the lease.
   *
   * @throws SqliteError: with SQLITE_BUSY the lease continues and may commit later; otherwise everything is rolled back.
   */
  commit(): void {
    if (this.#phase === ACTIVE) {
      this.#cancelRows();
      const connection = this.connection as Connection;
      if (this.access.autocommit) {
        try {
          connection.commit();
        } catch (error) {
          if (!isBusy(error) || !connection.inTransaction) this.rollback('its transaction could not be committed');
          throw error;
        }
      } else if (connection.inTransaction) {
        this.rollback('its transaction was left open');
        throw new Error(
          `${this.access.name} has left a transaction open, which was rolled back: with autocommit: false the handler itself must ` +
            'COMMIT. db.transaction(…) always does.',
        );
      }
    } else if (this.#phase === ROLLED_BACK) {
      const failure = this.#ending;
      this.rollback('its transaction was rolled back by SQLite');
      throw failure;
    } else if (this.#phase === ENDED) throw this.#endedError();
    this.#end(this.access.doneText);
    if (this.#afterCommit !== undefined) this.#runAfterCommit();
  }

  /** Rolls back and ends the lease. Never throws. */
  rollback(reason: string): void {
    if (this.#phase === ENDED) return;
    const { connection } = this;
    if (connection !== undefined) {
      try {
        this.#cancelRows();
        // SQLite may have rolled back itself.
        if (connection.inTransaction) connection.rollback();
      } catch {
        // Closing the connection rolls back too.
        this.#isReusable = false;
      }
    }
    this.#end(reason);
  }

  #end(reason: string): void {
    const { connection, access } = this;
    this.#phase = ENDED;
    this.#ending = reason;
    this.connection = undefined;
    if (connection !== undefined) access.pool.release(connection, this.#isReusable);
    access.pool.writer.release(this);
    if (this.#isTracked) access.pool.onLeaseEnd(this);
    // `context.read` returns the provided value, and must not return an ended database.
    if (access.keyword !== undefined) this.work.provide?.(access.keyword, undefined);
  }

  #cancelRows(): void {
    if (this.#rows === undefined) return;
    for (const rows of [...this.#rows]) rows.cancel();
  }

  #rejectControl(keyword: string): void {
    const { autocommit, callee, name } = this.access;
    if (!autocommit) return;
    const own =
      callee === 'handler'
        ? '; to manage transactions yourself, give autocommit: false to the plugin, or config: { sqlite: { autocommit: false } } to the route'
        : '';
    throw new Error(
      `${name} executes ${keyword}, but its transaction is SQLitePlugin's: committed when the ${callee} succeeds, rolled back when it ` +
        `throws. For a part that must succeed or fail as a whole, use db.transaction(…)${own}.`,
    );
  }

  #endedError(): Error {
    if (this.#phase === ROLLED_BACK) {
      return new Error(
        `${this.access.name} goes on to use its database, but SQLite has rolled its transaction back ` +
          `(${(this.#ending as Error).message}). Let that error leave the handler, or use ON CONFLICT ABORT.`,
        { cause: this.#ending },
      );
    }
    return new Error(`${this.access.name} uses its database, but no longer has it: ${this.#ending as string}.`);
  }
}
