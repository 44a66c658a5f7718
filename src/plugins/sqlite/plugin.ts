import type { Callback, Plugin, RouteInfo } from '../../app/plugin.js';
import { Database } from './database.js';
import { loadDriver } from './driver.js';
import { linkDatabase } from './facade.js';
import { overrideOptions, readOptions, sameConnections, type Settings, type SQLiteOptions } from './options.js';
import { Pool } from './pool.js';
import { RouteState } from './route.js';
import { Runner } from './runner.js';

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
  readonly api = 2;
  /** A WebSocket gets a transaction per message: it must not keep writers waiting while it idles. */
  readonly socketScope = 'message';
  readonly provides: { keyword: string; type: Function };
  readonly #settings: Settings;
  readonly #keyword: string;
  /** More than one where apps or routes override what a connection is. */
  readonly #pools: Pool[] = [];
  #installs = 0;

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
  setup(app?: { readonly config: unknown }): void {
    this.#pool(overrideOptions(this.#settings, app?.config, this.#keyword, 'The app'));
    this.#installs++;
  }

  apply(callback: Callback, route: RouteInfo): Callback {
    if (!route.wants(this)) return callback;
    const settings = overrideOptions(
      this.#settings,
      route.config,
      this.#keyword,
      `${route.displayName} (${route.method} ${route.rule})`,
    );
    const runner = new Runner(new RouteState(route, settings, this.#pool(settings)), callback, this.#keyword);
    return (context) => runner.handle(context);
  }

  /** Waits for the requests that use the database, at most `busyTimeout`, and closes it. Installed again, it opens again. */
  async close(): Promise<void> {
    if (this.#installs > 0) this.#installs--;
    if (this.#installs > 0) return;
    await Promise.all(this.#pools.map((pool) => pool.close()));
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
