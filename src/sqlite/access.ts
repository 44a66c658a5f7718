import type { RouteInfo } from '../kit/index.js';
import type { Settings } from './sqlite-options.js';
import type { ConnectionPool } from './connection-pool.js';
import type { WriterLease } from './writer-queue.js';

/**
 * Verbs that only read (RFC 9110, section 9.2.1), and QUERY, which is GET with a body. ERROR stands for an error handler. It must
 * not queue for the lock again when the error is that the database is busy. All other routes may write, including the messages of
 * WebSockets (WEBSOCKET) and bound methods such as jobs, because no verb says that they only read.
 */
const READING_VERBS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'ERROR']);

/** The code of all warnings about waiting for a database. */
const BUSY_WARNING = 'BN_SQLITE_BUSY';

/** A unit of work with the database: a request, or a call of `read` or `transaction` outside of requests. */
export interface UnitOfWork {
  /** Requests only: the verb decides whether a route for all verbs may write. */
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

/** How one route, or the code outside of routes, uses the database. */
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
  /** Whether it may write; `undefined` where the verb of each request decides. */
  readonly #mayWrite: boolean | undefined;
  /** What to do when it writes without permission. */
  readonly #readonlyRemedy: string;
  readonly #warn: Settings['warn'];
  /** The consequence of a lock timeout, for messages. */
  readonly #outcome: string;

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
    this.#mayWrite = mayWrite(settings, route?.method);
    this.#readonlyRemedy = readonlyRemedy(settings, route?.method);
    this.#warn = settings.warn;
  }

  /** Whether this unit of work may write. It then holds the writer lock from its beginning to its end. */
  mayWrite(work: UnitOfWork): boolean {
    return this.#mayWrite ?? !READING_VERBS.has(work.request?.method ?? '');
  }

  /** The error for a statement that writes without permission. */
  readonlyError(cause: unknown): Error {
    return new Error(`${this.name} writes to a database that it may only read. ${this.#readonlyRemedy}`, { cause });
  }

  /** The error of a request that has waited too long for the writer lock. */
  writerTimeoutError(holder: WriterLease | undefined): Error {
    if (holder === undefined || !holder.hasBegun) return this.lockTimeoutError();
    const { writer } = this.pool;
    const seconds = ((performance.now() - writer.heldSince) / 1000).toFixed(1);
    const message =
      `${holder.access.name} has held the writer of ${this.pool.file} for ${seconds} s; ${this.name} has waited for it for ` +
      `${this.busyTimeout} ms (busyTimeout), and ${this.#outcome}. Do slow work where no database is held: in a route that ` +
      `does not ask for it, before or after the transaction that writes.${this.#nestedHint(holder)}`;
    if (!writer.warned) {
      writer.warned = true;
      this.#warn(message, BUSY_WARNING);
    }
    return new Error(message);
  }

  /** A request cannot be recognized as waiting for itself, because its call may also go on without it. */
  #nestedHint({ access }: WriterLease): string {
    const isNested = this.callee === 'function';
    return isNested ? ` If ${access.name} itself waits for this call, let it use the database that it has.` : '';
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

  /** Warns of a problem that concerns all routes. It warns again only after the problem was gone. */
  #warnOnce(message: string): Error {
    if (!this.pool.warnedLocked) {
      this.pool.warnedLocked = true;
      this.#warn(message, BUSY_WARNING);
    }
    return new Error(message);
  }
}

function mayWrite({ readonly, mode }: Settings, method: string | undefined): boolean | undefined {
  if (readonly) return false;
  if (mode !== undefined) return mode === 'write';
  return method === 'ANY' ? undefined : !READING_VERBS.has(method ?? '');
}

function readonlyRemedy({ readonly, mode }: Settings, method: string | undefined): string {
  if (readonly) return 'Remove readonly: true from SQLitePlugin, if it is meant to write.';
  if (method === undefined || method === 'ERROR') return 'Use transaction() of the plugin, if it is meant to write.';
  if (mode === 'read')
    return "Remove mode: 'read' from the route's config or the plugin's options, if the route is meant to write.";
  return "If the route is meant to write, use another verb, such as POST, or give it config: { sqlite: { mode: 'write' } }.";
}
