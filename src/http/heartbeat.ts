/** A connection that wants to be reminded at regular times. */
export interface Beating {
  beat(): void;
}

/** Into how many groups the connections of one interval are dealt, so that not all of them are written to in the same moment. */
const SLOTS = 16;

/**
 * One timer for all connections with the same interval: ten thousand of them cost one timer and an entry in a set each. Whoever
 * joins hears its first beat after at least one whole interval less a sixteenth, then one per interval.
 */
class Wheel {
  readonly #interval: number;
  readonly #slots: Set<Beating>[] = Array.from({ length: SLOTS }, () => new Set());
  #at = 0;
  #count = 0;
  #timer: ReturnType<typeof setInterval> | undefined = undefined;

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Gives what takes it out again, to be called once. */
  add(beating: Beating): () => void {
    const slot = this.#slots[this.#at] as Set<Beating>;
    slot.add(beating);
    this.#count++;
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#turn(), this.#interval / SLOTS);
      // What keeps a process alive is its connections, not this.
      this.#timer.unref?.();
    }
    return () => {
      if (!slot.delete(beating) || --this.#count > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      wheels.delete(this.#interval);
    };
  }

  #turn(): void {
    this.#at = (this.#at + 1) % SLOTS;
    for (const beating of this.#slots[this.#at] as Set<Beating>) beating.beat();
  }
}

const wheels = new Map<number, Wheel>();

/**
 * Calls `beating.beat()` once per interval, until the function that this gives is called.
 *
 * @param interval milliseconds.
 */
export function beatEvery(interval: number, beating: Beating): () => void {
  let wheel = wheels.get(interval);
  if (wheel === undefined) {
    wheel = new Wheel(interval);
    wheels.set(interval, wheel);
  }
  return wheel.add(beating);
}
