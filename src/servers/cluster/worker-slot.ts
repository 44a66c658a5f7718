import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterWorker } from './worker-process.js';

/** How many workers in a row may fail before they listen. */
export const MAX_FAILURES = 5;
/** A worker that has run for this long did not fail at its start, in milliseconds. */
const STABLE_AFTER = 10_000;
const MIN_DELAY = 100;
const MAX_DELAY = 30_000;

/** The primary, as a worker slot sees it. */
export interface WorkerSupervisor {
  /** Starts a worker. */
  spawn(): ClusterWorker;
  note(text: string): void;
  /** Called after `MAX_FAILURES` failed starts. Throws when further attempts are pointless. */
  abandon(last: string): void;
  readonly closing: AbortSignal;
}

/** A slot for one worker. When the worker ends, another one takes its slot. */
export class WorkerSlot {
  readonly #supervisor: WorkerSupervisor;
  #current: ClusterWorker | undefined;
  /** The tasks of this slot run one after another. */
  #queue: Promise<unknown> = Promise.resolve();
  /** How many workers in a row have ended soon after their start. */
  #earlyExits = 0;

  constructor(supervisor: WorkerSupervisor) {
    this.#supervisor = supervisor;
  }

  get isOccupied(): boolean {
    return this.#current !== undefined;
  }

  /**
   * Starts the first worker.
   *
   * @returns its URL.
   * @throws Error when no worker starts.
   */
  open(): Promise<string> {
    return this.#enqueue(async () => {
      const worker = await this.#spawnReady(MAX_FAILURES);
      this.#install(worker);
      return worker.ready;
    });
  }

  /** Replaces a worker, if it still occupies this slot. */
  retire(worker: ClusterWorker): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#current === worker) await this.#replace();
    });
  }

  /** Replaces the current worker. Rejects when no new worker starts. The old one continues then. */
  reload(): Promise<void> {
    return this.#enqueue(() => this.#replace(MAX_FAILURES));
  }

  async #replace(maxFailures?: number): Promise<void> {
    const next = await this.#spawnReady(maxFailures);
    const old = this.#current;
    this.#install(next);
    old?.stop(true);
  }

  #install(worker: ClusterWorker): void {
    this.#current = worker;
    void worker.ended.then((how) => {
      if (this.#current === worker) this.#current = undefined;
      if (worker.isStopping || this.#supervisor.closing.aborted) return;
      this.#earlyExits = worker.age < STABLE_AFTER ? this.#earlyExits + 1 : 0;
      const delay = this.#earlyExits > 1 ? backoff(this.#earlyExits - 1) : 0;
      const when = delay === 0 ? 'at once' : `in ${delay} ms`;
      this.#supervisor.note(`Worker ${worker.pid} ${how}; another takes its place ${when}.`);
      const replaced = this.#enqueue(async () => {
        if (delay > 0) await wait(delay, undefined, { signal: this.#supervisor.closing });
        if (this.#current === undefined) this.#install(await this.#spawnReady());
      });
      // Only the end of the primary rejects this promise.
      replaced.catch(() => undefined);
    });
  }

  /** Starts a worker and waits until it listens. Without a limit, it retries until the primary abandons. */
  async #spawnReady(maxFailures = Number.POSITIVE_INFINITY): Promise<ClusterWorker> {
    for (let failures = 1; ; failures++) {
      this.#supervisor.closing.throwIfAborted();
      const worker = this.#supervisor.spawn();
      try {
        await worker.ready;
        return worker;
      } catch (error) {
        this.#supervisor.closing.throwIfAborted();
        const how = (error as Error).message;
        if (failures >= maxFailures) throw new Error(how);
        if (failures >= MAX_FAILURES) this.#supervisor.abandon(how);
        const delay = backoff(failures);
        this.#supervisor.note(`Worker ${worker.pid} ${how} before it listened; the next attempt is in ${delay} ms.`);
        await wait(delay, undefined, { signal: this.#supervisor.closing });
      }
    }
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(task);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

function backoff(failures: number): number {
  return Math.min(MAX_DELAY, MIN_DELAY * 2 ** (failures - 1));
}
