import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPError, HTTPResponse, isStreamed, isThenable } from '../kit/index.js';
import { type Access, type Claim, PROBE, READ, type Subject } from './access.js';
import { busyError, isBusy, toHttpError } from './sqlite-error.js';
import { LeasedDatabase } from './leased-database.js';
import { Lease } from './lease.js';
import { type Contender, PROBE_PATIENCE } from './writer-queue.js';

/** Milliseconds between attempts at a lock that another process holds. */
const DELAYS = [1, 2, 5, 10, 15, 20, 25, 25, 50];

/** Calls a handler or function with its database. */
export type Call<S extends Subject> = (subject: S, database: LeasedDatabase) => unknown;

/**
 * Runs the handler of one route, or functions outside of routes, each with a database in a transaction. The methods that wait
 * stand apart, so that a run that waits for nothing allocates no closures.
 */
export class Runner<S extends Subject> {
  readonly #access: Access;
  readonly #call: Call<S>;

  constructor(access: Access, call: Call<S>) {
    this.#access = access;
    this.#call = call;
  }

  /** Gives what is called gives. Where nothing has to be waited for, it makes no promise. */
  run(subject: S): unknown {
    const { pool } = this.#access;
    const lease = new Lease(this.#access, subject);
    const claim = this.#access.claim(subject);
    if (claim === READ && !pool.exclusive && !pool.readsEagerly) return this.#run(subject, lease);
    lease.probing = claim === PROBE;
    if ((claim === READ && !pool.exclusive) || pool.writer.take(lease)) {
      if (this.#begin(lease, claim)) return this.#run(subject, lease);
    }
    return this.#runLater(subject, lease, claim);
  }

  async #runLater(subject: S, lease: Lease, claim: Claim): Promise<unknown> {
    lease.watch();
    try {
      await this.#wait(lease, claim);
    } catch (error) {
      lease.rollback('it could not get it');
      throw error;
    }
    return this.#run(subject, lease);
  }

  /** Waits for the turn to write, and for locks of other processes. Throws when it takes too long, or the client has left. */
  async #wait(lease: Lease, claim: Claim): Promise<void> {
    const access = this.#access;
    const { writer, exclusive } = access.pool;
    const start = performance.now();
    let wanted = claim;
    if ((claim !== READ || exclusive) && !lease.writer) {
      if (writer.holder?.subject === lease.subject) throw this.#selfLocked();
      const tooLate = (holder: Contender | undefined): unknown => busyError(access.waitedTooLong(holder));
      if ((await writer.wait(lease, access.busyTimeout, tooLate)) === 'read') wanted = READ;
    }
    for (let attempt = 0; ; attempt++) {
      if (!lease.isAlive) throw busyError(new Error(`${access.name} was ended while it waited for its database.`));
      if (this.#begin(lease, wanted)) return;
      const patience = lease.probing ? Math.min(access.busyTimeout, PROBE_PATIENCE) : access.busyTimeout;
      const left = start + patience - performance.now();
      if (left > 0) await sleep(Math.min(left, DELAYS[attempt] ?? 100));
      else if (lease.giveWay()) wanted = READ;
      else throw busyError(access.pool.isFull ? access.crowdedOut() : access.lockedOut());
    }
  }

  /** Takes SQLite's own locks as far as the claim needs them. False if another process is in the way. */
  #begin(lease: Lease, claim: Claim): boolean {
    const { pool } = this.#access;
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

  #run(subject: S, lease: Lease): unknown {
    let result: unknown;
    try {
      result = this.#call(subject, new LeasedDatabase(lease));
    } catch (error) {
      return this.#threw(subject, lease, error);
    }
    return isThenable(result) ? this.#settled(subject, lease, result) : this.#returned(subject, lease, result);
  }

  #settled(subject: S, lease: Lease, result: PromiseLike<unknown>): Promise<unknown> {
    this.#access.isAsync = true;
    lease.watch();
    return Promise.resolve(result).then(
      (value) => this.#returned(subject, lease, value),
      (error: unknown) => this.#threw(subject, lease, error),
    );
  }

  #returned(subject: S, lease: Lease, result: unknown): unknown {
    if (typeof result === 'object' && result !== null) {
      if (result instanceof HTTPError) {
        lease.rollback(`its ${this.#access.callee} had returned an error, and what it had written was rolled back`);
        return result;
      }
      if (subject.onStreamEnd !== undefined && isStreamed(result)) {
        this.#hold(subject, lease);
        return result;
      }
    }
    const later = this.#commit(lease);
    return later === undefined ? result : after(later, result);
  }

  #threw(subject: S, lease: Lease, thrown: unknown): unknown {
    if (!(thrown instanceof HTTPResponse) || thrown instanceof HTTPError) {
      lease.rollback(`its ${this.#access.callee} had thrown, and what it had written was rolled back`);
      throw toHttpError(thrown, this.#access);
    }
    // A response that is thrown is a result like any other: redirect() after a successful form.
    if (subject.onStreamEnd !== undefined && isStreamed(thrown)) {
      this.#hold(subject, lease);
      throw thrown;
    }
    const later = this.#commit(lease);
    if (later === undefined) throw thrown;
    return later.then(() => {
      throw thrown;
    });
  }

  /** Keeps the lease until the streamed result has come to its end. */
  #hold(subject: S, lease: Lease): void {
    // A stream may last for hours.
    lease.giveWay();
    lease.watch();
    subject.onStreamEnd?.((error) => {
      if (error !== undefined) {
        lease.rollback('its stream had broken off, and what it had written was rolled back');
        return;
      }
      try {
        lease.commit();
      } catch (failure) {
        lease.rollback('its transaction could not be committed');
        throw toHttpError(failure, this.#access);
      }
      this.#learn(lease);
    });
  }

  /** Commits. Returns a promise only if it has to wait for another process that is reading, which without WAL it may have to. */
  #commit(lease: Lease): Promise<void> | undefined {
    try {
      lease.commit();
    } catch (error) {
      if (lease.isAlive && isBusy(error)) return this.#commitLater(lease);
      throw toHttpError(error, this.#access);
    }
    this.#learn(lease);
    return undefined;
  }

  async #commitLater(lease: Lease): Promise<void> {
    lease.watch();
    const deadline = performance.now() + this.#access.busyTimeout;
    for (let attempt = 0; ; attempt++) {
      await sleep(DELAYS[attempt] ?? 100);
      try {
        lease.commit();
        this.#learn(lease);
        return;
      } catch (error) {
        if (!lease.isAlive || !isBusy(error)) throw toHttpError(error, this.#access);
        if (performance.now() < deadline) continue;
        lease.rollback('its transaction could not be committed');
        throw busyError(this.#access.lockedOut());
      }
    }
  }

  #learn(lease: Lease): void {
    if (lease.used && !lease.wrote) this.#access.learn(false);
  }

  #selfLocked(): Error {
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
