import type BetterSqlite3 from 'better-sqlite3';
import type { NativeStatement } from '../native-database.js';
import { toSqliteFailure } from './sqlite-failure.js';

/** A statement as a driver offers it: rows as objects or as arrays. */
export interface DriverStatement {
  readonly reader: boolean;
  /** `undefined` where the driver does not tell. */
  readonly readonly: boolean | undefined;
  run(params: readonly unknown[]): BetterSqlite3.RunResult;
  get(params: readonly unknown[], asArray: boolean): unknown;
  all(params: readonly unknown[], asArray: boolean): unknown[];
  iterate(params: readonly unknown[], asArray: boolean): Iterator<unknown>;
  useBigInts(on: boolean): void;
  /** @throws Error where the driver does not tell the tables of columns. */
  columns(): BetterSqlite3.ColumnDefinition[];
}

type Shape = 'flat' | 'pluck' | 'expand' | 'raw';

/** A statement of another driver, with the interface of better-sqlite3. */
export class AdaptedStatement implements NativeStatement {
  readonly source: string;
  readonly #driver: DriverStatement;
  readonly #onRun: () => void;
  #shape: Shape = 'flat';
  #bound: readonly unknown[] | undefined;
  #running = 0;

  /** @param onRun called before each execution, for the option `verbose` */
  constructor(source: string, driver: DriverStatement, onRun: () => void) {
    this.source = source;
    this.#driver = driver;
    this.#onRun = onRun;
  }

  get reader(): boolean {
    return this.#driver.reader;
  }

  get readonly(): boolean {
    const { readonly } = this.#driver;
    if (readonly === undefined)
      throw new Error("This driver does not tell whether a statement only reads. Use 'better-sqlite3' for it.");
    return readonly;
  }

  get busy(): boolean {
    return this.#running > 0;
  }

  run(...params: unknown[]): BetterSqlite3.RunResult {
    return this.#execute(() => this.#driver.run(this.#params(params)));
  }

  get(...params: unknown[]): unknown {
    const row = this.#execute(() => this.#driver.get(this.#params(params), this.#shape !== 'flat'));
    return row === undefined || row === null ? undefined : this.#shaped(row);
  }

  all(...params: unknown[]): unknown[] {
    const rows = this.#execute(() => this.#driver.all(this.#params(params), this.#shape !== 'flat'));
    return this.#shape === 'flat' || this.#shape === 'raw' ? rows : rows.map((row) => this.#shaped(row));
  }

  iterate(...params: unknown[]): IterableIterator<unknown> {
    const rows = this.#execute(() => this.#driver.iterate(this.#params(params), this.#shape !== 'flat'));
    this.#running++;
    let isEnded = false;
    const end = (): void => {
      if (!isEnded) this.#running--;
      isEnded = true;
    };
    const iterator: IterableIterator<unknown> = {
      next: () => {
        try {
          const step = rows.next();
          if (step.done === true) end();
          return step.done === true ? { done: true, value: undefined } : { done: false, value: this.#shaped(step.value) };
        } catch (error) {
          end();
          throw toSqliteFailure(error);
        }
      },
      return: (value?: unknown) => {
        rows.return?.();
        end();
        return { done: true, value };
      },
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  bind(...params: unknown[]): this {
    if (this.#bound !== undefined) throw new TypeError('The bind() method can only be invoked once per statement object');
    this.#bound = params;
    return this;
  }

  pluck(on = true): this {
    return this.#setShape('pluck', on);
  }

  expand(on = true): this {
    return this.#setShape('expand', on);
  }

  raw(on = true): this {
    return this.#setShape('raw', on);
  }

  safeIntegers(on = true): this {
    this.#driver.useBigInts(on);
    return this;
  }

  columns(): BetterSqlite3.ColumnDefinition[] {
    return this.#driver.columns();
  }

  #setShape(shape: Shape, on: boolean): this {
    if (!this.reader) throw new TypeError(`The ${shape}() method is only for statements that return data`);
    if (on) this.#shape = shape;
    else if (this.#shape === shape) this.#shape = 'flat';
    return this;
  }

  /** better-sqlite3 also takes the positional parameters as arrays. */
  #params(given: readonly unknown[]): readonly unknown[] {
    if (this.#bound === undefined) return given.flat();
    if (given.length > 0) throw new TypeError('This statement already has bound parameters');
    return this.#bound.flat();
  }

  #execute<R>(call: () => R): R {
    this.#onRun();
    try {
      return call();
    } catch (error) {
      throw toSqliteFailure(error);
    }
  }

  #shaped(row: unknown): unknown {
    if (this.#shape === 'pluck') return (row as unknown[])[0];
    if (this.#shape !== 'expand') return row;
    const tables: Record<string, Record<string, unknown>> = {};
    for (const [i, { table, name }] of this.columns().entries()) {
      const key = table ?? '$';
      tables[key] ??= {};
      tables[key][name] = (row as unknown[])[i];
    }
    return tables;
  }
}
