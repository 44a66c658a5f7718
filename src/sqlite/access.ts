import type { RouteInfo } from '../kit/index.js';
import type { Settings } from './sqlite-options.js';
import type { Pool } from './connection-pool.js';
import type { Contender } from './writer-queue.js';

/** What a user of the database claims before its function runs. */
export const READ = 0;
export const WRITE = 1;
/** It may write, and is not known to: it claims the writer, and makes way for those who are known to need it. */
export const PROBE = 2;
export type Claim = typeof READ | typeof WRITE | typeof PROBE;

/**
 * The verbs that only read (RFC 9110, section 9.2.1), and QUERY, which is GET with a body. ERROR stands for an error handler: it
 * answers, and where the error was that the database is busy, it should not queue for it again.
 */
const SAFE_VERBS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'ERROR']);

const UNKNOWN = 0;
const READS = 1;
const WRITES = 2;

/** The code of all warnings about waiting for a database. */
export const BUSY_WARNING = 'BN_SQLITE_BUSY';

/** One piece of work with the database: a request, or a call of `read` or `transaction` outside of requests. */
export interface Subject {
  /** Of requests: the verb decides what a route of all verbs claims. */
  readonly request?: { readonly method: string };
  /** Of requests: hands over the database, and takes it back. */
  provide?(keyword: string, database: unknown): void;
  /** Logs an error that nobody is told about. */
  report(error: Error): void;
  /** Of requests: calls the listener if the client leaves. */
  onClose?(listener: () => void): void;
  /** Of requests: calls the listener when a streamed result has come to its end. */
  onStreamEnd?(listener: (error: unknown) => void): void;
}

/** Who uses the database, and how: one route, or all that is done outside of routes. Learns what a route does with it. */
export class Access {
  /** For messages: `POST /posts (Posts.create)`, `sqlite.transaction()`. */
  readonly name: string;
  /** For messages: what the name calls. */
  readonly callee: 'handler' | 'function';
  /** For messages: why the database is gone after a commit. Made once, because every request needs it. */
  readonly doneText: string;
  readonly pool: Pool;
  /** Of routes: by which name parameters ask for the database. */
  readonly keyword: string | undefined;
  readonly autocommit: boolean;
  readonly busyTimeout: number;
  /** Whether it may not write. */
  readonly reads: boolean;
  /** Whether its handler has been declared or seen to be asynchronous: only then can anything happen between two statements. */
  isAsync: boolean;
  /** What its verb says; `undefined` for a route of all verbs. */
  readonly #isSafe: boolean | undefined;
  readonly #writes: boolean;
  readonly #warn: Settings['warn'];
  /** For messages: how a wait that took too long ends. */
  readonly #outcome: string;
  #nature: typeof UNKNOWN | typeof READS | typeof WRITES = UNKNOWN;
  #warnedUpgrade = false;

  /** @param served a route, and by which name it asks for the database; nothing for what is done outside of routes */
  constructor(name: string, settings: Settings, pool: Pool, served?: { readonly route: RouteInfo; readonly keyword: string }) {
    const route = served?.route;
    this.name = name;
    this.keyword = served?.keyword;
    this.callee = route === undefined ? 'function' : 'handler';
    this.doneText = `its ${this.callee} was done. Await everything that uses the database before the ${this.callee} returns`;
    this.#outcome = route === undefined ? 'has failed' : 'is answered with 503';
    this.pool = pool;
    this.autocommit = settings.autocommit;
    this.busyTimeout = settings.busyTimeout;
    this.reads = settings.readonly || settings.mode === 'read';
    this.isAsync = route?.isAsync ?? true;
    this.#writes = settings.mode === 'write';
    this.#isSafe = route === undefined || route.method === 'ANY' ? undefined : SAFE_VERBS.has(route.method);
    this.#warn = settings.warn;
  }

  claim(subject: Subject): Claim {
    if (this.reads) return READ;
    if (this.#writes) return WRITE;
    const isSafe = this.#isSafe ?? SAFE_VERBS.has(subject.request?.method ?? '');
    if (!isSafe || this.#nature === WRITES) return WRITE;
    if (this.#nature === READS || !this.isAsync) return READ;
    return this.pool.exclusive ? WRITE : PROBE;
  }

  /** The error for a statement that writes where nothing may. */
  readonlyError(cause?: unknown): Error {
    const remedy =
      this.callee === 'handler'
        ? "Remove readonly: true from SQLitePlugin, or mode: 'read' from the options or the route's config, if it is meant to write."
        : 'Use transaction() of the plugin, and remove readonly: true from SQLitePlugin, if it is meant to write.';
    return new Error(`${this.name} writes to a database that it may only read. ${remedy}`, { cause });
  }

  /** Takes note of what a request of the route did. Once it has written, it is a route that writes. */
  learn(writes: boolean): void {
    const nature = writes ? WRITES : READS;
    if (nature <= this.#nature) return;
    this.#nature = nature;
    this.pool.writer.learned(this, writes);
  }

  /** It has waited too long for the writer. Gives the reason. */
  waitedTooLong(holder: Contender | undefined): Error {
    if (holder === undefined || !holder.hasBegun) return this.lockedOut();
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

  /** It has waited too long for the lock of another process. Gives the reason. */
  lockedOut(): Error {
    const message =
      `Another process has kept ${this.pool.file} locked for longer than ${this.busyTimeout} ms (busyTimeout); ${this.name} ` +
      `${this.#outcome}. Look for a long transaction there, or raise busyTimeout.`;
    return this.#warnOnce(message);
  }

  /** It has waited too long for other readers to end. Gives the reason. */
  crowdedOut(): Error {
    const message =
      `Too many requests are reading ${this.pool.file} at once, and none of them has ended for ${this.busyTimeout} ms (busyTimeout); ` +
      `${this.name} ${this.#outcome}. Do slow work where no database is held.`;
    return this.#warnOnce(message);
  }

  /** A request of this route began as a reader, then wanted to write, and could not. */
  warnUpgrade(holder: Contender | undefined): void {
    if (this.#warnedUpgrade) return;
    this.#warnedUpgrade = true;
    const obstacle = holder === undefined ? 'what it had read was out of date by then' : `${holder.access.name} was writing`;
    this.#warn(
      `${this.name} began as a reader of ${this.pool.file} and then wanted to write, while ${obstacle}; it is answered with 503. ` +
        "From now on the route is treated as one that writes. To say so from the start: config: { sqlite: { mode: 'write' } }.",
      BUSY_WARNING,
    );
  }

  /** Warns of a lack that concerns all routes, until it is over. */
  #warnOnce(message: string): Error {
    if (!this.pool.warnedLocked) {
      this.pool.warnedLocked = true;
      this.#warn(message, BUSY_WARNING);
    }
    return new Error(message);
  }
}
