import type BetterSqlite3 from 'better-sqlite3';
import { isThenable } from '../kit/index.js';
import type { Connection, Prepared, TransactionKind } from './connection.js';
import type { NativeStatement } from './driver.js';
import { busyError, isBusy, sqliteCode } from './sqlite-error.js';
import type { Access, Subject } from './access.js';
import { readTraits } from './sql-traits.js';
import type { Contender } from './writer-queue.js';

/** Nothing has been asked of the database yet: a request that never does pays nothing. */
const FRESH = 0;
const ACTIVE = 1;
/** SQLite has rolled the transaction back by itself. */
const BROKEN = 2;
const ENDED = 3;

/** The rows of a running statement, which end with the lease. */
interface OpenRows {
  cut(): void;
}

/** The claim of a request (or of other work) on a connection, and on the right to write if it has it, until commit or rollback. */
export class Lease implements Contender {
  readonly access: Access;
  readonly subject: Subject;
  connection: Connection | undefined = undefined;
  probing = false;
  heldSince = 0;
  warned = false;
  writer = false;
  /** Whether any statement was executed, and any that writes. */
  used = false;
  wrote = false;
  #watched = false;
  #phase = FRESH;
  #fit = true;
  #rows: Set<OpenRows> | undefined = undefined;
  #failure: unknown = undefined;
  #reason = '';
  #afterCommit: (() => unknown)[] | undefined = undefined;
  /** Whether a transaction runs that `transact` began. Only without autocommit. */
  #inOwnTransaction = false;

  constructor(access: Access, subject: Subject) {
    this.access = access;
    this.subject = subject;
  }

  get isAlive(): boolean {
    return this.#phase !== ENDED;
  }

  /** Whether it is past waiting for locks. */
  get hasBegun(): boolean {
    return this.#phase !== FRESH || !this.access.autocommit;
  }

  get rows(): Set<OpenRows> {
    this.#rows ??= new Set();
    return this.#rows;
  }

