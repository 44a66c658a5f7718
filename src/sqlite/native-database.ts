import type BetterSqlite3 from 'better-sqlite3';

/** The packages that open SQLite databases: `better-sqlite3`, `node:sqlite` of Node and Deno, and `bun:sqlite` of Bun. */
export type SQLiteDriver = 'better-sqlite3' | 'node' | 'bun';

/** What the plugin needs from a database. It is a part of better-sqlite3's interface, which the other drivers imitate. */
export interface NativeDatabase {
  readonly name: string;
  readonly inTransaction: boolean;
  prepare(sql: string): NativeStatement;
  exec(sql: string): unknown;
  pragma(source: string, options?: BetterSqlite3.PragmaOptions): unknown;
  transaction(body: (run: () => unknown) => unknown): Record<TransactionKind, (run: () => unknown) => unknown>;
  function(name: string, options: BetterSqlite3.RegistrationOptions, call: (...args: never[]) => unknown): unknown;
  aggregate(name: string, options: BetterSqlite3.RegistrationOptions): unknown;
  backup(destination: string, options?: BetterSqlite3.BackupOptions): Promise<BetterSqlite3.BackupMetadata>;
  serialize(options?: BetterSqlite3.SerializeOptions): Buffer;
  close(): unknown;
}

export interface NativeStatement {
  readonly reader: boolean;
  readonly readonly: boolean;
  readonly busy: boolean;
  run(...params: unknown[]): BetterSqlite3.RunResult;
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  iterate(...params: unknown[]): IterableIterator<unknown>;
  bind(...params: unknown[]): unknown;
  pluck(on?: boolean): unknown;
  expand(on?: boolean): unknown;
  raw(on?: boolean): unknown;
  safeIntegers(on?: boolean): unknown;
  columns(): BetterSqlite3.ColumnDefinition[];
}

export type TransactionKind = 'default' | 'deferred' | 'immediate' | 'exclusive';

/** The options of better-sqlite3's `Database`. */
export type OpenOptions = BetterSqlite3.Options;

/** Opens a database with a driver that is loaded. */
export type Opener = (file: string | Buffer, options: OpenOptions) => NativeDatabase;
