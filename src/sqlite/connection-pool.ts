import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Connection } from './connection.js';
import { loadDriver, type NativeDatabase } from './driver.js';
import { busyError, isBusy, openError, sqliteCode } from './sqlite-error.js';
import type { Settings } from './sqlite-options.js';
import { returnWriter, shareWriter, Writer } from './writer-queue.js';

/** More than these, and a process is out of files, with nothing left for its sockets. */
const MAX_CONNECTIONS = 100;

/** A lease as the pool sees it, when it closes. */
interface Revocable {
  revoke(reason: string): void;
}

/**
 * The connections to one database. All are alike, whoever has the `writer` may write on any; the one used last is given out
 * first, because its statements and pages are warm.
 */
export class Pool {
  readonly settings: Settings;
  /** The file as it is shown in messages. */
  readonly file: string;
  /** A database in memory belongs to its one connection, so that requests take turns. */
  readonly exclusive: boolean;
  readonly readonly: boolean;
  /** Leases that outlast the turn they began in. */
  readonly leases = new Set<Revocable>();
  /** Somebody has been seen to lock readers out: read locks are waited for before the handler runs. */
  contended = false;
  /** Another process's lock has been reported, and has not been released since. */
  warnedLocked = false;
  #writer: Writer | undefined;
  #path: string | undefined;
  #idle: Connection[] = [];
  #open = 0;
  #wal = true;
  #closed = true;
  #closing = false;
  #emptied: (() => void) | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    this.file = settings.file;
    const name = settings.file.trim();
    this.exclusive = name === ':memory:' || name === '';
    this.readonly = settings.readonly;
  }

  get writer(): Writer {
    return this.#writer as Writer;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /**
   * Without WAL, and where others lock readers out, a reader may have to wait, and so when there are too many of them. It can do
   * so only before its handler runs.
   */
  get readsEagerly(): boolean {
    return this.contended || !this.#wal || this.isFull;
  }

  /** Whether a reader should wait for another to end. */
  get isFull(): boolean {
    return this.#open >= MAX_CONNECTIONS && this.#idle.length === 0;
  }

  /**
   * Opens the first connection, to find out what is wrong before there is a request. A file that somebody has locked is not
   * wrong: the first request will wait for it.
   *
   * @throws Error naming the file, the cause and the remedy.
   */
  open(): void {
    this.#closing = false;
    if (!this.#closed) return;
    try {
      this.#idle.push(this.#connect());
      this.contended = false;
    } catch (error) {
      if (!isBusy(error)) throw openError(this.file, error, this.readonly);
      this.contended = true;
    }
    this.#closed = false;
    if (this.exclusive) this.#writer = new Writer();
    else {
      this.#path = realpathSync(resolve(this.file));
      this.#writer = shareWriter(this.#path);
    }
  }

  /**
   * A connection that nobody uses.
   *
   * @throws SqliteError when a new one cannot be opened now.
   */
  take(): Connection {
    if (this.#closed) throw new Error(`SQLitePlugin has closed ${this.file}. Install the plugin again to use it.`);
    return this.#idle.pop() ?? this.#connectAnother();
  }

  /** Takes a connection back, or closes it where it is not fit for the next request. */
  give(connection: Connection, fit: boolean): void {
    const keep = !this.#closed && (this.exclusive || (fit && this.#idle.length < this.settings.maxReaders));
    if (keep) this.#idle.push(connection);
    else this.#disconnect(connection);
  }

  /** Called when a lease that outlasted its turn ends. */
  ended(lease: Revocable): void {
    this.leases.delete(lease);
    if (this.leases.size === 0) this.#emptied?.();
  }

  /** Waits for the leases that are running, at most `busyTimeout`, then revokes them; closes all connections. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closing = true;
    if (this.leases.size > 0) await this.#waitForLeases();
    // Installed again in the meantime.
    if (!this.#closing) return;
    for (const lease of [...this.leases]) lease.revoke('SQLitePlugin was closed');
    this.#closed = true;
    this.#checkpoint();
    for (const connection of this.#idle.splice(0)) this.#disconnect(connection);
    if (this.#path !== undefined) returnWriter(this.#path);
    this.#path = undefined;
  }

  /** Makes a copy of the database, on a connection of its own that no transaction disturbs. */
  async backup(destination: string, options: Parameters<NativeDatabase['backup']>[1]): ReturnType<NativeDatabase['backup']> {
    const native = new (loadDriver())(this.file, { timeout: 0, fileMustExist: true, readonly: this.readonly });
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
        this.#emptied = undefined;
        done();
      };
      const timer = setTimeout(finish, this.settings.busyTimeout);
      this.#emptied = finish;
    });
  }

  #connectAnother(): Connection {
    try {
      return this.#connect();
    } catch (error) {
      if (isBusy(error)) this.contended = true;
      // It could be opened before, so that it is the process that has run out of files.
      if (sqliteCode(error)?.startsWith('SQLITE_CANTOPEN') === true) throw busyError(error);
      throw error;
    }
  }

  #connect(): Connection {
    const { readonly, verbose } = this.settings;
    // No busy handler: SQLite's own would put the whole process to sleep. Whoever has to wait does so between attempts.
    const native = new (loadDriver())(this.file, { timeout: 0, readonly, verbose });
    try {
      this.#prepare(native);
      const connection = new Connection(native);
      this.#open++;
      return connection;
    } catch (error) {
      native.close();
      throw error;
    }
  }

  #prepare(native: NativeDatabase): void {
    const { pragmas, functions, aggregates } = this.settings;
    // The first look at the file: whether it is a database at all.
    native.pragma('schema_version');
    for (const [name, value] of Object.entries(pragmas)) {
      if (name === 'journal_mode' && this.readonly) continue;
      native.pragma(`${name} = ${typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : value}`);
    }
    this.#wal = native.pragma('journal_mode', { simple: true }) === 'wal' || this.exclusive;
    for (const [name, definition] of Object.entries(functions)) {
      if (typeof definition === 'function') native.function(name, definition);
      else native.function(name, definition, definition.call);
    }
    for (const [name, definition] of Object.entries(aggregates)) native.aggregate(name, definition as never);
  }

  #disconnect(connection: Connection): void {
    this.#open--;
    connection.native.close();
  }

  /** Moves what is in the WAL into the database, so that the file alone is complete. The last connection's close does the rest. */
  #checkpoint(): void {
    const connection = this.#idle.at(-1);
    if (connection === undefined || this.readonly || this.exclusive || !this.#wal) return;
    try {
      connection.native.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // Another process is at it: it will be done when that one closes.
    }
  }
}
