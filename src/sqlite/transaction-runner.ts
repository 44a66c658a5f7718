import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPError, HTTPResponse, isStreamed, isThenable } from '../kit/index.js';
import type { Access, UnitOfWork } from './access.js';
import { busyError, isBusy, toHttpError } from './sqlite-error.js';
import { LeasedDatabase } from './leased-database.js';
import { Lease } from './lease.js';
import type { WriterLease } from './writer-queue.js';

/** Delays between attempts to acquire a lock of another process, in milliseconds. */
const DELAYS = [1, 2, 5, 10, 15, 20, 25, 25, 50];

/** Calls a handler or function with its database. */
type Call<S extends UnitOfWork> = (work: S, database: LeasedDatabase) => unknown;

/**
 * Runs the handler of one route, or functions outside of routes, each with a database in a transaction. The waiting methods are
 * separate, so that a run without waiting allocates no closures.
 */
export class TransactionRunner<S extends UnitOfWork> {
  readonly #access: Access;
  readonly #call: Call<S>;

  constructor(access: Access, call: Call<S>) {
    this.#access = access;
    this.#call = call;
  }

  /** Returns the result of the call. Without waiting, it creates no promise. */
  run(work: S): unknown {
    const { pool } = this.#access;
    const lease = new Lease(this.#access, work);
    const needsWriter = lease.mayWrite || pool.exclusive;
    if (!needsWriter && !pool.locksReadsEarly) return this.#run(work, lease);
    if ((!needsWriter || pool.writer.tryAcquire(lease)) && this.#begin(lease)) return this.#run(work, lease);
    return this.#runLater(work, lease);
  }

  async #runLater(work: S, lease: Lease): Promise<unknown> {
    lease.track();
    try {
      await this.#wait(lease);
    } catch (error) {
      lease.rollback('it could not get it');
      throw error;
    }
    return this.#run(work, lease);
  }

  /**
   * Waits for the writer lock and for locks of other processes. Throws after the timeout, or when the client has disconnected.
   */
  async #wait(lease: Lease): Promise<void> {
    const access = this.#access;
    const { writer, exclusive } = access.pool;
    const start = performance.now();
    if ((lease.mayWrite || exclusive) && !lease.holdsWriter) {
      if (writer.holder?.work === lease.work) throw this.#selfDeadlockError();
      const timeoutError = (holder: WriterLease | undefined): unknown => busyError(access.writerTimeoutError(holder));
      await writer.wait(lease, access.busyTimeout, timeoutError);
    }
    for (let attempt = 0; ; attempt++) {
      if (!lease.isAlive) throw busyError(new Error(`${access.name} was ended while it waited for its database.`));
      if (this.#begin(lease)) return;
      const remaining = start + access.busyTimeout - performance.now();
      if (remaining <= 0) throw busyError(access.pool.isFull ? access.connectionLimitError() : access.lockTimeoutError());
      await sleep(Math.min(remaining, DELAYS[attempt] ?? 100));
    }
  }

  /** Acquires SQLite's own locks as required. Returns false while another process holds one. */
  #begin(lease: Lease): boolean {
    const { pool } = this.#access;
    const reads = !lease.mayWrite && !pool.exclusive;
    if (reads && pool.isFull) return false;
    try {
      if (lease.mayWrite) lease.beginWrite();
      else if (reads && pool.locksReadsEarly) lease.beginRead();
      pool.contended = false;
      pool.warnedLocked = false;
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      lease.rollback('it could not be opened');
      throw error;
    }
  }

  #run(work: S, lease: Lease): unknown {
    let result: unknown;
    try {
      result = this.#call(work, new LeasedDatabase(lease));
    } catch (error) {
      return this.#onError(work, lease, error);
    }
    return isThenable(result) ? this.#onPromise(work, lease, result) : this.#onResult(work, lease, result);
  }

  #onPromise(work: S, lease: Lease, result: PromiseLike<unknown>): Promise<unknown> {
    lease.track();
    return Promise.resolve(result).then(
      (value) => this.#onResult(work, lease, value),
      (error: unknown) => this.#onError(work, lease, error),
    );
  }

  #onResult(work: S, lease: Lease, result: unknown): unknown {
    if (typeof result === 'object' && result !== null) {
      if (result instanceof HTTPError) {
        lease.rollback(`its ${this.#access.callee} had returned an error, and what it had written was rolled back`);
        return result;
      }
      if (work.onStreamEnd !== undefined && isStreamed(result)) {
        this.#keepUntilStreamEnd(work, lease);
        return result;
      }
    }
    const pending = this.#commit(lease);
    return pending === undefined ? result : after(pending, result);
  }

  #onError(work: S, lease: Lease, thrown: unknown): unknown {
    if (!(thrown instanceof HTTPResponse) || thrown instanceof HTTPError) {
      lease.rollback(`its ${this.#access.callee} had thrown, and what it had written was rolled back`);
      throw toHttpError(thrown);
    }
    // A thrown response is a regular result, for example a redirect() after a form.
    if (work.onStreamEnd !== undefined && isStreamed(thrown)) {
      this.#keepUntilStreamEnd(work, lease);
      throw thrown;
    }
    const pending = this.#commit(lease);
    if (pending === undefined) throw thrown;
    return pending.then(() => {
      throw thrown;
    });
  }

  /** Keeps the lease until the streamed result has ended. */
  #keepUntilStreamEnd(work: S, lease: Lease): void {
    lease.track();
    work.onStreamEnd?.((error) => {
      if (error !== undefined) {
        lease.rollback('its stream had broken off, and what it had written was rolled back');
        return;
      }
      try {
        lease.commit();
      } catch (failure) {
        lease.rollback('its transaction could not be committed');
        throw toHttpError(failure);
      }
    });
  }

  /** Commits. Returns a promise only if it must wait for a reader in another process, which can happen without WAL. */
  #commit(lease: Lease): Promise<void> | undefined {
    try {
      lease.commit();
    } catch (error) {
      if (lease.isAlive && isBusy(error)) return this.#commitLater(lease);
      throw toHttpError(error);
    }
    return undefined;
  }

  async #commitLater(lease: Lease): Promise<void> {
    lease.track();
    const deadline = performance.now() + this.#access.busyTimeout;
    for (let attempt = 0; ; attempt++) {
      await sleep(DELAYS[attempt] ?? 100);
      try {
        lease.commit();
        return;
      } catch (error) {
        if (!lease.isAlive || !isBusy(error)) throw toHttpError(error);
        if (performance.now() < deadline) continue;
        lease.rollback('its transaction could not be committed');
        throw busyError(this.#access.lockTimeoutError());
      }
    }
  }

  #selfDeadlockError(): Error {
    const { name, pool } = this.#access;
    return new Error(
      `${name} asks for ${pool.file} twice, through two SQLitePlugins, and would wait for itself: only one can write at a time. ` +
        'Use one of them in this route, or give one of them readonly: true.',
    );
  }
}

function after(done: Promise<void>, result: unknown): Promise<unknown> {
  return done.then(() => result);
}
