import type { HttpResponse } from './uws-binding.js';

/**
 * A body of known length. uWebSockets.js takes as many bytes as the socket accepts, without copying. The rest is offered again
 * when the socket is writable.
 */
export class SizedBody {
  readonly #response: HttpResponse;
  readonly #total: number;
  /** The chunks that are not sent yet. The first may be sent in part. */
  #queue: Uint8Array[] = [];
  /** The offset in the body at which the first queued chunk begins. */
  #start = 0;
  /** How many bytes the app has written. */
  #written = 0;
  #isDone = false;

  constructor(response: HttpResponse, total: number) {
    this.#response = response;
    this.#total = total;
  }

  /** Whether the whole body is sent. The response is complete then and must not be used any more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the app has written the whole body. */
  get isWhole(): boolean {
    return this.#written >= this.#total;
  }

  completesWith(bytes: Uint8Array): boolean {
    return this.#written + bytes.length >= this.#total;
  }

  /** Sends a chunk. Returns false when the socket accepts no more for now. */
  write(bytes: Uint8Array): boolean {
    const start = this.#written;
    this.#written += bytes.length;
    if (this.#queue.length > 0) {
      this.#queue.push(bytes);
      return false;
    }
    this.#start = start;
    if (this.#offer(bytes)) return true;
    this.#queue.push(bytes);
    return false;
  }

  /**
   * Continues when the socket is writable again. `offset` is the number of bytes sent so far. Returns true when nothing is
   * queued.
   */
  resume(offset: number): boolean {
    while (this.#queue.length > 0) {
      const first = this.#queue[0] as Uint8Array;
      const taken = offset - this.#start;
      if (taken < first.length) {
        if (!this.#offer(taken <= 0 ? first : first.subarray(taken))) return false;
        if (this.#isDone) return true;
      }
      this.#start += first.length;
      this.#queue.shift();
    }
    return true;
  }

  #offer(bytes: Uint8Array): boolean {
    const [isTaken, isDone] = this.#response.tryEnd(bytes, this.#total);
    if (isDone) {
      this.#isDone = true;
      this.#queue = [];
    }
    return isTaken || isDone;
  }
}
