import type BetterSqlite3 from 'better-sqlite3';
import { EXPAND, FLAT, PLUCK, type Prepared, RAW, SAFE_INTEGERS, SHAPE, setMode } from './connection.js';
import type { NativeStatement } from './native-database.js';
import type { Lease } from './lease.js';

/**
 * A statement of a request. It behaves like better-sqlite3's and ends with its lease. The prepared statement behind it belongs to
 * the connection, which other requests use afterwards.
 */
export class LeasedStatement {
  readonly #database: object;
  readonly #lease: Lease;
  readonly #sql: string;
  #mode: number;
  #prepared: Prepared;
  /** After `bind`: a separate statement, because bound parameters stay bound. */
  #bound: NativeStatement | undefined = undefined;

  /** @param database the value of the property `database` */
  constructor(database: object, lease: Lease, sql: string, mode: number, prepared: Prepared) {
    this.#database = database;
    this.#lease = lease;
    this.#sql = sql;
    this.#mode = mode;
    this.#prepared = prepared;
  }

  run(...params: unknown[]): BetterSqlite3.RunResult {
    const native = this.#use();
    try {
      return params.length === 0 ? native.run() : native.run(...params);
    } catch (error) {
      throw this.#lease.recordError(error);
    }
  }

  get(...params: unknown[]): unknown {
    const native = this.#use();
    try {
      // Most statements have no parameter or one. A spread is slower than the comparison (benchmark: `bench --only read`).
      if (params.length === 1) return native.get(params[0]);
      return params.length === 0 ? native.get() : native.get(...params);
    } catch (error) {
      throw this.#lease.recordError(error);
    }
  }

  all(...params: unknown[]): unknown[] {
    const native = this.#use();
    try {
      return params.length === 0 ? native.all() : native.all(...params);
    } catch (error) {
      throw this.#lease.recordError(error);
    }
  }

  iterate(...params: unknown[]): IterableIterator<unknown> {
    const native = this.#use();
    try {
      return new LeasedRows(this.#lease, native.iterate(...params), this.#bound === undefined ? this.#prepared : undefined);
    } catch (error) {
      throw this.#lease.recordError(error);
    }
  }

  bind(...params: unknown[]): this {
    if (this.#bound !== undefined) throw new TypeError('The bind() method can only be invoked once per statement object');
    this.#lease.check();
    const bound = this.#lease.prepareOwn(this.#sql);
    setMode(bound, this.#mode);
    bound.bind(...params);
    this.#bound = bound;
    return this;
  }

  pluck(on = true): this {
    return this.#shape('pluck', PLUCK, on);
  }

  expand(on = true): this {
    return this.#shape('expand', EXPAND, on);
  }

  raw(on = true): this {
    return this.#shape('raw', RAW, on);
  }

  safeIntegers(on = true): this {
    checkFlag(on);
    this.#bound?.safeIntegers(on);
    return this.#setMode(on ? this.#mode | SAFE_INTEGERS : this.#mode & ~SAFE_INTEGERS);
  }

  columns(): BetterSqlite3.ColumnDefinition[] {
    this.#lease.check();
    return (this.#bound ?? this.#prepared.native).columns();
  }

  get database(): unknown {
    return this.#database;
  }

  get source(): string {
    return this.#sql;
  }

  get reader(): boolean {
    return this.#prepared.native.reader;
  }

  get readonly(): boolean {
    return this.#prepared.native.readonly;
  }

  get busy(): boolean {
    return this.#bound === undefined ? this.#prepared.inUse : this.#bound.busy;
  }

  /** The prepared statement, after the checks that the lease is active and may run it. */
  #use(): NativeStatement {
    const lease = this.#lease;
    lease.check();
    let prepared = this.#prepared;
    if (this.#bound !== undefined) return this.#bound;
    if (prepared.inUse) {
      prepared = lease.prepare(this.#sql, this.#mode);
      this.#prepared = prepared;
    }
    return prepared.native;
  }

  #shape(method: 'pluck' | 'expand' | 'raw', shape: number, on: boolean): this {
    checkFlag(on);
    if (!this.reader) throw new TypeError(`The ${method}() method is only for statements that return data`);
    this.#bound?.[method](on);
    const now = this.#mode & SHAPE;
    return this.#setMode((this.#mode & ~SHAPE) | (on ? shape : now === shape ? FLAT : now));
  }

  #setMode(mode: number): this {
    if (mode !== this.#mode) {
      this.#lease.check();
      this.#mode = mode;
      this.#prepared = this.#lease.prepare(this.#sql, mode);
    }
    return this;
  }
}

function checkFlag(on: unknown): void {
  if (typeof on !== 'boolean') throw new TypeError('Expected first argument to be a boolean');
}

/** The rows of a running statement. They end with the lease. Until then the statement is in use. */
class LeasedRows implements IterableIterator<unknown> {
  readonly #lease: Lease;
  readonly #native: IterableIterator<unknown>;
  readonly #prepared: Prepared | undefined;
  #isEnded = false;
  #isCancelled = false;

  constructor(lease: Lease, native: IterableIterator<unknown>, prepared: Prepared | undefined) {
    this.#lease = lease;
    this.#native = native;
    this.#prepared = prepared;
    if (prepared !== undefined) prepared.inUse = true;
    lease.rows.add(this);
  }

  next(): IteratorResult<unknown> {
    if (this.#isEnded) {
      // Exhausted rows are complete. Rows that were cancelled by the end of the lease are incomplete, and must report an error.
      if (this.#isCancelled) this.#lease.check();
      return { done: true, value: undefined };
    }
    let result: IteratorResult<unknown>;
    try {
      result = this.#native.next();
    } catch (error) {
      this.#end();
      throw this.#lease.recordError(error);
    }
    if (result.done === true) this.#end();
    return result;
  }

  return(value?: unknown): IteratorResult<unknown> {
    if (!this.#isEnded) {
      this.#native.return?.();
      this.#end();
    }
    return { done: true, value };
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Stops the iteration because the lease ends. */
  cancel(): void {
    this.#isCancelled = true;
    this.return();
  }

  #end(): void {
    this.#isEnded = true;
    if (this.#prepared !== undefined) this.#prepared.inUse = false;
    this.#lease.rows.delete(this);
  }
}