  /** Makes sure that it ends with the client and with the plugin: needed where it outlasts the turn it began in. */
  watch(): void {
    if (this.#watched || this.#phase === ENDED) return;
    this.#watched = true;
    this.access.pool.leases.add(this);
    this.subject.onClose?.(() => this.revoke('the client had left, and what was written was rolled back'));
  }

  /** Ends it from outside: at once, whatever its handler is doing. */
  revoke(reason: string): void {
    if (this.#phase === ENDED) return;
    const { name, pool } = this.access;
    if (!this.writer) pool.writer.leave(this, busyError(new Error(`${name} stopped waiting for its database: ${reason}.`)));
    this.rollback(reason);
  }

  /** Begins a writing transaction now. Throws SQLITE_BUSY while another process writes. */
  beginWrite(): void {
    if (!this.access.autocommit) return;
    const connection = this.access.pool.take();
    try {
      connection.beginWrite();
    } catch (error) {
      this.access.pool.give(connection, true);
      throw error;
    }
    this.connection = connection;
    this.#phase = ACTIVE;
  }

  /** Takes the read lock now, where a reader may have to wait for it. Throws SQLITE_BUSY while another process has it. */
  beginRead(): void {
    const connection = this.access.pool.take();
    try {
      if (this.access.autocommit) connection.beginRead();
      else connection.snapshot.get();
    } catch (error) {
      this.access.pool.give(connection, true);
      throw error;
    }
    this.connection = connection;
    this.#phase = ACTIVE;
  }

  /** The connection, in a transaction from the first call on. */
  use(): Connection {
    this.used = true;
    if (this.#phase === ACTIVE) return this.connection as Connection;
    if (this.#phase !== FRESH) throw this.#refusal();
    const connection = this.access.pool.take();
    if (this.access.autocommit) connection.begin();
    this.connection = connection;
    this.#phase = ACTIVE;
    return connection;
  }

  /** @throws Error when the lease has ended, or its transaction is broken. */
  check(): void {
    if (this.#phase !== ACTIVE && this.#phase !== FRESH) throw this.#refusal();
  }

  prepare(sql: string, mode: number): Prepared {
    const connection = this.use();
    let prepared: Prepared;
    try {
      prepared = connection.prepare(sql, mode);
    } catch (error) {
      throw this.failed(error);
    }
    if (prepared.control !== undefined) this.#refuseControl(prepared.control);
    if (prepared.alters) this.#fit = false;
    return prepared;
  }

  /** A prepared statement that is not the connection's to keep. */
  prepareOwn(sql: string): NativeStatement {
    return this.use().native.prepare(sql) as NativeStatement;
  }

  exec(sql: string): void {
    const connection = this.use();
    if (typeof sql === 'string') {
      const { control, alters } = readTraits(sql);
      if (control !== undefined) this.#refuseControl(control);
      if (alters) this.#fit = false;
    }
    // Its rows are thrown away, so that nobody calls it but to write.
    this.beforeWrite();
    try {
      connection.native.exec(sql);
    } catch (error) {
      throw this.failed(error);
    }
  }

  transact(kind: TransactionKind, body: () => unknown): unknown {
    const connection = this.use();
    if (kind !== 'default' && kind !== 'deferred' && !this.access.autocommit) this.beforeWrite();
    const isOutermost = !connection.native.inTransaction;
    const registered = this.#afterCommit?.length ?? 0;
    if (isOutermost) this.#inOwnTransaction = true;
    let result: unknown;
    try {
      result = connection.transact(kind, body);
    } catch (error) {
      this.#afterCommit?.splice(registered);
      throw this.failed(error);
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
   * Calls the listener when what has been written is committed, and never after a rollback.
   *
   * @throws Error in a transaction that the handler has begun by a statement, as nobody sees how that ends.
   */
  afterCommit(listener: () => unknown): void {
    this.check();
    const isOpen = this.connection?.native.inTransaction === true;
    if (isOpen && !this.access.autocommit && !this.#inOwnTransaction) {
      throw new Error(
        `${this.access.name} calls db.afterCommit() in a transaction that it has begun by a statement, whose end is not seen. Call it ` +
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
    const failed = (cause: unknown): void => {
      const message = `A function that ${this.access.name} gave to db.afterCommit() has failed. What was written stays committed.`;
      this.subject.report(new Error(message, { cause }));
    };
    for (const listener of listeners) {
      try {
        const result = listener();
        if (isThenable(result)) void result.then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  /** The next request must not get the connection as this one leaves it. */
  alter(): void {
    this.#fit = false;
  }

  /**
   * Called before a statement that writes. A reader becomes the writer here, if nobody else is: it cannot wait, since the call
   * that writes is synchronous.
   */
  beforeWrite(): void {
    if (!this.wrote) this.#claimWriter();
  }

  #claimWriter(): void {
    const { access } = this;
    if (access.reads) throw access.readonlyError();
    if (!this.writer) {
      const { writer } = access.pool;
      if (!writer.take(this)) {
        access.learn(true);
        access.warnUpgrade(writer.holder);
        throw busyError(new Error(`${access.name} began as a reader, and another request was writing when it wanted to write.`));
      }
    }
    this.wrote = true;
    this.probing = false;
    access.learn(true);
  }

  /** Takes note of a failed statement. Returns the error to throw. */
  failed(error: unknown): unknown {
    if (this.#phase !== ACTIVE) return error;
    const { access, connection } = this;
    if (access.autocommit && connection?.native.inTransaction === false) {
      // ON CONFLICT ROLLBACK, RAISE(ROLLBACK), a full disk: what follows would be written outside of any transaction.
      this.#phase = BROKEN;
      this.#failure = error;
    }
    if (isBusy(error)) {
      if (sqliteCode(error) === 'SQLITE_BUSY_SNAPSHOT') access.warnUpgrade(undefined);
      else if (!this.writer) access.pool.contended = true;
    }
    return error;
  }

  /** A probe that has not written goes on as a reader, and sees what it saw before. */
  giveWay(): boolean {
    if (!this.probing || this.wrote || !this.writer || this.#phase === ENDED) return false;
    this.probing = false;
    if (this.#phase === ACTIVE && this.access.autocommit) {
      const connection = this.connection as Connection;
      try {
        if (this.used) connection.stopWriting();
        else {
          connection.rollback();
          this.connection = undefined;
          this.#phase = FRESH;
          this.access.pool.give(connection, true);
        }
      } catch {
        return false;
      }
    }
    this.access.pool.writer.release(this);
    return true;
  }

  /**
   * Ends the lease and makes what it wrote last.
   *
   * @throws SqliteError: with SQLITE_BUSY the lease goes on and may commit later; otherwise all is rolled back.
   */
  commit(): void {
    if (this.#phase === ACTIVE) {
      this.#cutRows();
      const { native, commit } = this.connection as Connection;
      if (this.access.autocommit) {
        try {
          commit();
        } catch (error) {
          if (!isBusy(error) || !native.inTransaction) this.rollback('its transaction could not be committed');
          throw error;
        }
      } else if (native.inTransaction) {
        this.rollback('its transaction was left open');
        throw new Error(
          `${this.access.name} has left a transaction open, which was rolled back: with autocommit: false the handler itself has ` +
            'to COMMIT. db.transaction(…) does it always.',
        );
      }
    } else if (this.#phase === BROKEN) {
      const failure = this.#failure;
      this.rollback('its transaction was rolled back by SQLite');
      throw failure;
    } else if (this.#phase === ENDED) throw this.#refusal();
    this.#end(this.access.doneText);
    if (this.#afterCommit !== undefined) this.#runAfterCommit();
  }

  /** Ends the lease and undoes what it wrote. Never throws. */
  rollback(reason: string): void {
    if (this.#phase === ENDED) return;
    const { connection } = this;
    if (connection !== undefined) {
      try {
        this.#cutRows();
        // SQLite may have rolled back by itself.
        if (connection.native.inTransaction) connection.rollback();
      } catch {
        // Closing the connection rolls back as well.
        this.#fit = false;
      }
    }
    this.#end(reason);
  }

  #end(reason: string): void {
    const { connection, access } = this;
    this.#phase = ENDED;
    this.#reason = reason;
    this.connection = undefined;
    if (connection !== undefined) access.pool.give(connection, this.#fit);
    if (this.writer) access.pool.writer.release(this);
    if (this.#watched) access.pool.ended(this);
    // `context.read` gives what is provided, and must not give what has ended.
    if (access.keyword !== undefined) this.subject.provide?.(access.keyword, undefined);
  }

  #cutRows(): void {
    if (this.#rows === undefined) return;
    for (const rows of [...this.#rows]) rows.cut();
  }

  #refuseControl(keyword: string): void {
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

  #refusal(): Error {
    if (this.#phase === BROKEN) {
      return new Error(
        `${this.access.name} goes on to use its database, but SQLite has rolled its transaction back ` +
          `(${(this.#failure as Error).message}). Let that error leave the handler, or use ON CONFLICT ABORT.`,
        { cause: this.#failure },
      );
    }
    return new Error(`${this.access.name} uses its database, but no longer has it: ${this.#reason}.`);
  }
}
