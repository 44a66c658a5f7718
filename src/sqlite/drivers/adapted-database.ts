import type BetterSqlite3 from 'better-sqlite3';
import type { NativeDatabase, OpenOptions, TransactionKind } from '../native-database.js';
import { AdaptedStatement, type DriverStatement } from './adapted-statement.js';
import { toSqliteFailure } from './sqlite-failure.js';

const BEGIN: Readonly<Record<TransactionKind, string>> = {
  default: 'BEGIN',
  deferred: 'BEGIN DEFERRED',
  immediate: 'BEGIN IMMEDIATE',
  exclusive: 'BEGIN EXCLUSIVE',
};

/** better-sqlite3 waits as long for a lock, unless it is told otherwise, in milliseconds. */
const DEFAULT_TIMEOUT = 5000;

/** A database as a driver offers it. */
export interface DriverDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): DriverStatement;
  exec(sql: string): void;
  function(name: string, options: BetterSqlite3.RegistrationOptions, call: (...args: never[]) => unknown): void;
  aggregate(name: string, options: BetterSqlite3.RegistrationOptions): void;
  loadExtension(path: string): void;
  backup(destination: string, options?: BetterSqlite3.BackupOptions): Promise<number>;
  serialize(options?: BetterSqlite3.SerializeOptions): Uint8Array;
  close(): void;
}

/** A database of another driver, with the interface of better-sqlite3. */
export class AdaptedDatabase implements NativeDatabase {
  readonly name: string;
  readonly memory: boolean;
  readonly readonly: boolean;
  readonly #driver: DriverDatabase;
  readonly #verbose: ((sql?: unknown) => void) | undefined;
  #isOpen = true;

  /**
   * @param open opens the file with the driver.
   * @throws SqliteError, and TypeError for a serialized database.
   */
  constructor(file: string | Buffer, options: OpenOptions, open: (file: string, readonly: boolean) => DriverDatabase) {
    if (typeof file !== 'string')
      throw new TypeError("Only the driver 'better-sqlite3' opens serialized databases. Give the name of a file.");
    this.name = file;
    this.memory = file.trim() === '' || file.trim() === ':memory:';
    this.readonly = options.readonly === true;
    this.#verbose = options.verbose as never;
    this.#driver = this.#try(() => open(file, this.readonly));
    // What better-sqlite3 sets for each connection.
    this.#driver.exec(`PRAGMA busy_timeout = ${Number(options.timeout ?? DEFAULT_TIMEOUT)}; PRAGMA foreign_keys = ON`);
  }

  get open(): boolean {
    return this.#isOpen;
  }

  get inTransaction(): boolean {
    return this.#isOpen && this.#driver.inTransaction;
  }

  prepare(sql: string): AdaptedStatement {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    return this.#try(() => new AdaptedStatement(sql, this.#driver.prepare(sql), () => this.#verbose?.(sql)));
  }

  exec(sql: string): this {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    this.#verbose?.(sql);
    this.#try(() => this.#driver.exec(sql));
    return this;
  }

  pragma(source: string, options?: BetterSqlite3.PragmaOptions): unknown {
    const statement = this.prepare(`PRAGMA ${source}`);
    if (!statement.reader) statement.run();
    else if (options?.simple !== true) return statement.all();
    else return statement.pluck().get();
    return options?.simple === true ? undefined : [];
  }

  transaction<F extends (...args: never[]) => unknown>(body: F): F & Record<TransactionKind, F> {
    if (typeof body !== 'function') throw new TypeError('Expected first argument to be a function');
    const run = (self: unknown, args: never[], begin: string): unknown => this.#transact(begin, () => body.apply(self, args));
    const variant = (kind: TransactionKind): F =>
      function transaction(this: unknown, ...args: never[]): unknown {
        return run(this, args, BEGIN[kind]);
      } as F;
    const main = variant('default');
    const kinds = Object.fromEntries((Object.keys(BEGIN) as TransactionKind[]).map((kind) => [kind, variant(kind)]));
    return Object.assign(main, { database: this }, kinds) as unknown as F & Record<TransactionKind, F>;
  }

  #transact(begin: string, body: () => unknown): unknown {
    const isNested = this.inTransaction;
    this.exec(isNested ? 'SAVEPOINT bottlenose_part' : begin);
    try {
      const result = body();
      if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
        throw new TypeError('Transaction function cannot return a promise');
      }
      this.exec(isNested ? 'RELEASE bottlenose_part' : 'COMMIT');
      return result;
    } catch (error) {
      // SQLite may have rolled back itself.
      if (this.inTransaction) this.exec(isNested ? 'ROLLBACK TO bottlenose_part; RELEASE bottlenose_part' : 'ROLLBACK');
      throw error;
    }
  }

  function(
    name: string,
    options: BetterSqlite3.RegistrationOptions | ((...args: never[]) => unknown),
    call?: (...args: never[]) => unknown,
  ): this {
    if (typeof options === 'function') this.#driver.function(name, {}, options);
    else this.#driver.function(name, options, call as (...args: never[]) => unknown);
    return this;
  }

  aggregate(name: string, options: BetterSqlite3.RegistrationOptions): this {
    this.#driver.aggregate(name, options);
    return this;
  }

  loadExtension(path: string): this {
    this.#driver.loadExtension(path);
    return this;
  }

  async backup(destination: string, options?: BetterSqlite3.BackupOptions): Promise<BetterSqlite3.BackupMetadata> {
    try {
      return { totalPages: await this.#driver.backup(destination, options), remainingPages: 0 };
    } catch (error) {
      throw toSqliteFailure(error);
    }
  }

  serialize(options?: BetterSqlite3.SerializeOptions): Buffer {
    return Buffer.from(this.#driver.serialize(options));
  }

  close(): this {
    if (this.#isOpen) this.#driver.close();
    this.#isOpen = false;
    return this;
  }

  #try<R>(call: () => R): R {
    try {
      return call();
    } catch (error) {
      throw toSqliteFailure(error);
    }
  }
}
