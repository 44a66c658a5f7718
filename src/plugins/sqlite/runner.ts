import { setTimeout as sleep } from 'node:timers/promises';
import type { Callback, Context } from '../../app/plugin.js';
import { isStreamed } from '../../http/cast.js';
import { HTTPError, HTTPResponse } from '../../http/errors.js';
import { busyError, isBusy, toHttpError } from './errors.js';
import { LeasedDatabase } from './facade.js';
import { Lease } from './lease.js';
import { type Claim, PROBE, READ, type RouteState } from './route.js';
import { PROBE_PATIENCE } from './writer.js';

/** Milliseconds between attempts at a lock that another process holds. */
const DELAYS = [1, 2, 5, 10, 15, 20, 25, 25, 50];

const THROWN = 'its handler had thrown, and what it had written was rolled back';
const FAILED = 'its handler had returned an error, and what it had written was rolled back';

/**
 * Runs the handler of one route with a database around it. The functions of what has to be waited for stand apart: one that
 * holds them makes room for what they share whenever it is called, also where there is nothing to wait for.
 */
export class Runner {
  readonly #route: RouteState;
  readonly #callback: Callback;
  readonly #keyword: string;

  constructor(route: RouteState, callback: Callback, keyword: string) {
    this.#route = route;
    this.#callback = callback;
    this.#keyword = keyword;
  }

  /** The plugin's callback. Where nothing has to be waited for, it makes no promise. */
  handle(context: Context): unknown {
    const { pool } = this.#route;
    const lease = new Lease(this.#route, context);
    const claim = this.#route.claim(context);
    if (claim === READ && !pool.exclusive && !pool.readsEagerly) return this.#run(context, lease);
    lease.probing = claim === PROBE;
    if ((claim === READ && !pool.exclusive) || pool.writer.take(lease)) {
      if (this.#begin(lease, claim)) return this.#run(context, lease);
    }
    return this.#runLater(context, lease, claim);
  }

  async #runLater(context: Context, lease: Lease, claim: Claim): Promise<unknown> {
    watch(context, lease);
    try {
      await this.#wait(lease, claim);
    } catch (error) {
      lease.rollback('it could not get it');
      throw error;
    }
    return this.#run(context, lease);
  }

  /** Waits for the turn to write, and for locks of other processes. Throws when it takes too long, or the client has left. */
  async #wait(lease: Lease, claim: Claim): Promise<void> {
    const route = this.#route;
    const { writer, exclusive } = route.pool;
    const start = performance.now();
    let wanted = claim;
    if ((claim !== READ || exclusive) && !lease.writer) {
      if (writer.holder?.context === lease.context) throw this.#selfLocked();
      const tooLate = (holder: Parameters<RouteState['waitedTooLong']>[0]): unknown => busyError(route.waitedTooLong(holder));
      if ((await writer.wait(lease, route.busyTimeout, tooLate)) === 'read') wanted = READ;
    }
    for (let attempt = 0; ; attempt++) {
      if (!lease.isAlive) throw busyError(new Error(`${route.name} was ended while it waited for its database.`));
      if (this.#begin(lease, wanted)) return;
      const patience = lease.probing ? Math.min(route.busyTimeout, PROBE_PATIENCE) : route.busyTimeout;
      const left = start + patience - performance.now();
      if (left > 0) await sleep(Math.min(left, DELAYS[attempt] ?? 100));
      else if (lease.giveWay()) wanted = READ;
      else throw busyError(route.pool.isFull ? route.crowdedOut() : route.lockedOut());
    }
  }

  /** Takes SQLite's own locks as far as the claim needs them. False if another process is in the way. */
  #begin(lease: Lease, claim: Claim): boolean {
    const { pool } = this.#route;
    if (claim === READ && pool.isFull && !pool.exclusive) return false;
    try {
      if (claim !== READ) lease.beginWrite();
      else if (pool.readsEagerly && !pool.exclusive) lease.beginRead();
      pool.contended = false;
      pool.warnedLocked = false;
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      lease.rollback('it could not be opened');
      throw error;
    }
  }

