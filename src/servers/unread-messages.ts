import { byteLengthOf } from '../support/bytes.js';

/** The number of bytes from which on a connection is closed. */
const MAX_QUEUED = 4 * 1024 * 1024;

/** The approximate memory of a queued message besides its bytes. */
const OVERHEAD = 64;

/** The messages of a WebSocket whose reader is paused, for servers that cannot stop reading from a client. */
export class UnreadMessages {
  #messages: (string | Uint8Array)[] = [];
  #bytes = 0;
  #isPaused = false;

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Returns false when there are too many bytes. The connection must then be closed. */
  add(message: string | Uint8Array): boolean {
    this.#messages.push(message);
    this.#bytes += byteLengthOf(message) + OVERHEAD;
    return this.#bytes <= MAX_QUEUED;
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Delivers the messages until the reader pauses again. */
  resume(deliver: (message: string | Uint8Array) => void): void {
    this.#isPaused = false;
    while (!this.#isPaused && this.#messages.length > 0) {
      const message = this.#messages.shift() as string | Uint8Array;
      this.#bytes -= byteLengthOf(message) + OVERHEAD;
      deliver(message);
    }
  }

  clear(): void {
    this.#messages = [];
  }
}
