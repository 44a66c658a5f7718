import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Connection } from './connection.js';
import { ConnectionStack } from './connection-stack.js';
import { GivenConnection } from './given-connection.js';
import { openDatabase } from './driver.js';
import type { NativeDatabase } from './native-database.js';
import { busyError, isBusy, openError, sqliteCode } from './sqlite-error.js';
import type { Settings } from './sqlite-options.js';
import { releaseWriterLock, retainWriterLock, WriterLock } from './writer-queue.js';

/** Beyond this number, a process runs out of file descriptors, and none are left for its sockets. */
const MAX_CONNECTIONS = 100;

/** The writer locks of databases that the user has opened. Plugins over one database share its lock. */
const givenLocks = new WeakMap<NativeDatabase, WriterLock>();

/** A lease, as the pool sees it on close. */
interface Revocable {
  revoke(reason: string): void;
}

/**
 * The connections to one database. Those of readers refuse to write. The owner of the `writer` lock uses a connection that may
 * write. The connection that was used last is reused first, because its statements and pages are cached.
 */
export class ConnectionPool {
  readonly settings: Settings;
  /** The file name in messages. */
  readonly file: string;
  /** A database in memory, or one that the user has opened, has one connection only, so requests use it one after another. */
  readonly exclusive: boolean;
  readonly readonly: boolean;
  /** Leases that last longer than the turn in which they began. */
  readonly leases = new Set<Revocable>();
  /** A reader was locked out before. Read locks are therefore acquired before the handler runs. */
  contended = false;
  /** The lock of another process was reported, and has not been released since. */
  warnedLocked = false;
  readonly #given: NativeDatabase | undefined;
  #writer: WriterLock | undefined;
  #path: string | undefined;
  readonly #idleReaders = new ConnectionStack();
  readonly #idleWriters = new ConnectionStack();
  #open = 0;
  #wal = true;
  #closed = true;
  #closing = false;
  #onLeasesEnded: (() => void) | undefined;

  /** @param given a database that the user has opened and will close, instead of connections to the file */
  constructor(settings: Settings, given?: NativeDatabase) {
    this.settings = settings;
    this.#given = given;
    this.file = settings.file;
    const name = settings.file.trim();
    this.exclusive = given !== undefined || name === ':memory:' || name === '';
    this.readonly = settings.readonly;
  }

