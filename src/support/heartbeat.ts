/** A connection that is called at a regular interval. */
export interface HeartbeatListener {
  beat(): void;
}

/** The number of groups of connections per interval, so that they are not all written to at the same moment. */
const SLOTS = 16;

const heartbeats = new Map<number, Heartbeat>();

/**
 * One timer for all connections with the same interval. The first call of a listener comes after one interval, or up to a sixteenth
 * of it earlier; then one call per interval.
 */
export class Heartbeat {
  readonly #interval: number;
  readonly #slots: Set<HeartbeatListener>[] = Array.from({ length: SLOTS }, () => new Set());
  #current = 0;
  #count = 0;
  #timer: ReturnType<typeof setInterval> | undefined = undefined;

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** The shared instance for an interval in milliseconds. */
  static every(interval: number): Heartbeat {
    let heartbeat = heartbeats.get(interval);
    if (heartbeat === undefined) {
      heartbeat = new this(interval);
      heartbeats.set(interval, heartbeat);
    }
    return heartbeat;
  }

  /** Calls `listener.beat()` once per interval. Returns the slot to pass to `leave`. */
  join(listener: HeartbeatListener): number {
    (this.#slots[this.#current] as Set<HeartbeatListener>).add(listener);
    this.#count++;
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#tick(), this.#interval / SLOTS);
      // The timer must not keep the process alive.
      this.#timer.unref?.();
    }
    return this.#current;
  }

  leave(listener: HeartbeatListener, slot: number): void {
    if (this.#slots[slot]?.delete(listener) !== true || --this.#count > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (heartbeats.get(this.#interval) === this) heartbeats.delete(this.#interval);
  }

  #tick(): void {
    this.#current = (this.#current + 1) % SLOTS;
    for (const listener of this.#slots[this.#current] as Set<HeartbeatListener>) listener.beat();
  }
}
