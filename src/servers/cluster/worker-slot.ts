import { setTimeout as wait } from 'node:timers/promises';
import type { Hand } from './worker-process.js';

/** How many workers in a row may end before they listen. */
export const PATIENCE = 5;
/** One that has lived for so long has not died of how it was started, in milliseconds. */
const SETTLED = 10_000;
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

/** What a seat needs of its primary. */
export interface Office {
  /** Starts a worker. */
  hire(): Hand;
  note(text: string): void;
  /** A worker could not be had, after `PATIENCE` attempts. Throws when there is no sense in trying on. */
  despair(last: string): void;
  readonly closing: AbortSignal;
}

/** A place for one worker: whatever happens to that one, another takes the place. */
export class Seat {
  readonly #office: Office;
  #hand: Hand | undefined;
  /** One thing after another. */
  #work: Promise<unknown> = Promise.resolve();
  /** How many workers have died soon after they were started, in a row. */
  #deaths = 0;

  constructor(office: Office) {
    this.#office = office;
  }

  get isTaken(): boolean {
    return this.#hand !== undefined;
  }

  /**
   * The first worker.
   *
   * @returns its URL.
   * @throws Error when none can be had.
   */
  open(): Promise<string> {
    return this.#next(async () => {
      const hand = await this.#find(PATIENCE);
      this.#seat(hand);
      return hand.ready;
    });
  }

  /** A new worker in place of this one, if it still sits here. */
  retire(hand: Hand): Promise<void> {
    return this.#next(async () => {
      if (this.#hand === hand) await this.#change();
    });
  }

  /** A new worker, whoever sits here. Rejects when none can be had; the old one stays then. */
  reload(): Promise<void> {
    return this.#next(() => this.#change(PATIENCE));
  }

  async #change(patience?: number): Promise<void> {
    const next = await this.#find(patience);
    const old = this.#hand;
    this.#seat(next);
    old?.stop(true);
  }

  #seat(hand: Hand): void {
    this.#hand = hand;
    void hand.ended.then((how) => {
      if (this.#hand === hand) this.#hand = undefined;
      if (hand.isStopping || this.#office.closing.aborted) return;
      this.#deaths = hand.age < SETTLED ? this.#deaths + 1 : 0;
      const pause = this.#deaths > 1 ? pauseAfter(this.#deaths - 1) : 0;
      const when = pause === 0 ? 'at once' : `in ${pause} ms`;
      this.#office.note(`Worker ${hand.pid} ${how}; another takes its place ${when}.`);
      const replaced = this.#next(async () => {
        if (pause > 0) await wait(pause, undefined, { signal: this.#office.closing });
        if (this.#hand === undefined) this.#seat(await this.#find());
      });
      // Only the end of the primary keeps it from trying.
      replaced.catch(() => undefined);
    });
  }

  /** A worker that listens. Without a limit: as long as the primary sees sense in it. */
  async #find(patience = Number.POSITIVE_INFINITY): Promise<Hand> {
    for (let failures = 1; ; failures++) {
      this.#office.closing.throwIfAborted();
      const hand = this.#office.hire();
      try {
        await hand.ready;
        return hand;
      } catch (error) {
        this.#office.closing.throwIfAborted();
        const how = (error as Error).message;
        if (failures >= patience) throw new Error(how);
        if (failures >= PATIENCE) this.#office.despair(how);
        const pause = pauseAfter(failures);
        this.#office.note(`Worker ${hand.pid} ${how} before it listened; the next attempt is in ${pause} ms.`);
        await wait(pause, undefined, { signal: this.#office.closing });
      }
    }
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }
}

function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (failures - 1));
}
