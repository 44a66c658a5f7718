/** A lease that holds the writer lock, or waits for it. */
export interface WriterLease {
  /** The unit of work. It must not wait for itself. */
  readonly work: object;
  readonly access: { readonly name: string };
  /** Whether it is unknown whether its route writes. */
  isTentative: boolean;
  /** Whether it holds the writer lock. The queue sets this when it changes. */
  writer: boolean;
  /** When it acquired the lock, by `performance.now()`. */
  heldSince: number;
  /** False while it holds the lock and waits for the lock of another process. */
  readonly hasBegun: boolean;
  /** Whether a warning was logged because it held the lock too long. */
  warned: boolean;
  /** Downgrades a tentative writer that has not written to a reader. Returns false if that fails. */
  downgrade(): boolean;
}

/** The result of waiting: the writer lock, or, for a tentative writer, permission to continue as a reader. */
type WaitResult = 'granted' | 'read';

interface Waiter {
  readonly lease: WriterLease;
  readonly since: number;
  readonly timeout: number;
  readonly resolve: (outcome: WaitResult) => void;
  readonly reject: (error: unknown) => void;
  readonly timeoutError: (holder: WriterLease | undefined) => unknown;
  timer: NodeJS.Timeout | undefined;
}

/** How long a tentative writer may wait, or let others wait, in milliseconds. */
export const TENTATIVE_TIMEOUT = 1000;

/**
 * The writer lock of one database file. One lease holds it; others wait in order of arrival. SQLite allows one writer at a time,
 * and has no queue: without this lock, waiting writers would have to poll.
 */
export class WriterLock {
  #holder: WriterLease | undefined;
  #queue: Waiter[] = [];
  #tentativeTimer: NodeJS.Timeout | undefined;

  get holder(): WriterLease | undefined {
    return this.#holder;
  }

  /** Acquires the lock immediately, if it is free and no lease waits. */
  tryAcquire(lease: WriterLease): boolean {
    if (this.#holder !== undefined || this.#queue.length > 0) return false;
    this.#grant(lease);
    return true;
  }

  /**
   * Waits for the lock.
   *
   * @param timeout the maximum wait in milliseconds. A tentative writer waits at most `TENTATIVE_TIMEOUT` and then continues as a
   *   reader.
   * @param timeoutError creates the error after the timeout, from the lease that holds the lock.
   */
  wait(lease: WriterLease, timeout: number, timeoutError: (holder: WriterLease | undefined) => unknown): Promise<WaitResult> {
    const { access, isTentative } = lease;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { lease, since: performance.now(), timeout, resolve, reject, timeoutError, timer: undefined };
      // The first tentative writer of a route goes to the front of the queue: the others of its route wait for its outcome.
      const first = isTentative && !this.#queue.some((other) => other.lease.access === access) && this.#holder?.access !== access;
      if (first) this.#queue.unshift(waiter);
      else this.#queue.push(waiter);
      this.#setTimer(waiter);
      this.#limitTentativeHolder();
    });
  }

  /** Removes a lease from the queue, because its client has disconnected. */
  cancel(lease: WriterLease, error: unknown): void {
    const index = this.#queue.findIndex((waiter) => waiter.lease === lease);
    if (index !== -1) this.#remove(index).reject(error);
  }

  /** Passes the lock on. Does nothing unless the lease holds it. */
  release(lease: WriterLease): void {
    if (this.#holder !== lease) return;
    this.#holder = undefined;
    lease.writer = false;
    clearTimeout(this.#tentativeTimer);
    this.#tentativeTimer = undefined;
    if (this.#queue.length === 0) return;
    const next = this.#remove(0);
    this.#grant(next.lease);
    next.resolve('granted');
    this.#limitTentativeHolder();
  }

  /**
   * Called when it is known whether a route writes. Waiting tentative leases of the route become writers, or continue as readers.
   */
  resolveTentative(access: object, writes: boolean): void {
    for (let index = this.#queue.length - 1; index >= 0; index--) {
      const waiter = this.#queue[index] as Waiter;
      const { lease } = waiter;
      if (lease.access !== access || !lease.isTentative) continue;
      lease.isTentative = false;
      if (writes) this.#setTimer(waiter);
      else this.#remove(index).resolve('read');
    }
  }

  #grant(lease: WriterLease): void {
    this.#holder = lease;
    lease.writer = true;
    lease.heldSince = performance.now();
  }

  #remove(index: number): Waiter {
    const waiter = this.#queue.splice(index, 1)[0] as Waiter;
    clearTimeout(waiter.timer);
    return waiter;
  }

  #setTimer(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const { lease, since, timeout } = waiter;
    const limit = lease.isTentative ? Math.min(timeout, TENTATIVE_TIMEOUT) : timeout;
    const remaining = Math.max(0, limit - (performance.now() - since));
    waiter.timer = setTimeout(() => this.#timeOut(waiter), remaining);
  }

  #timeOut(waiter: Waiter): void {
    const index = this.#queue.indexOf(waiter);
    if (index === -1) return;
    this.#remove(index);
    if (waiter.lease.isTentative) waiter.resolve('read');
    else waiter.reject(waiter.timeoutError(this.#holder));
  }

  /** Limits how long a tentative writer without writes keeps other routes waiting. */
  #limitTentativeHolder(): void {
    const holder = this.#holder;
    if (holder?.isTentative !== true || this.#tentativeTimer !== undefined) return;
    if (!this.#queue.some((waiter) => waiter.lease.access !== holder.access)) return;
    this.#tentativeTimer = setTimeout(() => {
      this.#tentativeTimer = undefined;
      if (this.#holder === holder) holder.downgrade();
    }, TENTATIVE_TIMEOUT);
    this.#tentativeTimer.unref();
  }
}

const writers = new Map<string, { writer: WriterLock; users: number }>();

/** The writer lock of a file. All plugins in this process that have the file open share it. */
export function retainWriterLock(path: string): WriterLock {
  let entry = writers.get(path);
  if (entry === undefined) {
    entry = { writer: new WriterLock(), users: 0 };
    writers.set(path, entry);
  }
  entry.users++;
  return entry.writer;
}

/** Removes the writer lock of a file after its last user. */
export function releaseWriterLock(path: string): void {
  const entry = writers.get(path);
  if (entry !== undefined && --entry.users === 0) writers.delete(path);
}
