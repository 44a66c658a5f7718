import type { BodySink } from '../../http/gateway/exchange.js';
import type { HttpResponse } from './uws-binding.js';

const NONE = Buffer.alloc(0);

/**
 * A request body as it arrives: kept back until somebody reads, and while they want a pause.
 *
 * uWebSockets.js calls `onData` from inside its parser, and works on the same socket afterwards. Inside, as in the microtasks that
 * follow, the socket must therefore not be closed or upgraded: its memory would be used after it has been freed.
 */
export class IncomingBody {
  readonly #response: HttpResponse;
  #sink: BodySink | undefined = undefined;
  #waiting: Uint8Array[] = [];
  /** The sink wants no more for now. */
  #isPaused = false;
  /** The socket is not read from. */
  #isHeld = false;
  /** All of it has arrived. */
  #isComplete = false;
  #isDropped = false;
  /** The sink knows of the end. */
  #isTold = false;
  /** The response is complete: it must not be touched again. */
  #isDetached = false;

  /**
   * @param response has to be one that is being answered, in the turn in which its request came.
   * @param isLate hands the body over in turns of their own, outside `onData`. It is for answers whose end closes the socket.
   */
  constructor(response: HttpResponse, isLate: boolean) {
    this.#response = response;
    response.onData((chunk, isLast) => {
      // A copy, as the memory is used again as soon as this returns.
      const bytes = this.#isDropped ? NONE : Buffer.from(new Uint8Array(chunk));
      if (isLate) setImmediate(() => this.#arrive(bytes, isLast));
      else this.#arrive(bytes, isLast);
    });
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether nobody will read the rest: nobody has begun to, or it was given up, as it is on every error. */
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
    this.#hold();
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  drop(): void {
    this.#isDropped = true;
    this.#waiting = [];
  }

  /** Has the socket read again, as the next request needs it to be. The response has to be open still. */
  #release(): void {
    if (!this.#isHeld || this.#isDetached) return;
    this.#isHeld = false;
    this.#response.resume();
  }

  /** The answer is about to be complete: uWebSockets.js drops what is left of the body. */
  detach(): void {
    this.#release();
    this.#end('The answer was complete before the whole request body had arrived.');
  }

  /** The connection is gone. */
  breakOff(): void {
    this.#end('The connection was closed before the whole request body had arrived.');
  }

  #end(reason: string): void {
    this.#isDetached = true;
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#waiting = [];
    if (this.#sink === undefined || this.#isTold || this.#isDropped) return;
    this.#isTold = true;
    this.#sink.error(new Error(reason));
  }

  #arrive(bytes: Uint8Array, isLast: boolean): void {
    if (this.#isDetached) return;
    if (isLast) {
      this.#isComplete = true;
      // A socket that is not read from does not tell that its client goes away.
      this.#release();
    }
    if (bytes.length > 0 && !this.#isDropped) {
      if (this.#sink !== undefined && !this.#isPaused) this.#sink.data(bytes);
      else {
        this.#waiting.push(bytes);
        this.#hold();
      }
    }
    if (isLast) this.#deliver();
  }

  #hold(): void {
    if (this.#isHeld || this.#isComplete || this.#isDetached) return;
    this.#isHeld = true;
    this.#response.pause();
  }

  #deliver(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#isPaused || this.#isDropped) return;
    while (this.#waiting.length > 0) {
      sink.data(this.#waiting.shift() as Uint8Array);
      if (this.#isPaused || this.#isDropped) return;
    }
    if (!this.#isComplete) this.#release();
    else if (!this.#isTold) {
      this.#isTold = true;
      sink.end();
    }
  }
}
