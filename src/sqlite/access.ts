import type { RouteInfo } from '../kit/index.js';
import type { Settings } from './sqlite-options.js';
import type { ConnectionPool } from './connection-pool.js';
import type { WriterLease } from './writer-queue.js';

/** The lock that a transaction acquires before its function runs. */
export const READ = 0;
export const WRITE = 1;
/**
 * The function may write, but this is not known yet. It acquires the writer lock, and downgrades when a known writer needs it.
 */
export const TENTATIVE = 2;
export type LockMode = typeof READ | typeof WRITE | typeof TENTATIVE;

/**
 * Verbs that only read (RFC 9110, section 9.2.1), and QUERY, which is GET with a body. ERROR stands for an error handler. It must
 * not queue for the lock again when the error is that the database is busy.
 */
const SAFE_VERBS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'ERROR']);

const UNOBSERVED = 0;
const READS = 1;
const WRITES = 2;

/** The code of all warnings about waiting for a database. */
export const BUSY_WARNING = 'BN_SQLITE_BUSY';

/** A unit of work with the database: a request, or a call of `read` or `transaction` outside of requests. */
export interface UnitOfWork {
  /** Requests only: the verb decides about the lock of a route for all verbs. */
  readonly request?: { readonly method: string };
  /** Requests only: provides the database to the handler, or removes it. */
  provide?(keyword: string, database: unknown): void;
  /** Logs an error that is not thrown. */
  report(error: Error): void;
  /** Requests only: calls the listener when the client disconnects. */
  onClose?(listener: () => void): void;
  /** Requests only: calls the listener when a streamed result has ended. */
  onStreamEnd?(listener: (error: unknown) => void): void;
}

/** How one route, or the code outside of routes, uses the database. It records whether the route writes. */
export class Access {
  /** The name in messages: `POST /posts (Posts.create)`, `sqlite.transaction()`. */
  readonly name: string;
  /** The kind of the named function, for messages. */
  readonly callee: 'handler' | 'function';
  /** The reason in messages about use after a commit. Created once, because every request needs it. */
  readonly doneText: string;
  readonly pool: ConnectionPool;
  /** Routes only: the parameter name that requests the database. */
  readonly keyword: string | undefined;
  readonly autocommit: boolean;
  readonly busyTimeout: number;
  /** Whether it must not write. */
  readonly isReadonly: boolean;
  /**
   * Whether the handler is declared asynchronous or has returned a promise. Other code can run between two statements only then.
   */
  isAsync: boolean;
  /** Whether the route's verb is safe; `undefined` for a route of all verbs. */
  readonly #isSafe: boolean | undefined;
  readonly #writes: boolean;
  readonly #warn: Settings['warn'];
  /** The consequence of a lock timeout, for messages. */
  readonly #outcome: string;
  #observed: typeof UNOBSERVED | typeof READS | typeof WRITES = UNOBSERVED;
  #warnedUpgrade = false;

  /** @param served the route and the parameter name of the database; nothing for code outside of routes */
  constructor(
    name: string,
    settings: Settings,
    pool: ConnectionPool,
    served?: { readonly route: RouteInfo; readonly keyword: string },
  ) {
    const route = served?.route;
    this.name = name;
    this.keyword = served?.keyword;
    this.callee = route === undefined ? 'function' : 'handler';
    this.doneText = `its ${this.callee} was done. Await everything that uses the database before the ${this.callee} returns`;
    this.#outcome = route === undefined ? 'has failed' : 'is answered with 503';
    this.pool = pool;
    this.autocommit = settings.autocommit;
    this.busyTimeout = settings.busyTimeout;
    this.isReadonly = settings.readonly || settings.mode === 'read';
    this.isAsync = route?.isAsync ?? true;
    this.#writes = settings.mode === 'write';
    this.#isSafe = route === undefined || route.method === 'ANY' ? undefined : SAFE_VERBS.has(route.method);
    this.#warn = settings.warn;
  }

  lockMode(work: UnitOfWork): LockMode {
    if (this.isReadonly) return READ;
    if (this.#writes) return WRITE;
    const isSafe = this.#isSafe ?? SAFE_VERBS.has(work.request?.method ?? '');
    if (!isSafe || this.#observed === WRITES) return WRITE;
    if (this.#observed === READS || !this.isAsync) return READ;
    return this.pool.exclusive ? WRITE : TENTATIVE;
  }

  /** The error for a statement that writes without permission. */
  readonlyError(cause?: unknown): Error {
    const remedy =
      this.callee === 'handler'
        ? "Remove readonly: true from SQLitePlugin, or mode: 'read' from the options or the route's config, if the route is meant to write."
        : 'Use transaction() of the plugin, and remove readonly: true from SQLitePlugin, if it is meant to write.';
    return new Error(`${this.name} writes to a database that it may only read. ${remedy}`, { cause });
  }

  /** Records whether a request of the route wrote. A route that wrote once is a writing route. */
  recordWrites(writes: boolean): void {
    const observed = writes ? WRITES : READS;
    if (observed <= this.#observed) return;
    this.#observed = observed;
    this.pool.writer.resolveTentative(this, writes);
  }

  /** The error of a request that has waited too long for the writer lock. */
  writerTimeoutError(holder: WriterLease | undefined): Error {
    if (holder === undefined || !holder.hasBegun) return this.lockTimeoutError();
    const seconds = ((performance.now() - holder.heldSince) / 1000).toFixed(1);
    const message =
      `${holder.access.name} has held the writer of ${this.pool.file} for ${seconds} s; ${this.name} has waited for it for ` +
      `${this.busyTimeout} ms (busyTimeout), and ${this.#outcome}. Do slow work where no database is held: in a route that ` +
      'does not ask for it, before or after the transaction that writes.';
    if (!holder.warned) {
      holder.warned = true;
      this.#warn(message, BUSY_WARNING);
    }
    return new Error(message);
  }

  /** The error of a request that has waited too long for the lock of another process. */
  lockTimeoutError(): Error {
    const message =
      `Another process has kept ${this.pool.file} locked for longer than ${this.busyTimeout} ms (busyTimeout); ${this.name} ` +
      `${this.#outcome}. Look for a long transaction there, or raise busyTimeout.`;
    return this.#warnOnce(message);
  }

  /** The error of a request that has waited too long for a free connection. */
  connectionLimitError(): Error {
    const message =
      `Too many requests are reading ${this.pool.file} at once, and none of them has ended for ${this.busyTimeout} ms (busyTimeout); ` +
      `${this.name} ${this.#outcome}. Do slow work where no database is held.`;
    return this.#warnOnce(message);
  }

  /** Warns that a request of this route started as a reader and could not become the writer. */
  warnUpgrade(holder: WriterLease | undefined): void {
    if (this.#warnedUpgrade) return;
    this.#warnedUpgrade = true;
    const obstacle = holder === undefined ? 'what it had read was out of date by then' : `${holder.access.name} was writing`;
    this.#warn(
      `${this.name} began as a reader of ${this.pool.file} and then wanted to write, while ${obstacle}; it is answered with 503. ` +
        "From now on the route is treated as one that writes. To say so from the start: config: { sqlite: { mode: 'write' } }.",
      BUSY_WARNING,
    );
  }

  /** Warns of a problem that concerns all routes. It warns again only after the problem was gone. */
  #warnOnce(message: string): Error {
    if (!this.pool.warnedLocked) {
      this.pool.warnedLocked = true;
      this.#warn(message, BUSY_WARNING);
    }
    return new Error(message);
  }
}
