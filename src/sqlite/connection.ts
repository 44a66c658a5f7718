import { type Command, prepareCommand } from './prepared-command.js';
import type { NativeDatabase, NativeStatement } from './driver.js';
import { readTraits } from './sql-traits.js';

/** How a statement returns its rows: one of the first four, and whether integers are bigints. */
export const FLAT = 0;
export const PLUCK = 1;
export const EXPAND = 2;
export const RAW = 3;
export const SHAPE = 3;
export const SAFE_INTEGERS = 4;

/** How many statements a connection keeps prepared. */
const CACHE_SIZE = 256;

/** A prepared statement that a connection keeps. */
export interface Prepared {
  readonly native: NativeStatement;
  readonly key: string;
  readonly writes: boolean;
  readonly alters: boolean;
  readonly control: string | undefined;
  /** An iterator runs on it: nobody else can use it before that ends. */
  taken: boolean;
  /** Used since the cache last looked for something to throw out. */
  recent: boolean;
}

/** One connection to a database, with its prepared statements. One lease at a time uses it. */
export class Connection {
  readonly native: NativeDatabase;
  readonly begin: Command;
  readonly beginWrite: Command;
  readonly commit: Command;
  readonly rollback: Command;
  readonly #cache = new Map<string, Prepared>();
  #snapshot: NativeStatement | undefined;
  #nested: ((body: () => unknown) => unknown) & Record<TransactionKind, (body: () => unknown) => unknown> = undefined as never;

  constructor(native: NativeDatabase) {
    this.native = native;
    this.begin = prepareCommand(native, 'BEGIN');
    this.beginWrite = prepareCommand(native, 'BEGIN IMMEDIATE');
    this.commit = prepareCommand(native, 'COMMIT');
    this.rollback = prepareCommand(native, 'ROLLBACK');
  }

  /** A prepared statement that nobody is using. */
  prepare(sql: string, mode: number): Prepared {
    const key = mode === FLAT ? sql : `${mode}\n${sql}`;
    const found = this.#cache.get(key);
    if (found !== undefined && !found.taken) {
      found.recent = true;
      return found;
    }
    const { control, alters, lasting } = readTraits(sql);
    const native = this.native.prepare(sql) as NativeStatement;
    setMode(native, mode);
    const prepared = { native, key, writes: !native.readonly, alters, control, taken: false, recent: true };
    if (lasting) this.#keep(prepared);
    return prepared;
  }

  #keep(prepared: Prepared): void {
    const cache = this.#cache;
    cache.set(prepared.key, prepared);
    // A clock instead of a strict LRU: a hit costs one assignment and leaves the map alone.
    while (cache.size > CACHE_SIZE) {
      const [key, oldest] = cache.entries().next().value as [string, Prepared];
      cache.delete(key);
      if (oldest.recent) {
        oldest.recent = false;
        cache.set(key, oldest);
      }
    }
  }

  /** A reading statement that depends on nothing but the database's being readable. */
  get snapshot(): NativeStatement {
    this.#snapshot ??= this.native.prepare('SELECT 1 UNION ALL SELECT rowid FROM sqlite_schema') as NativeStatement;
    return this.#snapshot;
  }

  /** Begins a transaction and fixes what it sees at once. */
  beginRead(): void {
    this.begin();
    try {
      this.snapshot.get();
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /**
   * Gives up the right to write, and keeps seeing the same snapshot: SQLite keeps the read lock while a statement is running, so
   * one runs across the end of the old transaction and the beginning of the new one.
   */
  stopWriting(): void {
    const running = this.snapshot.iterate();
    running.next();
    // better-sqlite3 refuses to commit while anything is being read; SQLite itself does not mind.
    this.native.unsafeMode(true);
    try {
      this.commit();
      this.begin();
    } finally {
      this.native.unsafeMode(false);
      running.return?.();
    }
  }

  /** Runs a function in a transaction, or in a savepoint of the running one. */
  transact(kind: TransactionKind, body: () => unknown): unknown {
    this.#nested ??= this.native.transaction((run: () => unknown) => run()) as never;
    return this.#nested[kind](body);
  }
}

export type TransactionKind = 'default' | 'deferred' | 'immediate' | 'exclusive';

/** Sets how a statement returns its rows. */
export function setMode(statement: NativeStatement, mode: number): void {
  if ((mode & SHAPE) === PLUCK) statement.pluck();
  else if ((mode & SHAPE) === EXPAND) statement.expand();
  else if ((mode & SHAPE) === RAW) statement.raw();
  if ((mode & SAFE_INTEGERS) !== 0) statement.safeIntegers();
}
