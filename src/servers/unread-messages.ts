/** How many bytes of unread messages are queued before the connection is closed. */
const MAX_QUEUED = 4 * 1024 * 1024;

/** The approximate memory of a queued message besides its bytes. */
const OVERHEAD = 64;

/**
 * The received messages of a WebSocket whose reader has paused, for servers that cannot stop reading from a client. Every message
 * that is taken reaches the reader, also after the connection has ended.
 */
export class UnreadMessages {
  readonly #deliver: (message: string | Uint8Array) => void;
  #messages: (string | Uint8Array)[] = [];
  #bytes = 0;
  #isPaused = false;

  constructor(deliver: (message: string | Uint8Array) => void) {
    this.#deliver = deliver;
  }

  /**
   * Takes a message. Returns false when the queue has no room: the message is not taken, and the connection must be closed.
   *
   * @param size in bytes.
   */
  add(message: string | Uint8Array, size: number): boolean {
    if (!this.#isPaused) {
      this.#deliver(message);
      return true;
    }
    // An empty queue has room for any message, because a message may be larger than the queue.
    if (this.#messages.length > 0 && this.#bytes + size > MAX_QUEUED) return false;
    this.#messages.push(message);
    this.#bytes += size + OVERHEAD;
    return true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Delivers messages until the reader pauses again. */
  resume(): void {
    this.#isPaused = false;
    while (!this.#isPaused && this.#messages.length > 0) {
      const message = this.#messages.shift() as string | Uint8Array;
      this.#bytes -= (typeof message === 'string' ? Buffer.byteLength(message) : message.length) + OVERHEAD;
      this.#deliver(message);
    }
  }

  /** The connection ends. Delivers all messages to the reader, which keeps what it has not read. */
  flush(): void {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    for (const message of messages) this.#deliver(message);
  }
}
