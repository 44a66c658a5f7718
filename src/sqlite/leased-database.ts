import type BetterSqlite3 from 'better-sqlite3';
import type { Connection } from './connection.js';
import { SAFE_INTEGERS } from './connection.js';
import type { TransactionKind } from './native-database.js';
import type { Lease } from './lease.js';
import { LeasedStatement } from './leased-statement.js';

const TRANSACTION_KINDS: readonly TransactionKind[] = ['default', 'deferred', 'immediate', 'exclusive'];

/** The class name that `util.inspect` shows. */
const InspectedDatabase = { Database: class {} }.Database;

/**
 * The database of a request: better-sqlite3's `Database`, limited to the request's lease. After the lease, every method throws,
 * because the connection may be in another request's transaction.
 */
export class LeasedDatabase {
  readonly #lease: Lease;
  #mode = 0;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  prepare(sql: string): LeasedStatement {
    const lease = this.#lease;
    return new LeasedStatement(this, lease, sql, this.#mode, lease.prepare(sql, this.#mode));
  }

  exec(sql: string): this {
    this.#lease.exec(sql);
    return this;
  }

  pragma(source: string, options?: BetterSqlite3.PragmaOptions): unknown {
    if (typeof source !== 'string') throw new TypeError('Expected first argument to be a string');
    const statement = this.prepare(`PRAGMA ${source}`);
    if (statement.reader) return options?.simple === true ? statement.pluck().get() : statement.all();
    statement.run();
    return options?.simple === true ? undefined : [];
  }

  transaction<F extends (...args: never[]) => unknown>(body: F): F {
    if (typeof body !== 'function') throw new TypeError('Expected first argument to be a function');
    const lease = this.#lease;
    const variants = TRANSACTION_KINDS.map(
      (kind) =>
        function transaction(this: unknown, ...args: never[]): unknown {
          return lease.transact(kind, () => body.apply(this, args));
        },
    );
    const shared: PropertyDescriptorMap = { database: { value: this, enumerable: true } };
    for (const [at, kind] of TRANSACTION_KINDS.entries()) shared[kind] = { value: variants[at] };
    for (const variant of variants) Object.defineProperties(variant, shared);
    return variants[0] as unknown as F;
  }

  /** See `Database.afterCommit`. */
  afterCommit(listener: () => unknown): void {
    if (typeof listener !== 'function') throw new TypeError('db.afterCommit() needs a function: db.afterCommit(() => …).');
    this.#lease.afterCommit(listener);
  }

  /** Returns integers as bigints from the statements that this request prepares from now on. */
  defaultSafeIntegers(on = true): this {
    if (typeof on !== 'boolean') throw new TypeError('Expected first argument to be a boolean');
    this.#lease.check();
    this.#mode = on ? SAFE_INTEGERS : 0;
    return this;
  }

  backup(destination: string, options?: BetterSqlite3.BackupOptions): Promise<BetterSqlite3.BackupMetadata> {
    return this.#lease.backup(destination, options);
  }

  serialize(options?: BetterSqlite3.SerializeOptions): Buffer {
    return this.#connection.native.serialize(options);
  }

  function(...args: unknown[]): this {
    return this.#modifyConnection('function', args);
  }

  aggregate(...args: unknown[]): this {
    return this.#modifyConnection('aggregate', args);
  }

  table(...args: unknown[]): this {
    return this.#modifyConnection('table', args);
  }

  loadExtension(...args: unknown[]): this {
    return this.#modifyConnection('loadExtension', args);
  }

  unsafeMode(...args: unknown[]): this {
    return this.#modifyConnection('unsafeMode', args);
  }

  close(): never {
    throw new Error(
      `${this.#lease.access.name} closes its database: the connection belongs to SQLitePlugin, which uses it for other requests ` +
        'and closes it with the app. Remove the call.',
    );
  }

  get name(): string {
    return this.#lease.access.pool.file;
  }

  /** False after the request. */
  get open(): boolean {
    return this.#lease.isAlive;
  }

  get inTransaction(): boolean {
    const lease = this.#lease;
    return lease.isAlive && (lease.access.autocommit || lease.connection?.inTransaction === true);
  }

  get readonly(): boolean {
    return !this.#lease.mayWrite;
  }

  get memory(): boolean {
    return this.#lease.access.pool.exclusive;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    const { name, open, inTransaction, readonly, memory } = this;
    return Object.assign(new InspectedDatabase(), { name, open, inTransaction, readonly, memory });
  }

  /** These methods change the connection permanently, so it is not reused for other requests. */
  #modifyConnection(method: 'function' | 'aggregate' | 'table' | 'loadExtension' | 'unsafeMode', args: unknown[]): this {
    const { native } = this.#connection;
    this.#lease.markModified();
    const own = (native as unknown as Partial<Record<string, (...args: unknown[]) => unknown>>)[method];
    if (own === undefined) throw new Error(`The driver '${this.#lease.access.pool.settings.driver}' has no ${method}().`);
    own.apply(native, args);
    return this;
  }

  get #connection(): Connection {
    return this.#lease.use();
  }
}

/** Makes `LeasedDatabase` a subclass of better-sqlite3's class, once that is loaded. */
export function inheritFrom(driver: { readonly prototype: object } | undefined): void {
  const { prototype } = LeasedDatabase;
  if (driver !== undefined && Object.getPrototypeOf(prototype) !== driver.prototype)
    Object.setPrototypeOf(prototype, driver.prototype);
}