  #run(context: Context, lease: Lease): unknown {
    let result: unknown;
    try {
      context.provide(this.#keyword, new LeasedDatabase(lease));
      result = this.#callback(context);
    } catch (error) {
      return this.#threw(context, lease, error);
    }
    return isThenable(result) ? this.#settled(context, lease, result) : this.#returned(context, lease, result);
  }

  #settled(context: Context, lease: Lease, result: PromiseLike<unknown>): Promise<unknown> {
    this.#route.isAsync = true;
    watch(context, lease);
    return Promise.resolve(result).then(
      (value) => this.#returned(context, lease, value),
      (error: unknown) => this.#threw(context, lease, error),
    );
  }

  #returned(context: Context, lease: Lease, result: unknown): unknown {
    if (typeof result === 'object' && result !== null) {
      if (result instanceof HTTPError) {
        lease.rollback(FAILED);
        return result;
      }
      if (isStreamed(result)) {
        this.#hold(context, lease);
        return result;
      }
    }
    const later = this.#commit(context, lease);
    return later === undefined ? result : after(later, result);
  }

  #threw(context: Context, lease: Lease, thrown: unknown): unknown {
    if (!(thrown instanceof HTTPResponse) || thrown instanceof HTTPError) {
      lease.rollback(THROWN);
      throw toHttpError(thrown, this.#route.name);
    }
    // A response that is thrown is a result like any other: redirect() after a successful form.
    if (isStreamed(thrown)) {
      this.#hold(context, lease);
      throw thrown;
    }
    const later = this.#commit(context, lease);
    if (later === undefined) throw thrown;
    return later.then(() => {
      throw thrown;
    });
  }

  /** Keeps the lease until the streamed result has come to its end. */
  #hold(context: Context, lease: Lease): void {
    // A stream may last for hours.
    lease.giveWay();
    watch(context, lease);
    context.onStreamEnd((error) => {
      if (error !== undefined) {
        lease.rollback('its stream had broken off, and what it had written was rolled back');
        return;
      }
      try {
        lease.commit();
      } catch (failure) {
        lease.rollback('its transaction could not be committed');
        throw toHttpError(failure, this.#route.name);
      }
      this.#learn(lease);
    });
  }

  /** Commits. Returns a promise only if it has to wait for another process that is reading, which without WAL it may have to. */
  #commit(context: Context, lease: Lease): Promise<void> | undefined {
    try {
      lease.commit();
    } catch (error) {
      if (lease.isAlive && isBusy(error)) return this.#commitLater(context, lease);
      throw toHttpError(error, this.#route.name);
    }
    this.#learn(lease);
    return undefined;
  }

  async #commitLater(context: Context, lease: Lease): Promise<void> {
    watch(context, lease);
    const deadline = performance.now() + this.#route.busyTimeout;
    for (let attempt = 0; ; attempt++) {
      await sleep(DELAYS[attempt] ?? 100);
      try {
        lease.commit();
        this.#learn(lease);
        return;
      } catch (error) {
        if (!lease.isAlive || !isBusy(error)) throw toHttpError(error, this.#route.name);
        if (performance.now() < deadline) continue;
        lease.rollback('its transaction could not be committed');
        throw busyError(this.#route.lockedOut());
      }
    }
  }

  #learn(lease: Lease): void {
    if (lease.used && !lease.wrote) this.#route.learn(false);
  }

  #selfLocked(): Error {
    const { name, pool } = this.#route;
    return new Error(
      `${name} asks for ${pool.file} twice, through two SQLitePlugins, and would wait for itself: only one can write at a time. ` +
        'Use one of them in this route, or give one of them readonly: true.',
    );
  }
}

function watch(context: Context, lease: Lease): void {
  lease.watch((listener) => context.onClose(listener));
}

function after(done: Promise<void>, result: unknown): Promise<unknown> {
  return done.then(() => result);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
