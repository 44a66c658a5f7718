/** Who holds the right to write, or waits for it: a lease. */
export interface Contender {
  /** The request: it must not wait for itself. */
  readonly subject: object;
  readonly access: { readonly name: string };
  /** Whether it is here only because nobody knows yet whether its route writes. */
  probing: boolean;
  /** Whether it has the right to write. Set here, at the moment it changes. */
  writer: boolean;
  /** When it was given the right, by `performance.now()`. */
  heldSince: number;
  /** False while it waits, with the right to write, for the lock of another process. */
  readonly hasBegun: boolean;
  /** Whether it has been reported for holding the right too long. */
  warned: boolean;
  /** Lets a probe that has not written go on as a reader. False if it cannot. */
  giveWay(): boolean;
}

/** What comes of waiting: the right to write, or, for a probe, going on as a reader. */
export type Outcome = 'granted' | 'read';

interface Waiter {
  readonly contender: Contender;
  readonly since: number;
  readonly patience: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
  readonly tooLate: (holder: Contender | undefined) => unknown;
  timer: NodeJS.Timeout | undefined;
}

/** How long, in milliseconds, a route that has not shown yet whether it writes may wait, or keep others waiting. */
export const PROBE_PATIENCE = 1000;

/**
 * The right to write to one database file: one lease has it, the others queue in the order they came. SQLite allows one writer
 * at a time; whoever queues here does not have to poll for SQLite's own lock.
 */
export class Writer {
  #holder: Contender | undefined;
  #queue: Waiter[] = [];
  #hurry: NodeJS.Timeout | undefined;

  get holder(): Contender | undefined {
    return this.#holder;
  }

  /** Takes the right at once, if it is free and nobody waits. */
  take(contender: Contender): boolean {
    if (this.#holder !== undefined || this.#queue.length > 0) return false;
    this.#hold(contender);
    return true;
  }

  /**
   * Queues for the right.
   *
   * @param patience milliseconds to wait at most; a probe waits `PROBE_PATIENCE` at most, and then is told to read.
   * @param tooLate makes the error for when it takes longer, from who holds the right then.
   */
  wait(contender: Contender, patience: number, tooLate: (holder: Contender | undefined) => unknown): Promise<Outcome> {
    const { access, probing } = contender;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { contender, since: performance.now(), patience, resolve, reject, tooLate, timer: undefined };
      // The first of its kind goes to the front: until it is through, all others of its kind wait for what it shows.
      const first = probing && !this.#queue.some((other) => other.contender.access === access) && this.#holder?.access !== access;
      if (first) this.#queue.unshift(waiter);
      else this.#queue.push(waiter);
      this.#setTimer(waiter);
      this.#hurryProbe();
    });
  }

  /** Takes a waiter out of the queue, because its client has left. */
  leave(contender: Contender, error: unknown): void {
    const at = this.#queue.findIndex((waiter) => waiter.contender === contender);
    if (at !== -1) this.#remove(at).reject(error);
  }

  /** Hands the right on. Without effect for anybody but the holder. */
  release(contender: Contender): void {
    if (this.#holder !== contender) return;
    this.#holder = undefined;
    contender.writer = false;
    clearTimeout(this.#hurry);
    this.#hurry = undefined;
    if (this.#queue.length === 0) return;
    const next = this.#remove(0);
    this.#hold(next.contender);
    next.resolve('granted');
    this.#hurryProbe();
  }

  /** It is known now whether a route writes: those of it that waited as probes wait as writers, or go on as readers. */
  learned(access: object, writes: boolean): void {
    for (let at = this.#queue.length - 1; at >= 0; at--) {
      const waiter = this.#queue[at] as Waiter;
      const { contender } = waiter;
      if (contender.access !== access || !contender.probing) continue;
      contender.probing = false;
      if (writes) this.#setTimer(waiter);
      else this.#remove(at).resolve('read');
    }
  }

  #hold(contender: Contender): void {
    this.#holder = contender;
    contender.writer = true;
    contender.heldSince = performance.now();
  }

  #remove(at: number): Waiter {
    const waiter = this.#queue.splice(at, 1)[0] as Waiter;
    clearTimeout(waiter.timer);
    return waiter;
  }

  #setTimer(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const { contender, since, patience } = waiter;
    const limit = contender.probing ? Math.min(patience, PROBE_PATIENCE) : patience;
    const left = Math.max(0, limit - (performance.now() - since));
    waiter.timer = setTimeout(() => this.#timeOut(waiter), left);
  }

  #timeOut(waiter: Waiter): void {
    const at = this.#queue.indexOf(waiter);
    if (at === -1) return;
    this.#remove(at);
    if (waiter.contender.probing) waiter.resolve('read');
    else waiter.reject(waiter.tooLate(this.#holder));
  }

  /** A probe that does not write does not keep writers waiting for long. */
  #hurryProbe(): void {
    const holder = this.#holder;
    if (holder?.probing !== true || this.#hurry !== undefined) return;
    if (!this.#queue.some((waiter) => waiter.contender.access !== holder.access)) return;
    this.#hurry = setTimeout(() => {
      this.#hurry = undefined;
      if (this.#holder === holder) holder.giveWay();
    }, PROBE_PATIENCE);
    this.#hurry.unref();
  }
}

const writers = new Map<string, { writer: Writer; users: number }>();

/** The writer of a file, shared by all plugins in this process that have it open. */
export function shareWriter(path: string): Writer {
  let entry = writers.get(path);
  if (entry === undefined) {
    entry = { writer: new Writer(), users: 0 };
    writers.set(path, entry);
  }
  entry.users++;
  return entry.writer;
}

/** Forgets a file's writer once nobody uses it any more. */
export function returnWriter(path: string): void {
  const entry = writers.get(path);
  if (entry !== undefined && --entry.users === 0) writers.delete(path);
}
