import { isDeepStrictEqual } from 'node:util';
import type BetterSqlite3 from 'better-sqlite3';
import { checkOptions, unknownOption } from '../kit/index.js';
import { defaultDriver, driverNames } from './driver.js';
import type { SQLiteDriver } from './native-database.js';

/** A function that SQL can call: the function itself, or an object with better-sqlite3's registration options. */
export type SqlFunction =
  | ((...args: never[]) => unknown)
  | (BetterSqlite3.RegistrationOptions & { call: (...args: never[]) => unknown });

/** An aggregate or window function, in the form of better-sqlite3's `db.aggregate`. */
export type SqlAggregate = BetterSqlite3.RegistrationOptions & {
  start?: unknown;
  step: (total: never, ...values: never[]) => unknown;
  inverse?: (total: never, ...dropped: never[]) => unknown;
  result?: (total: never) => unknown;
};

/**
 * Whether a route reads or writes. `write` acquires the writer lock before the handler runs. `read` refuses to write.
 */
export type SQLiteMode = 'read' | 'write';

/**
 * The options of `SQLitePlugin`. An app can override all of them except `keyword` in the section `sqlite` of its configuration, a
 * route with `config: { sqlite: { … } }`.
 */
export interface SQLiteOptions {
  /**
   * The database file, relative to the working directory. It is created if it does not exist. `:memory:` is a database in memory
   * with one connection.
   */
  file: string;
  /**
   * The package that opens the database: `better-sqlite3`, `node` for node:sqlite of Node 22.16 and later, Deno and Bun, or `bun`
   * for bun:sqlite. Default: `bun` in Bun, `node` in Deno, otherwise `better-sqlite3`.
   */
  driver?: SQLiteDriver;
  /** The parameter name that requests the database. Default: `db`. */
  keyword?: string;
  /**
   * Whether a request is one transaction. Otherwise the handler manages its own transactions, and each read sees the current
   * data, as a stream that polls for changes needs. Writers still wait for each other. Default: true.
   */
  autocommit?: boolean;
  /** Opens the file for reading only. It must exist. Default: false. */
  readonly?: boolean;
  /**
   * Whether routes read or write. Default: the verb decides. GET, HEAD, OPTIONS, TRACE, QUERY and error handlers read. All other
   * verbs, WebSocket messages and jobs write (RFC 9110, section 9.2.1).
   */
  mode?: SQLiteMode;
  /**
   * Pragmas for every connection. They override the defaults `journal_mode: 'WAL', foreign_keys: true, synchronous: 'NORMAL'`.
   *
   * @see https://www.sqlite.org/pragma.html
   */
  pragmas?: Readonly<Record<string, string | number | boolean>>;
  /** Functions that SQL can call, by name. */
  functions?: Readonly<Record<string, SqlFunction>>;
  /** Aggregate functions that SQL can call, by name. */
  aggregates?: Readonly<Record<string, SqlAggregate>>;
  /** How long a request waits for the writer lock or for the lock of another process, in milliseconds. Default: 5000. */
  busyTimeout?: number;
  /** How many idle connections stay open. Default: 8. */
  maxReaders?: number;
  /** Called with every executed statement. */
  verbose?: (sql?: unknown) => void;
  /** Receives warnings. Default: `process.emitWarning`. */
  warn?: (message: string, code: string) => void;
}

/** The options of `SQLitePlugin.over`. */
export type SQLiteOverOptions = Pick<SQLiteOptions, 'keyword' | 'autocommit' | 'mode' | 'busyTimeout' | 'warn'>;

/** The options with all defaults. */
export type Settings = Required<Omit<SQLiteOptions, 'verbose' | 'keyword' | 'mode'>> & Pick<SQLiteOptions, 'verbose' | 'mode'>;

const DEFAULT_PRAGMAS = { journal_mode: 'WAL', foreign_keys: true, synchronous: 'NORMAL' } as const;

export const OVER_OPTIONS = ['keyword', 'autocommit', 'mode', 'busyTimeout', 'warn'] as const;

/** Options that differ between connections to the same file. */
const CONNECTION_OPTIONS = ['driver', 'file', 'readonly', 'pragmas', 'functions', 'aggregates', 'maxReaders', 'verbose'] as const;
const OVERRIDABLE = [...CONNECTION_OPTIONS, 'autocommit', 'mode', 'busyTimeout', 'warn'] as const;
const KNOWN = [...OVERRIDABLE, 'keyword'] as const;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError with the option and its valid values.
 */
