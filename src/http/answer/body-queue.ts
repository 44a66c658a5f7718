import { disconnectReason } from '../../support/abort-reasons.js';
import { byteLengthOf, toChunk } from '../../support/bytes.js';
import { type Deferred, deferred } from '../../support/deferred.js';
import { typeName } from '../../support/value-kinds.js';

/** A chunk of a body. */
export type BodyChunk = string | Uint8Array;

/** Options of `BodyQueue`. */
export interface BodyQueueOptions {
  /** The number of buffered bytes from which on the promise of `put` waits for the client. Default: 65,536. */
  highWaterMark?: number;
}

/** Shared, because most calls of `put` do not have to wait. */
const READY = Promise.resolve(true);
const CANCELLED = Promise.resolve(false);
const DONE: IteratorResult<BodyChunk> = { done: true, value: undefined };

interface PendingRead {
  resolve(step: IteratorResult<BodyChunk>): void;
  reject(error: unknown): void;
}

/**
 * A body that callbacks fill. Return it from a method, and put chunks into it now or later. An error before the first chunk is sent as
 * an error page. A later error closes the connection, so that the client sees that the body is incomplete.
 *
 * Bottle's documentation does the same with `gevent.queue` on its asynchronous servers.
 *
 * @throws RangeError for a `highWaterMark` that is not a positive number.
 * @example
 * @Get('/log')
 * follow(): BodyQueue {
 *   const body = new BodyQueue();
 *   const tail = spawn('tail', ['-f', 'app.log']);
 *   tail.stdout.on('data', (chunk) => body.put(chunk));
 *   tail.on('close', () => body.end());
 *   tail.on('error', (error) => body.fail(error));
 *   body.signal.addEventListener('abort', () => tail.kill());
 *   return body;
 * }
 * @see https://bottlepy.org/docs/dev/async.html
 */
export class BodyQueue implements AsyncIterable<BodyChunk> {
  readonly #highWaterMark: number;
  #chunks: BodyChunk[] = [];
  #bufferedBytes = 0;
  #reader: PendingRead | undefined = undefined;
  #drain: Deferred<boolean> | undefined = undefined;
  #ended: 'end' | 'fail' | undefined = undefined;
  #failure: unknown = undefined;
  /** Whether the client has disconnected, or the response has no body (`HEAD`). */
  #isCancelled = false;
  #isLocked = false;
  #abort: AbortController | undefined = undefined;

  constructor({ highWaterMark = 64 * 1024 }: BodyQueueOptions = {}) {
    if (!(highWaterMark > 0)) {
      throw new RangeError(`BodyQueue: highWaterMark has to be a number of bytes above 0, not ${String(highWaterMark)}.`);
    }
    this.#highWaterMark = highWaterMark;
  }

  /** Whether the queue accepts no more chunks: after `end` or `fail`, or after the client has disconnected. */
  get closed(): boolean {
    return this.#ended !== undefined || this.#isCancelled;
  }

  /** Aborts when the client disconnects before the body is complete. Stop the producer then. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isCancelled) this.#abort.abort(disconnectReason());
    }
    return this.#abort.signal;
  }

  /**
   * Adds a chunk. Empty ones are dropped.
   *
   * @returns resolves when the buffer has drained: with `true`, or with `false` when the client has disconnected and no more chunks
   *   are sent. It never rejects, so a producer that cannot wait may ignore it.
   * @throws TypeError for a value that is neither a string nor bytes. Error after `end` or `fail`.
   */
  put(chunk: BodyChunk | ArrayBuffer | ArrayBufferView): Promise<boolean> {
    const data = toChunk(chunk);
    if (data === undefined) {
      throw new TypeError(
        `BodyQueue: put() takes a string or bytes, not a value of type ${typeName(chunk)}. Convert it first, e.g. to JSON.`,
      );
    }
    if (this.#ended !== undefined) {
      throw new Error(
        `BodyQueue: put() was called after ${this.#ended}(), which has completed the body. Call ${this.#ended}() last, and ask ` +
          '`closed` where that cannot be known.',
      );
    }
    if (this.#isCancelled) return CANCELLED;
    if (data.length > 0) this.#enqueue(data);
    if (this.#bufferedBytes < this.#highWaterMark) return READY;
    this.#drain ??= deferred();
    return this.#drain.promise;
  }

  #enqueue(chunk: BodyChunk): void {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#bufferedBytes += byteLengthOf(chunk);
  }

  /** Completes the body. Does nothing if the body is complete or aborted. */
  end(): void {
    if (this.#ended !== undefined) return;
    this.#ended = 'end';
    this.#resolveDrain(true);
    this.#reader?.resolve(DONE);
    this.#reader = undefined;
  }

  /**
   * Aborts the body: with an error page if nothing has been sent, otherwise by closing the connection. Buffered chunks are discarded.
   * Does nothing if everything has been sent, or the client has disconnected.
   *
   * @param error like an error of a method: an `HTTPError` is sent to the client, other errors are logged and answered with 500.
   */
  fail(error: unknown): void {
    if (this.#ended === 'fail' || this.#isCancelled) return;
    const reader = this.#reader;
    this.#ended = 'fail';
    this.#chunks = [];
    this.#bufferedBytes = 0;
    this.#reader = undefined;
    this.#resolveDrain(true);
    if (reader === undefined) this.#failure = { error };
    else reader.reject(error);
  }

  /**
   * Iterates over the chunks. The response calls this, once.
   *
   * @throws Error on the second call.
   */
  [Symbol.asyncIterator](): AsyncIterator<BodyChunk> {
    if (this.#isLocked) throw new Error('BodyQueue: this queue is being read already. Return a new one from each request.');
    this.#isLocked = true;
    return { next: () => this.#next(), return: () => this.#cancel() };
  }

  #next(): Promise<IteratorResult<BodyChunk>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bufferedBytes -= byteLengthOf(chunk);
      if (this.#bufferedBytes < this.#highWaterMark) this.#resolveDrain(true);
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure as { error: unknown };
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.closed) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** The reader stops: at the end, or because the client has disconnected. */
  #cancel(): Promise<IteratorResult<BodyChunk>> {
    const isComplete = this.#ended !== undefined && this.#chunks.length === 0;
    if (!isComplete && !this.#isCancelled) {
      this.#isCancelled = true;
      this.#chunks = [];
      this.#bufferedBytes = 0;
      this.#resolveDrain(false);
      this.#abort?.abort(disconnectReason());
    }
    this.#reader?.resolve(DONE);
    this.#reader = undefined;
    return Promise.resolve(DONE);
  }

  #resolveDrain(room: boolean): void {
    this.#drain?.resolve(room);
    this.#drain = undefined;
  }
}
