import type { NativeDatabase, NativeStatement, TransactionKind } from './native-database.js';
import { readTraits } from './sql-traits.js';

/** How a statement returns its rows: one of the first four, optionally with bigints for integers. */
export const FLAT = 0;
export const PLUCK = 1;
export const EXPAND = 2;
export const RAW = 3;
export const SHAPE = 3;
export const SAFE_INTEGERS = 4;

/** How many prepared statements a connection caches. */
const CACHE_SIZE = 256;

/** A cached prepared statement. */
export interface Prepared {
  readonly native: NativeStatement;
  readonly key: string;
  readonly modifiesConnection: boolean;
  readonly control: string | undefined;
  /** An iterator is running on it. No other code can use it before the iterator ends. */
  inUse: boolean;
  /** Used since the cache last looked for a statement to evict. */
  isReferenced: boolean;
}

/** One connection to a database, with its prepared statements. One lease at a time uses it. */
export class Connection {
  readonly native: NativeDatabase;
  readonly #begin: NativeStatement;
  readonly #beginWrite: NativeStatement;
  readonly #commit: NativeStatement;
  readonly #rollback: NativeStatement;
  readonly #cache = new Map<string, Prepared>();
  #snapshot: NativeStatement | undefined;
  #mayWrite = true;
  #nested: Record<TransactionKind, (body: () => unknown) => unknown> | undefined;

  constructor(native: NativeDatabase) {
    this.native = native;
    this.#begin = native.prepare('BEGIN');
    this.#beginWrite = native.prepare('BEGIN IMMEDIATE');
    this.#commit = native.prepare('COMMIT');
    this.#rollback = native.prepare('ROLLBACK');
  }

  /** Called when a lease gets the connection. */
  enter(mayWrite: boolean): void {
    this.allowWrites(mayWrite);
  }

  /** Whether a transaction of the lease is open. */
  get inTransaction(): boolean {
    return this.native.inTransaction;
  }

  get mayWrite(): boolean {
    return this.#mayWrite;
  }

  /** Lets SQLite refuse all statements that write, with SQLITE_READONLY. A change invalidates the prepared statements. */
  allowWrites(allowed: boolean): void {
    if (allowed === this.#mayWrite) return;
    this.native.pragma(`query_only = ${allowed ? 'OFF' : 'ON'}`);
    this.#mayWrite = allowed;
  }

  begin(): void {
    this.#begin.run();
  }

  beginWrite(): void {
    this.#beginWrite.run();
  }

  commit(): void {
    this.#commit.run();
  }

  rollback(): void {
    this.#rollback.run();
  }

  /** A prepared statement that is not in use. */
  prepare(sql: string, mode: number): Prepared {
    const key = mode === FLAT ? sql : `${mode}\n${sql}`;
    const found = this.#cache.get(key);
    if (found !== undefined && !found.inUse) {
      found.isReferenced = true;
      return found;
    }
    const { control, modifiesConnection, isCacheable } = readTraits(sql);
    const native = this.native.prepare(sql);
    setMode(native, mode);
    const prepared = { native, key, modifiesConnection, control, inUse: false, isReferenced: true };
    if (isCacheable) this.#addToCache(prepared);
    return prepared;
  }

  #addToCache(prepared: Prepared): void {
    const cache = this.#cache;
    cache.set(prepared.key, prepared);
    // A clock cache instead of a strict LRU: a hit only sets a flag and leaves the map unchanged.
    while (cache.size > CACHE_SIZE) {
      const [key, oldest] = cache.entries().next().value as [string, Prepared];
      cache.delete(key);
      if (oldest.isReferenced) {
        oldest.isReferenced = false;
        cache.set(key, oldest);
      }
    }
  }

  /** A statement that reads without depending on the schema. */
  get snapshot(): NativeStatement {
    this.#snapshot ??= this.native.prepare('SELECT 1 UNION ALL SELECT rowid FROM sqlite_schema');
    return this.#snapshot;
  }

  /** Begins a transaction and fixes its snapshot immediately. */
  beginRead(): void {
    this.begin();
    try {
      this.snapshot.get();
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Runs a function in a transaction, or in a savepoint of the current one. */
  transact(kind: TransactionKind, body: () => unknown): unknown {
    this.#nested ??= this.native.transaction((run) => run());
    return this.#nested[kind](body);
  }
}

/** Sets how a statement returns its rows. */
export function setMode(statement: NativeStatement, mode: number): void {
  if ((mode & SHAPE) === PLUCK) statement.pluck();
  else if ((mode & SHAPE) === EXPAND) statement.expand();
  else if ((mode & SHAPE) === RAW) statement.raw();
  if ((mode & SAFE_INTEGERS) !== 0) statement.safeIntegers();
}
