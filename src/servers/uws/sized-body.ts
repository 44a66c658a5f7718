import type { HttpResponse } from './uws-binding.js';

/**
 * A body whose length is announced. uWebSockets.js takes of it what the socket takes, and copies nothing; the rest is offered again
 * whenever the socket is writable.
 */
export class SizedBody {
  readonly #response: HttpResponse;
  readonly #total: number;
  /** What has not been taken, the first piece possibly in part. */
  #waiting: Uint8Array[] = [];
  /** At which byte of the body the first piece that waits begins. */
  #start = 0;
  /** How many bytes have been given. */
  #given = 0;
  #isDone = false;

  constructor(response: HttpResponse, total: number) {
    this.#response = response;
    this.#total = total;
  }

  /** Whether all of the body has been taken: the response is complete then, and must not be touched again. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether all of it has been given. */
  get isWhole(): boolean {
    return this.#given >= this.#total;
  }

  completesWith(bytes: Uint8Array): boolean {
    return this.#given + bytes.length >= this.#total;
  }

  /** Sends a piece. False: there is no room for more at the moment. */
  write(bytes: Uint8Array): boolean {
    const start = this.#given;
    this.#given += bytes.length;
    if (this.#waiting.length > 0) {
      this.#waiting.push(bytes);
      return false;
    }
    this.#start = start;
    if (this.#offer(bytes)) return true;
    this.#waiting.push(bytes);
    return false;
  }

  /** The socket is writable again; `offset` says how many bytes it has taken. True: all that was given is on its way. */
  goOn(offset: number): boolean {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0] as Uint8Array;
      const taken = offset - this.#start;
      if (taken < first.length) {
        if (!this.#offer(taken <= 0 ? first : first.subarray(taken))) return false;
        if (this.#isDone) return true;
      }
      this.#start += first.length;
      this.#waiting.shift();
    }
    return true;
  }

  #offer(bytes: Uint8Array): boolean {
    const [isTaken, isDone] = this.#response.tryEnd(bytes, this.#total);
    if (isDone) {
      this.#isDone = true;
      this.#waiting = [];
    }
    return isTaken || isDone;
  }
}
