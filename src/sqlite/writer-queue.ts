/** A lease that holds the writer lock, or waits for it. */
export interface WriterLease {
  /** The unit of work. It must not wait for itself. */
  readonly work: object;
  readonly access: { readonly name: string };
  /** False while it holds the lock and waits for the lock of another process. */
  readonly hasBegun: boolean;
}

interface Waiter {
  readonly lease: WriterLease;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The writer lock of one database file. One lease holds it; others wait in order of arrival. SQLite allows one writer at a time,
 * and has no queue: without this lock, waiting writers would have to poll.
 */
export class WriterLock {
  /** When its holder acquired the lock, by `performance.now()`. */
  heldSince = 0;
  /** Whether a warning was logged because the holder has held the lock too long. */
  warned = false;
  #holder: WriterLease | undefined;
  #queue: Waiter[] = [];

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
   * @param timeout the maximum wait in milliseconds.
   * @param timeoutError creates the error after the timeout, from the lease that holds the lock.
   */
  wait(lease: WriterLease, timeout: number, timeoutError: (holder: WriterLease | undefined) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.cancel(lease, timeoutError(this.#holder)), timeout);
      this.#queue.push({ lease, resolve, reject, timer });
    });
  }

  /** Removes a lease from the queue, because its client has disconnected or its time is over. */
  cancel(lease: WriterLease, error: unknown): void {
    const index = this.#queue.findIndex((waiter) => waiter.lease === lease);
    if (index !== -1) this.#remove(index).reject(error);
  }

  /** Passes the lock on. Does nothing unless the lease holds it. */
  release(lease: WriterLease): void {
    if (this.#holder !== lease) return;
    this.#holder = undefined;
    if (this.#queue.length === 0) return;
    const next = this.#remove(0);
    this.#grant(next.lease);
    next.resolve();
  }

  #grant(lease: WriterLease): void {
    this.#holder = lease;
    this.heldSince = performance.now();
    this.warned = false;
  }

  #remove(index: number): Waiter {
    const waiter = this.#queue.splice(index, 1)[0] as Waiter;
    clearTimeout(waiter.timer);
    return waiter;
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
