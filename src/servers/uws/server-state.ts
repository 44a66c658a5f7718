import { Stopping } from '../../http/gateway/stopping.js';

/** A request that is still being answered, or a WebSocket that is open. */
export interface Open {
  /** Cuts the connection. */
  cut(): void;
}

/** What all exchanges of one server share: who is being answered, and whether it stops. */
export class Host {
  readonly secure: boolean;
  readonly stopping = new Stopping();
  /** Takes what goes wrong. */
  readonly lost: (error: unknown) => void;
  readonly #open = new Set<Open>();
  #isClosing = false;
  #onIdle: (() => void) | undefined = undefined;

  constructor(secure: boolean, lost: (error: unknown) => void) {
    this.secure = secure;
    this.lost = lost;
  }

  /** Whether answers tell that their connection ends. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  enter(one: Open): void {
    this.#open.add(one);
  }

  leave(one: Open): void {
    this.#open.delete(one);
    if (this.#open.size === 0) this.#onIdle?.();
  }

  /** The server stops: answers say so from now on, and what has no end of its own is told that it has come. */
  stop(): void {
    this.#isClosing = true;
    this.stopping.begin();
  }

  /** Waits for what is open; what takes longer than `timeout`, in milliseconds, is cut. */
  drain(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        for (const one of [...this.#open]) one.cut();
        done();
      }, timeout);
      const done = (): void => {
        clearTimeout(deadline);
        this.#onIdle = undefined;
        resolve();
      };
      this.#onIdle = done;
      if (this.#open.size === 0) done();
    });
  }
}
