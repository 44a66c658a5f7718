import type { Context, RouteInfo } from '../../app/plugin.js';
import type { Settings } from './options.js';
import type { Pool } from './pool.js';
import type { Contender } from './writer.js';

/** What a request of a route claims before its handler runs. */
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

/** What the plugin knows of one route: how it wants its database, and what it has been seen to do with it. */
export class RouteState {
  /** For messages: `POST /posts (Posts.create)`. */
  readonly name: string;
  readonly pool: Pool;
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
  #nature: typeof UNKNOWN | typeof READS | typeof WRITES = UNKNOWN;
  #warnedUpgrade = false;

  constructor(route: RouteInfo, settings: Settings, pool: Pool) {
    this.name = `${route.method} ${route.rule} (${route.displayName})`;
    this.pool = pool;
    this.autocommit = settings.autocommit;
    this.busyTimeout = settings.busyTimeout;
    this.reads = settings.readonly || settings.mode === 'read';
    this.isAsync = route.isAsync;
    this.#writes = settings.mode === 'write';
    this.#isSafe = route.method === 'ANY' ? undefined : SAFE_VERBS.has(route.method);
    this.#warn = settings.warn;
  }

  claim(context: Context): Claim {
    if (this.reads) return READ;
    if (this.#writes) return WRITE;
    const isSafe = this.#isSafe ?? SAFE_VERBS.has(context.exchange.method);
    if (!isSafe || this.#nature === WRITES) return WRITE;
    if (this.#nature === READS || !this.isAsync) return READ;
    return this.pool.exclusive ? WRITE : PROBE;
  }

  /** Takes note of what a request of the route did. Once it has written, it is a route that writes. */
  learn(writes: boolean): void {
    const nature = writes ? WRITES : READS;
    if (nature <= this.#nature) return;
    this.#nature = nature;
    this.pool.writer.learned(this, writes);
  }

  /** A request of this route has waited too long for the writer. Gives the reason. */
  waitedTooLong(holder: Contender | undefined): Error {
    if (holder === undefined || !holder.hasBegun) return this.lockedOut();
    const seconds = ((performance.now() - holder.heldSince) / 1000).toFixed(1);
    const message =
      `${holder.route.name} has held the writer of ${this.pool.file} for ${seconds} s; ${this.name} has waited for it for ` +
      `${this.busyTimeout} ms (busyTimeout), and is answered with 503. Do slow work where no database is held: in a route that ` +
      'does not ask for it, before or after the request that writes.';
    if (!holder.warned) {
      holder.warned = true;
      this.#warn(message, BUSY_WARNING);
    }
    return new Error(message);
  }

  /** A request of this route has waited too long for the lock of another process. Gives the reason. */
  lockedOut(): Error {
    const message =
      `Another process has kept ${this.pool.file} locked for longer than ${this.busyTimeout} ms (busyTimeout); ${this.name} is ` +
      'answered with 503. Look for a long transaction there, or raise busyTimeout.';
    return this.#warnOnce(message);
  }

  /** A request of this route has waited too long for other readers to end. Gives the reason. */
  crowdedOut(): Error {
    const message =
      `Too many requests are reading ${this.pool.file} at once, and none of them has ended for ${this.busyTimeout} ms (busyTimeout); ` +
      `${this.name} is answered with 503. Do slow work where no database is held.`;
    return this.#warnOnce(message);
  }

  /** A request of this route began as a reader, then wanted to write, and could not. */
  warnUpgrade(holder: Contender | undefined): void {
    if (this.#warnedUpgrade) return;
    this.#warnedUpgrade = true;
    const obstacle = holder === undefined ? 'what it had read was out of date by then' : `${holder.route.name} was writing`;
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
