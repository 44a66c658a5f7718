import type { App, Callback, Context, Plugin, RouteInfo } from '../kit/index.js';
import { Access, type Subject } from './access.js';
import { Database } from './database.js';
import { loadDriver } from './driver.js';
import { linkDatabase } from './leased-database.js';
import { overrideOptions, readOptions, sameConnections, type Settings, type SQLiteOptions } from './sqlite-options.js';
import { Pool } from './connection-pool.js';
import { Runner } from './transaction-runner.js';

/** What the plugin needs of the app that it is installed in. */
type Host = Pick<App, 'config' | 'log'>;

/** A function that is called with a database outside of routes. */
interface Work extends Subject {
  readonly use: (db: Database) => unknown;
}

/**
 * Gives a route that asks for it (by the name `db`, or by the type `Database`) an SQLite database, in a transaction of its own:
 * committed when the handler succeeds, rolled back when it throws, returns an `HTTPError`, or loses its client. That holds for
 * async handlers and streamed results too.
 *
 * Requests that write take turns: a route with an unsafe verb has the only writer from before its handler runs to its end, so
 * that what it read is still true when it writes. Requests that read see one snapshot, and neither wait nor are waited for.
 * Whoever waits longer than `busyTimeout` is answered with 503, and a warning names the route that was in the way. The event
 * loop is never blocked.
 *
 * Outside of routes, `transaction` and `read` give the database under the same rules; in guards and hooks, `context.read('db', …)`.
 *
 * A violated constraint that leaves the handler is answered with 409. Needs the package `better-sqlite3`.
 *
 * @throws TypeError for options that make no sense; on install, Error for a file that cannot be opened.
 * @example
 * app.install(new SQLitePlugin({ file: 'blog.db' }));
 * app.get('/posts', ({ db }) => db.prepare('SELECT * FROM posts').all());
 * @example a route that has a GET's verb, and writes
 * @Get('/unsubscribe/<token>', { config: { sqlite: { mode: 'write' } } })
 * @see https://bottlepy.org/docs/stable/plugins/sqlite.html
 */
export class SQLitePlugin implements Plugin {
  /** `sqlite`, or `sqlite:` and the keyword where that is not `db`: of two plugins with one name, the later replaces the first. */
  readonly name: string;
  /** A WebSocket gets a transaction per message: it must not keep writers waiting while it idles. */
  readonly socketScope = 'message';
  readonly provides: { keyword: string; type: Function };
  readonly #settings: Settings;
  readonly #keyword: string;
  /** More than one where apps or routes override what a connection is. */
  readonly #pools: Pool[] = [];
  #installs = 0;
  #host: Host | undefined;
  #outside: { readonly read: Runner<Work>; readonly write: Runner<Work> } | undefined;

  constructor(options: SQLiteOptions) {
    this.#settings = readOptions(options);
    this.#keyword = options.keyword ?? 'db';
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(this.#keyword)) {
      throw new TypeError(
        `SQLitePlugin: the option \`keyword\` has to be a parameter's name, not ${JSON.stringify(this.#keyword)}.`,
      );
    }
    this.name = this.#keyword === 'db' ? 'sqlite' : `sqlite:${this.#keyword}`;
    this.provides = { keyword: this.#keyword, type: Database };
  }

  /** Opens the database, so that whatever is wrong with it shows before the first request. */
  setup(app?: Host): void {
    const settings = overrideOptions(this.#settings, app?.config, this.#keyword, 'The app');
    const pool = this.#pool(settings);
    if (this.#installs === 0) {
      this.#host = app;
      this.#outside = this.#runners(settings, pool);
    }
    this.#installs++;
  }

  apply(next: Callback, route: RouteInfo): Callback {
    if (!route.wants(this)) return next;
    const place = `${route.displayName} (${route.method} ${route.rule})`;
    const settings = overrideOptions(this.#settings, route.config, this.#keyword, place);
    const name = `${route.method} ${route.rule} (${route.displayName})`;
    const access = new Access(name, settings, this.#pool(settings), { route, keyword: this.#keyword });
    const runner = new Runner<Context>(access, (context, database) => {
      context.provide(this.#keyword, database);
      return next(context);
    });
    return (context) => runner.run(context);
  }

  /**
   * Calls a function with the database, for reading, outside of a route. It sees one snapshot, which does not change while the function
   * runs, and does not wait for those who write. (A database in memory has one connection, so there it does.) Gives what the function
   * gives; a promise only if the function does, or where it has to wait for a lock. If the function is asynchronous, it has the database
   * until its promise settles.
   *
   * Before the plugin is installed, this opens the database of the plugin's options.
   *
   * @throws Error when the function writes. HTTPError 503 when the database is locked for longer than `busyTimeout`.
   * @example const count = sqlite.read((db) => db.prepare('SELECT count(*) FROM posts').pluck().get());
   */
  read<R>(use: (db: Database) => R): R | Promise<Awaited<R>> {
    return this.#runnersOutside('read', use).read.run(this.#work(use)) as R | Promise<Awaited<R>>;
  }

  /**
   * Calls a function with the database in a transaction, outside of a route: in a job, on a timer, at the start. The transaction queues
   * with those of the requests. It is committed when the function succeeds, and rolled back when the function throws. The function has
   * the database until it returns, or its promise settles.
   *
   * In a route that has the database, use that: a transaction here would wait for the request, which waits for it.
   *
   * Before the plugin is installed, this opens the database of the plugin's options.
   *
   * @throws what the function throws (rejects). HTTPError 409 for a violated constraint, with the cause. HTTPError 503 when it has waited
   *   longer than `busyTimeout`.
   * @example await sqlite.transaction((db) => db.prepare('DELETE FROM sessions WHERE expires < ?').run(Date.now()));
   */
  async transaction<R>(run: (db: Database) => R): Promise<Awaited<R>> {
    return (await this.#runnersOutside('transaction', run).write.run(this.#work(run))) as Awaited<R>;
  }

  /** Waits for the requests that use the database, at most `busyTimeout`, and closes it. Installed again, it opens again. */
  async close(): Promise<void> {
    if (this.#installs > 0) this.#installs--;
    if (this.#installs > 0) return;
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }

  #work(use: (db: Database) => unknown): Work {
    const host = this.#host;
    return { use, report: (error) => (host === undefined ? process.emitWarning(error) : host.log(error)) };
  }

  #runnersOutside(method: string, use: unknown): { readonly read: Runner<Work>; readonly write: Runner<Work> } {
    if (typeof use !== 'function')
      throw new TypeError(`SQLitePlugin: ${method}() needs a function: sqlite.${method}((db) => …).`);
    this.#outside ??= this.#runners(this.#settings, this.#pool(this.#settings));
    return this.#outside;
  }

  #runners(settings: Settings, pool: Pool): { readonly read: Runner<Work>; readonly write: Runner<Work> } {
    const runner = (method: string, mode: Settings['mode']): Runner<Work> =>
      new Runner(
        new Access(`${this.name}.${method}()`, { ...settings, mode, autocommit: true }, pool),
        ({ use }: Work, database) => use(database as unknown as Database),
      );
    return { read: runner('read', 'read'), write: runner('transaction', 'write') };
  }

  #pool(settings: Settings): Pool {
    let pool = this.#pools.find((other) => sameConnections(other.settings, settings));
    if (pool === undefined) {
      pool = new Pool(settings);
      this.#pools.push(pool);
    }
    linkDatabase(loadDriver());
    pool.open();
    return pool;
  }
}
