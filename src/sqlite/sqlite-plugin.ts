import type BetterSqlite3 from 'better-sqlite3';
import { type App, type Callback, checkOptions, type Context, type Plugin, type RouteInfo } from '../kit/index.js';
import { Access, type UnitOfWork } from './access.js';
import { Database } from './database.js';
import { loadDriver } from './driver.js';
import { betterSqlite3Class } from './drivers/better-sqlite3-driver.js';
import type { NativeDatabase } from './native-database.js';
import { inheritFrom } from './leased-database.js';
import {
  type SQLiteOverOptions,
  OVER_OPTIONS,
  overrideOptions,
  readOptions,
  sameConnections,
  type Settings,
  type SQLiteOptions,
} from './sqlite-options.js';
import { ConnectionPool } from './connection-pool.js';
import { TransactionRunner } from './transaction-runner.js';

/** The members of the app that the plugin uses. */
type HostApp = Pick<App, 'config' | 'log'>;

/** A function that runs with a database outside of routes. */
interface FunctionWork extends UnitOfWork {
  readonly use: (db: Database) => unknown;
}

/**
 * Provides an SQLite database to routes that request it (by the parameter name `db`, or by the type `Database`). Each request
 * runs in a transaction. It is committed when the handler succeeds, and rolled back when the handler throws, returns an
 * `HTTPError`, or its client disconnects. This includes async handlers and streamed results.
 *
 * The verb decides whether a route writes: GET, HEAD, OPTIONS, TRACE and QUERY read; other verbs and WebSocket messages write.
 * Route `config: { sqlite: { mode } }` overrides it. Writing requests run one after another. Each holds the writer lock from before
 * its handler runs until its end, so that the data it has read is still current when it writes. Reading requests see one snapshot,
 * and cannot write. They wait for no writer, and no writer waits for them. A request that waits longer than `busyTimeout` is answered with 503, and a warning names
 * the route that held the lock. The event loop is never blocked.
 *
 * Outside of routes, `transaction` and `read` provide the database with the same rules. Guards and hooks use `context.read('db',
 * …)`.
 *
 * A violated constraint that leaves the handler is answered with 409. Requires the package `better-sqlite3`, or another driver.
 *
 * @throws TypeError for invalid options; on install, Error for a file that cannot be opened.
 * @example
 * app.install(new SQLitePlugin({ file: 'blog.db' }));
 * app.get('/posts', ({ db }) => db.prepare('SELECT * FROM posts').all());
 * @example a GET route that writes
 * @Get('/unsubscribe/<token>', { config: { sqlite: { mode: 'write' } } })
 * @see https://bottlepy.org/docs/stable/plugins/sqlite.html
 */
export class SQLitePlugin implements Plugin {
  /** `sqlite`, or `sqlite:` and a keyword other than `db`. A plugin replaces an earlier one of the same name. */
  readonly name: string;
  /** Each message of a WebSocket gets its own transaction, so that an idle WebSocket does not block writers. */
  readonly socketScope = 'message';
  readonly provides: { keyword: string; type: Function };
  readonly #settings: Settings;
  readonly #keyword: string;
  /** There are several when apps or routes override the options of their connections. */
  readonly #pools: ConnectionPool[] = [];
  /** The database of `over`. */
  #given: NativeDatabase | undefined;
  #installs = 0;
  #app: HostApp | undefined;
  #standalone: { readonly read: TransactionRunner<FunctionWork>; readonly write: TransactionRunner<FunctionWork> } | undefined;