  get writer(): WriterLock {
    return this.#writer as WriterLock;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /**
   * Whether a reader acquires its lock before its handler runs, because it may have to wait: without WAL, after a lock by another
   * process, and when too many readers run. A synchronous handler cannot wait later.
   */
  get locksReadsEarly(): boolean {
    return this.contended || !this.#wal || this.isFull;
  }

  /** Whether a reader must wait for another reader to end. */
  get isFull(): boolean {
    return this.#open >= MAX_CONNECTIONS && this.#idleReaders.size === 0;
  }

  /**
   * Opens the first connection, so that problems are reported before the first request. A locked file is not a problem: the first
   * request waits for the lock.
   *
   * @throws Error with the file, the cause and the remedy.
   */
  open(): void {
    this.#closing = false;
    if (!this.#closed) return;
    if (this.#given !== undefined) {
      this.#openGiven(this.#given);
      return;
    }
    try {
      this.#idleReaders.push(this.#connect(false));
      this.contended = false;
    } catch (error) {
      if (!isBusy(error)) throw openError(this.file, error, this.readonly);
      this.contended = true;
    }
    this.#closed = false;
    if (this.exclusive) this.#writer = new WriterLock();
    else {
      this.#path = realpathSync(resolve(this.file));
      this.#writer = retainWriterLock(this.#path);
    }
  }

  #openGiven(database: NativeDatabase): void {
    this.#idleReaders.push(new GivenConnection(database));
    this.#open++;
    this.#closed = false;
    this.#writer = givenLocks.get(database) ?? new WriterLock();
    givenLocks.set(database, this.#writer);
  }

  /**
   * Returns an idle connection, or opens a new one.
   *
   * @param mayWrite whether the connection may write.
   * @throws SqliteError when a new connection cannot be opened now.
   */
  acquire(mayWrite: boolean): Connection {
    if (this.#closed) throw new Error(`SQLitePlugin has closed ${this.file}. Install the plugin again to use it.`);
    const connection = this.#idle(mayWrite).pop() ?? this.#connectFurther(mayWrite);
    connection.enter(mayWrite);
    return connection;
  }

  /** Returns a connection to the pool. It is closed when it is not reusable. */
  release(connection: Connection, isReusable: boolean): void {
    const idle = this.#idle(connection.mayWrite);
    const limit = connection.mayWrite ? 1 : this.settings.maxReaders;
    const shouldKeep = !this.#closed && (this.exclusive || (isReusable && idle.size < limit));
    // Between requests, the user may write.
    if (this.#given !== undefined) connection.allowWrites(true);
    if (shouldKeep) idle.push(connection);
    else this.#disconnect(connection);
  }

  /** Called when a tracked lease ends. */
  onLeaseEnd(lease: Revocable): void {
    this.leases.delete(lease);
    if (this.leases.size === 0) this.#onLeasesEnded?.();
  }

  /** Waits for the running leases, for at most `busyTimeout`, then revokes them. Closes all connections. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closing = true;
    if (this.leases.size > 0) await this.#waitForLeases();
    // The plugin was installed again in the meantime.
    if (!this.#closing) return;
    for (const lease of [...this.leases]) lease.revoke('SQLitePlugin was closed');
    this.#closed = true;
    this.#checkpoint();
    for (const idle of [this.#idleReaders, this.#idleWriters]) {
      for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) this.#disconnect(connection);
    }
    if (this.#path !== undefined) releaseWriterLock(this.#path);
    this.#path = undefined;
  }

  /** Copies the database on a separate connection, which no transaction affects. */
  async backup(destination: string, options: Parameters<NativeDatabase['backup']>[1]): ReturnType<NativeDatabase['backup']> {
    const native = openDatabase(this.settings.driver, this.file, { timeout: 0, fileMustExist: true, readonly: this.readonly });
    try {
      return await native.backup(destination, options);
    } finally {
      native.close();
    }
  }

  #waitForLeases(): Promise<void> {
    return new Promise((done) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#onLeasesEnded = undefined;
        done();
      };
      const timer = setTimeout(finish, this.settings.busyTimeout);
      this.#onLeasesEnded = finish;
    });
  }

  /** A database in memory has one connection, which readers and writers share. */
  #idle(mayWrite: boolean): ConnectionStack {
    return mayWrite && !this.exclusive ? this.#idleWriters : this.#idleReaders;
  }

  #connectFurther(mayWrite: boolean): Connection {
    try {
      return this.#connect(mayWrite);
    } catch (error) {
      if (isBusy(error)) this.contended = true;
      // An earlier open succeeded, so the process has run out of file descriptors.
      if (sqliteCode(error)?.startsWith('SQLITE_CANTOPEN') === true) throw busyError(error);
      throw error;
    }
  }

  #connect(mayWrite: boolean): Connection {
    const { driver, readonly, verbose } = this.settings;
    // No busy handler, because SQLite's would block the whole process. Waiting code sleeps between its attempts instead.
    const native = openDatabase(driver, this.file, { timeout: 0, readonly, verbose });
    try {
      this.#prepare(native);
      const connection = new Connection(native);
      connection.allowWrites(mayWrite);
      this.#open++;
      return connection;
    } catch (error) {
      native.close();
      throw error;
    }
  }

  #prepare(native: NativeDatabase): void {
    const { pragmas, functions, aggregates } = this.settings;
    // The first read shows whether the file is a database.
    native.pragma('schema_version');
    for (const [name, value] of Object.entries(pragmas)) {
      if (name === 'journal_mode' && this.readonly) continue;
      native.pragma(`${name} = ${typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : value}`);
    }
    this.#wal = native.pragma('journal_mode', { simple: true }) === 'wal' || this.exclusive;
    for (const [name, definition] of Object.entries(functions)) {
      if (typeof definition === 'function') native.function(name, {}, definition);
      else native.function(name, definition, definition.call);
    }
    for (const [name, definition] of Object.entries(aggregates)) native.aggregate(name, definition as never);
  }

  #disconnect(connection: Connection): void {
    this.#open--;
    if (this.#given === undefined) connection.native.close();
  }

  /**
   * Moves the contents of the WAL into the database, so that the file alone is complete. Closing the last connection does the
   * rest.
   */
  #checkpoint(): void {
    const connection = this.#idleWriters.last ?? this.#idleReaders.last;
    if (connection === undefined || this.readonly || this.exclusive || !this.#wal) return;
    try {
      connection.native.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // Another process holds a lock. The checkpoint happens when that process closes the database.
    }
  }
}
