import { encodeText } from '../body/charset.js';
import { HTTPResponse } from '../http-error.js';
import { disconnectReason } from '../../support/abort-reasons.js';
import { byteLengthOf, toChunk } from '../../support/bytes.js';
import { isThenable, typeName } from '../../support/value-kinds.js';
import { scopeOfStream } from './stream-scope.js';
import type { Reply } from './reply.js';
import type { StreamSource } from './stream-source.js';

export const TOO_MANY_BYTES = 'A streamed result produced more bytes than its Content-Length.';

/** The properties of a streamed body that its head declares. */
export interface StreamHead {
  /** The charset that strings are encoded in. */
  readonly charset: string;
  /** The `Content-Length`, if there is one. */
  readonly length: number | undefined;
}

/** Callbacks for the stages of a streamed response. */
interface StreamCallbacks {
  /** The first chunk is available: sends the head. */
  begin(first: string | Uint8Array): StreamHead;
  /** For HEAD: sends the head only. The first chunk determines the head. */
  head: ((first: string | Uint8Array) => void) | undefined;
  /** The source ended without a chunk. */
  empty(): void;
  /** The first value of the source was a response, which replaces the stream. */
  replace(answer: unknown): void;
  /** The source failed before the first chunk, so an error page is still possible. */
  failure(error: unknown): void;
}

/**
 * Pumps a streamed body to the client, with back-pressure. Synchronous sources are pumped without promises.
 * The source is always closed: at its end, on an error, and when the client disconnects.
 */
export class StreamPump {
  readonly #source: StreamSource;
  readonly #reply: Reply;
  readonly #callbacks: StreamCallbacks;
  #hasBegun = false;
  #isDone = false;
  #isUtf8 = true;
  #charset = 'UTF-8';
  /** The remaining bytes of the declared length; NaN without a declared length. */
  #remaining = Number.NaN;

  constructor(source: StreamSource, reply: Reply, callbacks: StreamCallbacks) {
    this.#source = source;
    this.#reply = reply;
    this.#callbacks = callbacks;
  }

  start(): void {
    this.#reply.exchange.onClose(() => this.#onDisconnect());
    this.#run();
  }

  /** Pulls and writes until the source or the client has to be awaited. */
  #run = (): void => {
    try {
      while (!this.#isDone) {
        const step = this.#source.next();
        if (isThenable(step)) {
          step.then(this.#resume, (error: unknown) => this.#fail(error));
          return;
        }
        if (!this.#handleStep(step)) return;
      }
    } catch (error) {
      this.#fail(error);
    }
  };

  #resume = (step: IteratorResult<unknown>): void => {
    if (this.#isDone) return;
    try {
      if (this.#handleStep(step)) this.#run();
    } catch (error) {
      this.#fail(error);
    }
  };

  /** Handles one step of the source. Returns false if pulling has to pause or stop. */
  #handleStep(step: IteratorResult<unknown>): boolean {
    if (step.done) {
      this.#end();
      return false;
    }
    const value: unknown = step.value;
    if (!this.#hasBegun && value instanceof HTTPResponse) {
      this.#isDone = true;
      this.#close(value);
      this.#callbacks.replace(value);
      return false;
    }
    const chunk = chunkOf(value);
    if (chunk.length === 0) return true;
    if (!this.#hasBegun) {
      if (this.#callbacks.head !== undefined) {
        this.#finish(() => this.#callbacks.head?.(chunk));
        return false;
      }
      // `begin` may throw, for example for an invalid header. Such an error still gets an error page.
      const { charset, length } = this.#callbacks.begin(chunk);
      this.#hasBegun = true;
      this.#charset = charset;
      this.#isUtf8 = charset.toLowerCase() === 'utf-8';
      if (length !== undefined) this.#remaining = length;
    }
    const bytes = typeof chunk === 'string' && !this.#isUtf8 ? encodeText(chunk, this.#charset) : chunk;
    this.#count(bytes);
    const { exchange } = this.#reply;
    const room = exchange.write(bytes);
    if (room || this.#isDone) return !this.#isDone;
    // In a separate turn, so that a client that reads fast does not block other requests.
    // The event of the connection has another asynchronous context than the method.
    const scope = scopeOfStream(this.#reply);
    exchange.onDrain(() => setImmediate(scope === undefined ? this.#run : () => scope(this.#run)));
    return false;
  }

  /** The client would read excess bytes as the next response on the connection. */
  #count(bytes: string | Uint8Array): void {
    if (Number.isNaN(this.#remaining)) return;
    this.#remaining -= byteLengthOf(bytes);
    if (this.#remaining < 0) throw new RangeError(TOO_MANY_BYTES);
  }

  #end(): void {
    if (this.#remaining > 0) {
      this.#fail(new RangeError(`A streamed result ended ${this.#remaining} bytes before its Content-Length.`));
      return;
    }
    this.#finish(() => {
      if (this.#hasBegun) this.#reply.exchange.end();
      else this.#callbacks.empty();
    });
  }

  /** Completes the stream, unless a listener fails. */
  #finish(conclude: () => void): void {
    this.#isDone = true;
    this.#source.close();
    try {
      this.#reply.streamEnded(undefined);
      conclude();
    } catch (error) {
      if (this.#hasBegun) this.#abort(error);
      else this.#callbacks.failure(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#close(error);
    if (this.#hasBegun) this.#abort(error);
    else this.#callbacks.failure(error);
  }

  /** After the first byte, an error page is impossible. Destroying the connection shows the client that the body is incomplete. */
  #abort(error: unknown): void {
    this.#reply.report(error);
    this.#reply.exchange.destroy();
  }

  #onDisconnect(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#close(disconnectReason());
  }

  #close(error: unknown): void {
    this.#source.close();
    try {
      this.#reply.streamEnded(error);
    } catch (thrown) {
      if (thrown !== error) this.#reply.report(thrown);
    }
  }
}

/** The chunk of a step; `''` for nothing. */
function chunkOf(value: unknown): string | Uint8Array {
  const chunk = toChunk(value ?? '');
  if (chunk !== undefined) return chunk;
  throw new TypeError(
    `A streamed result produced a chunk of type ${typeName(value)}. Chunks are strings or bytes; convert each one, for example with JSON.stringify.`,
  );
}