  constructor(options: SQLiteOptions) {
    this.#settings = readOptions(options);
    this.#keyword = options.keyword ?? 'db';
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(this.#keyword)) {
      throw new TypeError(`SQLitePlugin: the option \`keyword\` must be a parameter name, not ${JSON.stringify(this.#keyword)}.`);
    }
    this.name = this.#keyword === 'db' ? 'sqlite' : `sqlite:${this.#keyword}`;
    this.provides = { keyword: this.#keyword, type: Database };
  }

  /**
   * Makes a plugin for a database that is open already, for tests. Its requests have the rules of an app: one transaction each,
   * constraints as 409. They take turns, because the database is one connection. The plugin opens and closes nothing, and
   * configuration does not replace the database. Where a transaction was begun on the database before, those of the requests are
   * savepoints of it.
   *
   * @param database one that `new Database(…)` opened.
   * @param options those of `SQLitePlugin` that do not concern connections.
   * @throws TypeError for a value that is not a database, and for invalid options.
   * @example
   * const db = new Database(':memory:');
   * const posts = isolate(Posts, { db: SQLitePlugin.over(db) });
   */
  static over(database: BetterSqlite3.Database, options: SQLiteOverOptions = {}): SQLitePlugin {
    if (typeof (database as Partial<NativeDatabase> | undefined)?.pragma !== 'function') {
      throw new TypeError("SQLitePlugin.over() needs an open database: SQLitePlugin.over(new Database(':memory:')).");
    }
    checkOptions('SQLitePlugin.over', options, OVER_OPTIONS);
    // Not `new SQLitePlugin`: esbuild renames a class that names itself in a static method.
    const plugin = new this({ ...options, file: database.name });
    plugin.#given = database as NativeDatabase;
    return plugin;
  }

  /** Opens the database, so that problems are reported before the first request. */
  setup(app?: HostApp): void {
    const settings = overrideOptions(this.#settings, app?.config, this.#keyword, 'The app');
    const pool = this.#pool(settings);
    if (this.#installs === 0) {
      this.#app = app;
      this.#standalone = this.#runners(settings, pool);
    }
    this.#installs++;
  }

  apply(next: Callback, route: RouteInfo): Callback {
    if (!route.wants(this)) return next;
    const origin = `${route.displayName} (${route.method} ${route.rule})`;
    const settings = overrideOptions(this.#settings, route.config, this.#keyword, origin);
    const name = `${route.method} ${route.rule} (${route.displayName})`;
    const access = new Access(name, settings, this.#pool(settings), { route, keyword: this.#keyword });
    const runner = new TransactionRunner<Context>(access, (context, database) => {
      context.provide(this.#keyword, database);
      return next(context);
    });
    return (context) => runner.run(context);
  }

  /**
   * Calls a function with the database, for reading, outside of routes. The function sees one snapshot, which does not change
   * while it runs, and does not wait for writers. (A database in memory has one connection, so there it waits.) Returns the
   * result of the function. The result is a promise only if the function returns one, or a lock must be waited for. An
   * asynchronous function has the database until its promise settles.
   *
   * Before the plugin is installed, this opens the database of the plugin's options.
   *
   * @throws Error when the function writes. HTTPError 503 when the database is locked for longer than `busyTimeout`.
   * @example const count = sqlite.read((db) => db.prepare('SELECT count(*) FROM posts').pluck().get());
   */
  read<R>(use: (db: Database) => R): R | Promise<Awaited<R>> {
    return this.#standaloneRunners('read', use).read.run(this.#functionWork(use)) as R | Promise<Awaited<R>>;
  }

  /**
   * Calls a function with the database in a transaction, outside of routes: in a job, in a timer, or at start-up. The transaction
   * waits for the writer lock like those of requests. It is committed when the function succeeds, and rolled back when it throws.
   * The function has the database until it returns, or its promise settles.
   *
   * In a route that has the database, use that database. A transaction here would wait for the request, and the request for the
   * transaction.
   *
   * Before the plugin is installed, this opens the database of the plugin's options.
   *
   * @throws (rejects) The error of the function. HTTPError 409 for a violated constraint, with the cause. HTTPError 503 after
   *   waiting longer than `busyTimeout`.
   * @example await sqlite.transaction((db) => db.prepare('DELETE FROM sessions WHERE expires < ?').run(Date.now()));
   */
  async transaction<R>(run: (db: Database) => R): Promise<Awaited<R>> {
    return (await this.#standaloneRunners('transaction', run).write.run(this.#functionWork(run))) as Awaited<R>;
  }

  /** Waits for the requests that use the database, for at most `busyTimeout`, and closes it. A later install opens it again. */
  async close(): Promise<void> {
    if (this.#installs > 0) this.#installs--;
    if (this.#installs > 0) return;
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }

  #functionWork(use: (db: Database) => unknown): FunctionWork {
    const app = this.#app;
    return { use, report: (error) => (app === undefined ? process.emitWarning(error) : app.log(error)) };
  }

  #standaloneRunners(
    method: string,
    use: unknown,
  ): { readonly read: TransactionRunner<FunctionWork>; readonly write: TransactionRunner<FunctionWork> } {
    if (typeof use !== 'function')
      throw new TypeError(`SQLitePlugin: ${method}() needs a function: sqlite.${method}((db) => …).`);
    this.#standalone ??= this.#runners(this.#settings, this.#pool(this.#settings));
    return this.#standalone;
  }

  #runners(
    settings: Settings,
    pool: ConnectionPool,
  ): { readonly read: TransactionRunner<FunctionWork>; readonly write: TransactionRunner<FunctionWork> } {
    const runner = (method: string, mode: Settings['mode']): TransactionRunner<FunctionWork> =>
      new TransactionRunner(
        new Access(`${this.name}.${method}()`, { ...settings, mode, autocommit: true }, pool),
        ({ use }: FunctionWork, database) => use(database as unknown as Database),
      );
    return { read: runner('read', 'read'), write: runner('transaction', 'write') };
  }

  #pool(settings: Settings): ConnectionPool {
    const isGiven = this.#given !== undefined;
    let pool = this.#pools.find((other) => isGiven || sameConnections(other.settings, settings));
    if (pool === undefined) {
      pool = new ConnectionPool(settings, this.#given);
      this.#pools.push(pool);
    }
    if (!isGiven) loadDriver(settings.driver);
    pool.open();
    if (settings.driver === 'better-sqlite3') inheritFrom(betterSqlite3Class());
    return pool;
  }
}
