/** A connection that wants to be reminded at regular times. */
export interface Beating {
  beat(): void;
}

/** Into how many groups the connections of one interval are dealt, so that not all of them are written to in the same moment. */
const SLOTS = 16;

const all = new Map<number, Heartbeat>();

/**
 * One timer for all connections with the same interval: ten thousand of them cost one timer and an entry in a set each. Whoever
 * joins hears its first beat after one interval, or up to a sixteenth of it earlier, and then one per interval.
 */
export class Heartbeat {
  readonly #interval: number;
  readonly #slots: Set<Beating>[] = Array.from({ length: SLOTS }, () => new Set());
  #at = 0;
  #count = 0;
  #timer: ReturnType<typeof setInterval> | undefined = undefined;

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** The one of that interval, in milliseconds. */
  static every(interval: number): Heartbeat {
    let heartbeat = all.get(interval);
    if (heartbeat === undefined) {
      heartbeat = new this(interval);
      all.set(interval, heartbeat);
    }
    return heartbeat;
  }

  /** Calls `beating.beat()` once per interval. Gives its slot, by which it leaves. */
  join(beating: Beating): number {
    (this.#slots[this.#at] as Set<Beating>).add(beating);
    this.#count++;
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#turn(), this.#interval / SLOTS);
      // What keeps a process alive is its connections, not this.
      this.#timer.unref?.();
    }
    return this.#at;
  }

  leave(beating: Beating, slot: number): void {
    if (this.#slots[slot]?.delete(beating) !== true || --this.#count > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (all.get(this.#interval) === this) all.delete(this.#interval);
  }

  #turn(): void {
    this.#at = (this.#at + 1) % SLOTS;
    for (const beating of this.#slots[this.#at] as Set<Beating>) beating.beat();
  }
}