export function readOptions(options: SQLiteOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      "SQLitePlugin: the option `file` is missing. Name the database, as in new SQLitePlugin({ file: 'app.db' }).",
    );
  }
  checkOptions('SQLitePlugin', options, KNOWN);
  const settings: Settings = {
    driver: options.driver ?? defaultDriver,
    file: options.file,
    autocommit: options.autocommit ?? true,
    readonly: options.readonly ?? false,
    mode: options.mode,
    pragmas: mergePragmas(options.pragmas ?? {}),
    functions: options.functions ?? {},
    aggregates: options.aggregates ?? {},
    busyTimeout: options.busyTimeout ?? 5000,
    maxReaders: options.maxReaders ?? 8,
    verbose: options.verbose,
    warn: options.warn ?? ((message, code) => process.emitWarning(message, { type: 'SQLiteWarning', code })),
  };
  check('driver', driverNames.includes(settings.driver), driverNames.map((name) => `'${name}'`).join(' or '), settings.driver);
  check('file', typeof settings.file === 'string', "a path, or ':memory:'", settings.file);
  for (const name of ['autocommit', 'readonly'] as const) {
    check(name, typeof settings[name] === 'boolean', 'true or false', settings[name]);
  }
  check('mode', [undefined, 'read', 'write'].includes(settings.mode), "'read' or 'write'", settings.mode);
  check('busyTimeout', isCount(settings.busyTimeout), 'a number of milliseconds from 0 to 2147483647', settings.busyTimeout);
  check('maxReaders', isCount(settings.maxReaders), 'a number from 0', settings.maxReaders);
  if (settings.readonly && settings.mode === 'write') {
    throw new TypeError("SQLitePlugin: mode: 'write' and readonly: true exclude each other. Remove one of them.");
  }
  return settings;
}

/**
 * The settings of an app or a route: those of the plugin, overridden by the section `sqlite` of the configuration.
 *
 * @param origin the app or route, for messages.
 * @returns the same object if nothing is overridden.
 */
export function overrideOptions(settings: Settings, config: unknown, keyword: string, origin: string): Settings {
  const section = readSection(config);
  for (const name of Object.keys(section)) {
    if (!(KNOWN as readonly string[]).includes(name)) throw unknownOption(`${origin}: config.sqlite`, name, KNOWN);
  }
  const overrides: Record<string, unknown> = {};
  for (const name of OVERRIDABLE) {
    const value = section[name];
    if (value !== undefined) overrides[name] = typeof value === 'string' ? fromText(value, settings[name]) : value;
  }
  if (section.keyword !== undefined && section.keyword !== keyword) {
    throw new TypeError(
      `${origin}: config.sqlite.keyword cannot rename the database. Name the parameter \`${keyword}\`, or install a second ` +
        `SQLitePlugin with keyword: '${String(section.keyword)}'.`,
    );
  }
  if (Object.keys(overrides).length === 0) return settings;
  const pragmas = { ...settings.pragmas, ...(overrides.pragmas as SQLiteOptions['pragmas']) };
  return readOptions({ ...settings, ...overrides, pragmas });
}

/** Whether two routes can share their connections. */
export function sameConnections(a: Settings, b: Settings): boolean {
  return CONNECTION_OPTIONS.every((name) => isDeepStrictEqual(a[name], b[name]));
}

/** The section `sqlite` of a configuration, as one object. */
function readSection(config: unknown): Record<string, unknown> {
  const { toNested } = (config ?? {}) as { toNested?: (namespace: string) => Record<string, unknown> };
  return typeof toNested === 'function' ? toNested.call(config, 'sqlite') : {};
}

/** Values in configuration files are strings. */
function fromText(text: string, like: unknown): unknown {
  if (typeof like === 'number' && text.trim() !== '') return Number(text);
  if (typeof like === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return text;
}

function mergePragmas(own: Readonly<Record<string, string | number | boolean>>): Settings['pragmas'] {
  const merged: Record<string, string | number | boolean> = { ...DEFAULT_PRAGMAS };
  for (const [name, value] of Object.entries(own)) {
    if (!/^(?:\w+\.)?\w+$/.test(name))
      throw new TypeError(`SQLitePlugin: pragmas: ${JSON.stringify(name)} is not the name of a pragma.`);
    const key = name.toLowerCase();
    if (key === 'busy_timeout') {
      throw new TypeError('SQLitePlugin: pragmas: busy_timeout would block the whole process. Use the option busyTimeout.');
    }
    merged[key] = value;
  }
  return merged;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 0x7fffffff;
}

function check(name: string, valid: boolean, expected: string, value: unknown): void {
  if (valid) return;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new TypeError(`SQLitePlugin: the option \`${name}\` must be ${expected}, not ${shown}.`);
}
