import type BetterSqlite3 from 'better-sqlite3';
import { EXPAND, FLAT, PLUCK, type Prepared, RAW, SAFE_INTEGERS, SHAPE, setMode } from './connection.js';
import type { NativeStatement } from './driver.js';
import type { Lease } from './lease.js';

/**
 * A statement as a request holds it. It looks like better-sqlite3's, and ends with its lease: the prepared statement behind it
 * is the connection's, and belongs to somebody else afterwards.
 */
export class LeasedStatement {
  readonly #database: object;
  readonly #lease: Lease;
  readonly #sql: string;
  #mode: number;
  #prepared: Prepared;
  /** After `bind`: a statement of its own, since parameters bound once stay bound. */
  #own: NativeStatement | undefined = undefined;

  /** @param database what the statement says it belongs to */
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
      throw this.#lease.failed(error);
    }
  }

  get(...params: unknown[]): unknown {
    const native = this.#use();
    try {
      // Nearly all have no parameter or one; a spread costs more than the comparison.
      if (params.length === 1) return native.get(params[0]);
      return params.length === 0 ? native.get() : native.get(...params);
    } catch (error) {
      throw this.#lease.failed(error);
    }
  }

  all(...params: unknown[]): unknown[] {
    const native = this.#use();
    try {
      return params.length === 0 ? native.all() : native.all(...params);
    } catch (error) {
      throw this.#lease.failed(error);
    }
  }

  iterate(...params: unknown[]): IterableIterator<unknown> {
    const native = this.#use();
    try {
      return new LeasedRows(this.#lease, native.iterate(...params), this.#own === undefined ? this.#prepared : undefined);
    } catch (error) {
      throw this.#lease.failed(error);
    }
  }

  bind(...params: unknown[]): this {
    if (this.#own !== undefined) throw new TypeError('The bind() method can only be invoked once per statement object');
    this.#lease.check();
    const own = this.#lease.prepareOwn(this.#sql);
    setMode(own, this.#mode);
    own.bind(...params);
    this.#own = own;
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
    flag(on);
    this.#own?.safeIntegers(on);
    return this.#setMode(on ? this.#mode | SAFE_INTEGERS : this.#mode & ~SAFE_INTEGERS);
  }

  columns(): BetterSqlite3.ColumnDefinition[] {
    this.#lease.check();
    return (this.#own ?? this.#prepared.native).columns();
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
    return !this.#prepared.writes;
  }

  get busy(): boolean {
    return this.#own === undefined ? this.#prepared.taken : this.#own.busy;
  }

  /** The prepared statement, ready to run on a lease that lives and may do what it does. */
  #use(): NativeStatement {
    const lease = this.#lease;
    lease.check();
    let prepared = this.#prepared;
    if (prepared.writes) lease.beforeWrite();
    if (this.#own !== undefined) return this.#own;
    if (prepared.taken) {
      prepared = lease.prepare(this.#sql, this.#mode);
      this.#prepared = prepared;
    }
    return prepared.native;
  }

  #shape(method: 'pluck' | 'expand' | 'raw', shape: number, on: boolean): this {
    flag(on);
    if (!this.reader) throw new TypeError(`The ${method}() method is only for statements that return data`);
    this.#own?.[method](on);
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

function flag(on: unknown): void {
  if (typeof on !== 'boolean') throw new TypeError('Expected first argument to be a boolean');
}

/** The rows of a running statement. They end with the lease; until then nobody else uses the statement. */
export class LeasedRows implements IterableIterator<unknown> {
  readonly #lease: Lease;
  readonly #native: IterableIterator<unknown>;
  readonly #prepared: Prepared | undefined;
  #ended = false;
  #cut = false;

  constructor(lease: Lease, native: IterableIterator<unknown>, prepared: Prepared | undefined) {
    this.#lease = lease;
    this.#native = native;
    this.#prepared = prepared;
    if (prepared !== undefined) prepared.taken = true;
    lease.rows.add(this);
  }

  next(): IteratorResult<unknown> {
    if (this.#ended) {
      // Rows that ran out are at their end; rows cut off by the end of the lease are not, and must not look as if.
      if (this.#cut) this.#lease.check();
      return { done: true, value: undefined };
    }
    let result: IteratorResult<unknown>;
    try {
      result = this.#native.next();
    } catch (error) {
      this.#end();
      throw this.#lease.failed(error);
    }
    if (result.done === true) this.#end();
    return result;
  }

  return(value?: unknown): IteratorResult<unknown> {
    if (!this.#ended) {
      this.#native.return?.();
      this.#end();
    }
    return { done: true, value };
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Stops because the lease ends. */
  cut(): void {
    this.#cut = true;
    this.return();
  }

  #end(): void {
    this.#ended = true;
    if (this.#prepared !== undefined) this.#prepared.taken = false;
    this.#lease.rows.delete(this);
  }
}
