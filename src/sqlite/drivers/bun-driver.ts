import { writeFile } from 'node:fs/promises';
import type BetterSqlite3 from 'better-sqlite3';
import type { Opener } from '../native-database.js';
import { AdaptedDatabase, type DriverDatabase } from './adapted-database.js';
import type { DriverStatement } from './adapted-statement.js';

/** The part of bun:sqlite that is used here. */
interface BunSqlite {
  readonly Database: new (file: string, options: object) => BunDatabase;
}

interface BunDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): BunStatement;
  run(sql: string): unknown;
  function?(name: string, options: object, call: (...args: never[]) => unknown): void;
  aggregate?(name: string, options: object): void;
  loadExtension(path: string): void;
  serialize(name?: string): Uint8Array;
  close(): void;
}

interface BunStatement {
  readonly columnNames: readonly string[];
  /** Absent in earlier versions. */
  readonly readonly?: boolean;
  run(...params: unknown[]): BetterSqlite3.RunResult;
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  values(...params: unknown[]): unknown[];
  iterate(...params: unknown[]): Iterator<unknown>;
  safeIntegers(on: boolean): unknown;
}

/**
 * Loads bun:sqlite.
 *
 * @throws Error outside of Bun.
 * @see https://bun.com/docs/runtime/sqlite
 */
export function loadBunSqlite(): Opener {
  const sqlite = process.getBuiltinModule?.('bun:sqlite' as 'node:fs') as unknown as BunSqlite | undefined;
  if (sqlite === undefined) throw new Error("The driver 'bun' needs Bun. Remove it from the options of SQLitePlugin.");
  return (file, options) => new AdaptedDatabase(file, options, (name, readonly) => new BunSqliteDatabase(sqlite, name, readonly));
}

class BunSqliteDatabase implements DriverDatabase {
  readonly #native: BunDatabase;

  constructor(sqlite: BunSqlite, file: string, readonly: boolean) {
    this.#native = new sqlite.Database(file, { readonly, readwrite: !readonly, create: !readonly, strict: true });
  }

  get inTransaction(): boolean {
    return this.#native.inTransaction;
  }

  prepare(sql: string): DriverStatement {
    return new BunSqliteStatement(this.#native.prepare(sql));
  }

  exec(sql: string): void {
    this.#native.run(sql);
  }

  function(name: string, options: BetterSqlite3.RegistrationOptions, call: (...args: never[]) => unknown): void {
    if (this.#native.function === undefined) throw new Error('bun:sqlite of this version has no functions. Update Bun.');
    this.#native.function(name, options, call);
  }

  aggregate(name: string, options: BetterSqlite3.RegistrationOptions): void {
    if (this.#native.aggregate === undefined) throw new Error('bun:sqlite of this version has no aggregates. Update Bun.');
    this.#native.aggregate(name, options);
  }

  loadExtension(path: string): void {
    this.#native.loadExtension(path);
  }

  async backup(destination: string): Promise<number> {
    await writeFile(destination, this.serialize());
    return (this.#native.prepare('PRAGMA page_count').get() as { page_count: number }).page_count;
  }

  serialize(options?: BetterSqlite3.SerializeOptions): Uint8Array {
    return this.#native.serialize(options?.attached);
  }

  close(): void {
    this.#native.close();
  }
}

class BunSqliteStatement implements DriverStatement {
  readonly reader: boolean;
  readonly readonly: boolean | undefined;
  readonly #native: BunStatement;

  constructor(native: BunStatement) {
    this.#native = native;
    this.reader = native.columnNames.length > 0;
    this.readonly = native.readonly;
  }

  run(params: readonly unknown[]): BetterSqlite3.RunResult {
    return this.#native.run(...params);
  }

  get(params: readonly unknown[], asArray: boolean): unknown {
    return asArray ? this.#native.values(...params)[0] : this.#native.get(...params);
  }

  all(params: readonly unknown[], asArray: boolean): unknown[] {
    return asArray ? this.#native.values(...params) : this.#native.all(...params);
  }

  iterate(params: readonly unknown[], asArray: boolean): Iterator<unknown> {
    // Bun iterates over objects only.
    return asArray ? this.#native.values(...params).values() : this.#native.iterate(...params);
  }

  useBigInts(on: boolean): void {
    this.#native.safeIntegers(on);
  }

  columns(): never {
    throw new Error("bun:sqlite does not tell the tables of columns, which columns() and expand() need. Use the driver 'node'.");
  }
}
