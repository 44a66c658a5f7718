import type BetterSqlite3 from 'better-sqlite3';
import type { Opener } from '../native-database.js';
import { AdaptedDatabase, type DriverDatabase } from './adapted-database.js';
import type { DriverStatement } from './adapted-statement.js';

/** The part of node:sqlite that is used here. The types of Node 20 do not have it. */
interface NodeSqlite {
  readonly DatabaseSync: new (file: string, options: { readOnly: boolean }) => NodeDatabase;
  readonly StatementSync: { readonly prototype: object };
  backup(source: NodeDatabase, destination: string, options: object): Promise<number>;
}

interface NodeDatabase {
  readonly isTransaction: boolean;
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  function(name: string, options: object, call: (...args: never[]) => unknown): void;
  aggregate(name: string, options: object): void;
  loadExtension(path: string): void;
  serialize?(name?: string): Uint8Array;
  close(): void;
}

interface NodeStatement {
  run(...params: unknown[]): BetterSqlite3.RunResult;
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  iterate(...params: unknown[]): Iterator<unknown>;
  columns(): BetterSqlite3.ColumnDefinition[];
  setReadBigInts(on: boolean): void;
  setReturnArrays(on: boolean): void;
}

/**
 * Loads node:sqlite, which Node 22.16 and later, Deno, and recent versions of Bun have.
 *
 * @throws Error where the runtime does not have it.
 * @see https://nodejs.org/api/sqlite.html
 */
export function loadNodeSqlite(): Opener {
  const sqlite = process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown as NodeSqlite | undefined;
  // Earlier versions cannot return rows as arrays, which `pluck` and `raw` need.
  if (sqlite === undefined || !('setReturnArrays' in sqlite.StatementSync.prototype)) {
    throw new Error(
      `The driver 'node' needs node:sqlite of Node 22.16 or later, or of Deno; this is Node ${process.versions.node}. Update it, ` +
        "or install better-sqlite3 and give driver: 'better-sqlite3'.",
    );
  }
  return (file, options) =>
    new AdaptedDatabase(file, options, (name, readonly) => new NodeSqliteDatabase(sqlite, name, readonly));
}

class NodeSqliteDatabase implements DriverDatabase {
  readonly #sqlite: NodeSqlite;
  readonly #native: NodeDatabase;

  constructor(sqlite: NodeSqlite, file: string, readOnly: boolean) {
    this.#sqlite = sqlite;
    this.#native = new sqlite.DatabaseSync(file, { readOnly });
  }

  get inTransaction(): boolean {
    return this.#native.isTransaction;
  }

  prepare(sql: string): DriverStatement {
    return new NodeSqliteStatement(this.#native.prepare(sql));
  }

  exec(sql: string): void {
    this.#native.exec(sql);
  }

  function(name: string, options: BetterSqlite3.RegistrationOptions, call: (...args: never[]) => unknown): void {
    this.#native.function(name, registration(options), call);
  }

  aggregate(name: string, options: BetterSqlite3.RegistrationOptions): void {
    this.#native.aggregate(name, { start: null, ...registration(options) });
  }

  loadExtension(path: string): void {
    this.#native.loadExtension(path);
  }

  backup(destination: string, options: object = {}): Promise<number> {
    return this.#sqlite.backup(this.#native, destination, options);
  }

  serialize(options?: BetterSqlite3.SerializeOptions): Uint8Array {
    if (this.#native.serialize === undefined) {
      throw new Error("node:sqlite of this runtime has no serialize(). Use db.backup(…), or the driver 'better-sqlite3'.");
    }
    return this.#native.serialize(options?.attached);
  }

  close(): void {
    this.#native.close();
  }
}

/** better-sqlite3's options of a function, in the words of node:sqlite. */
function registration({ safeIntegers, ...options }: BetterSqlite3.RegistrationOptions): object {
  return safeIntegers === undefined ? options : { ...options, useBigIntArguments: safeIntegers };
}

class NodeSqliteStatement implements DriverStatement {
  readonly reader: boolean;
  readonly readonly = undefined;
  readonly #native: NodeStatement;

  constructor(native: NodeStatement) {
    this.#native = native;
    this.reader = native.columns().length > 0;
  }

  run(params: readonly unknown[]): BetterSqlite3.RunResult {
    return this.#native.run(...params);
  }

  get(params: readonly unknown[], asArray: boolean): unknown {
    this.#native.setReturnArrays(asArray);
    return this.#native.get(...params);
  }

  all(params: readonly unknown[], asArray: boolean): unknown[] {
    this.#native.setReturnArrays(asArray);
    return this.#native.all(...params);
  }

  iterate(params: readonly unknown[], asArray: boolean): Iterator<unknown> {
    this.#native.setReturnArrays(asArray);
    return this.#native.iterate(...params);
  }

  useBigInts(on: boolean): void {
    this.#native.setReadBigInts(on);
  }

  columns(): BetterSqlite3.ColumnDefinition[] {
    return this.#native.columns();
  }
}
