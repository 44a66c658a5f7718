import { Stopping } from '../../http/gateway/stopping.js';

/** A request that is still being answered, or an open WebSocket. */
export interface OpenExchange {
  /** Closes the connection immediately. */
  cut(): void;
}

/** The state that all exchanges of one server share: the open requests, and whether the server stops. */
export class ServerState {
  readonly secure: boolean;
  readonly stopping = new Stopping();
  /** Logs an error. */
  readonly logError: (error: unknown) => void;
  readonly #open = new Set<OpenExchange>();
  #isClosing = false;
  #onIdle: (() => void) | undefined = undefined;

  constructor(secure: boolean, logError: (error: unknown) => void) {
    this.secure = secure;
    this.logError = logError;
  }

  /** Whether answers announce that their connection ends. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  add(exchange: OpenExchange): void {
    this.#open.add(exchange);
  }

  remove(exchange: OpenExchange): void {
    this.#open.delete(exchange);
    if (this.#open.size === 0) this.#onIdle?.();
  }

  /** The server stops. Answers announce that from now on, and endless responses are told to end. */
  stop(): void {
    this.#isClosing = true;
    this.stopping.begin();
  }

  /** Waits for the open requests. After `timeout`, in milliseconds, their connections are closed. */
  drain(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        for (const exchange of [...this.#open]) exchange.cut();
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
