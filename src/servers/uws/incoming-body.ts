import type { BodySink } from '../../http/gateway/exchange.js';
import { interruptedBody } from '../../http/gateway/unread-body.js';
import type { HttpResponse } from './uws-binding.js';

const EMPTY = Buffer.alloc(0);

/**
 * A request body while it arrives. Chunks are queued until the app reads, and while it pauses.
 *
 * uWebSockets.js calls `onData` from its parser, and uses the socket afterwards. The socket must not be closed or upgraded during
 * this call or the microtasks after it: its memory would be used after it is freed.
 */
export class IncomingBody {
  readonly #response: HttpResponse;
  #sink: BodySink | undefined = undefined;
  #queue: Uint8Array[] = [];
  /** The sink has paused the body. */
  #isPaused = false;
  /** Reading from the socket is paused. */
  #isSocketPaused = false;
  /** The whole body has arrived. */
  #isComplete = false;
  #isDropped = false;
  /** The sink has received the end or an error. */
  #isEndDelivered = false;
  /** The response is complete. It must not be used any more. */
  #isDetached = false;

  /**
   * @param response must be unanswered, in the turn in which its request arrived.
   * @param isLate delivers the body in separate turns, outside `onData`. It is for answers whose end closes the socket.
   */
  constructor(response: HttpResponse, isLate: boolean) {
    this.#response = response;
    response.onData((chunk, isLast) => {
      // A copy, because uWebSockets.js reuses the memory after this call.
      const bytes = this.#isDropped ? EMPTY : Buffer.from(new Uint8Array(chunk));
      if (isLate) setImmediate(() => this.#receive(bytes, isLast));
      else this.#receive(bytes, isLast);
    });
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether nobody will read the rest: reading has not started, or it was abandoned, as it is after an error. */
  isUnwanted(status: number): boolean {
    if (this.#isComplete) return false;
    return this.#sink === undefined || this.#isDropped || (this.#isPaused && status >= 400);
  }

  read(sink: BodySink): void {
    this.#sink = sink;
    this.#deliver();
  }

  pause(): void {
    this.#isPaused = true;
    this.#pauseSocket();
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  drop(): void {
    this.#isDropped = true;
    this.#queue = [];
  }

  /** Reads from the socket again, as the next request on it requires. The response must still be open. */
  #resumeSocket(): void {
    if (!this.#isSocketPaused || this.#isDetached) return;
    this.#isSocketPaused = false;
    this.#response.resume();
  }

  /** The answer is about to be complete. uWebSockets.js discards the rest of the body. */
  detach(): void {
    this.#resumeSocket();
    this.#end(new Error('The answer was complete before the whole request body had arrived.'));
  }

  /** The connection was closed. */
  abort(): void {
    this.#end(interruptedBody());
  }

  #end(error: Error): void {
    this.#isDetached = true;
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#queue = [];
    if (this.#sink === undefined || this.#isEndDelivered || this.#isDropped) return;
    this.#isEndDelivered = true;
    this.#sink.error(error);
  }

  #receive(bytes: Uint8Array, isLast: boolean): void {
    if (this.#isDetached) return;
    if (isLast) {
      this.#isComplete = true;
      // A paused socket does not report that its client disconnects.
      this.#resumeSocket();
    }
    if (bytes.length > 0 && !this.#isDropped) {
      if (this.#sink !== undefined && !this.#isPaused) this.#sink.data(bytes);
      else {
        this.#queue.push(bytes);
        this.#pauseSocket();
      }
    }
    if (isLast) this.#deliver();
  }

  #pauseSocket(): void {
    if (this.#isSocketPaused || this.#isComplete || this.#isDetached) return;
    this.#isSocketPaused = true;
    this.#response.pause();
  }

  #deliver(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#isPaused || this.#isDropped) return;
    while (this.#queue.length > 0) {
      sink.data(this.#queue.shift() as Uint8Array);
      if (this.#isPaused || this.#isDropped) return;
    }
    if (!this.#isComplete) this.#resumeSocket();
    else if (!this.#isEndDelivered) {
      this.#isEndDelivered = true;
      sink.end();
    }
  }
}
