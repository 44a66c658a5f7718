import { encodeText } from './charset.js';
import { HTTPResponse } from './errors.js';
import type { Reply } from './cast.js';
import { isThenable, type StreamSource } from './streams.js';

/** What happens at the turns of a streamed response that concern its head. */
export interface StreamTurns {
  /** The first piece is there: send the head. Gives the charset that strings are encoded in. */
  begin(first: string | Uint8Array): string;
  /** The source ended without a piece. */
  empty(): void;
  /** The source's first piece was a whole response. */
  instead(answer: unknown): void;
  /** The source failed before the first piece: a clean error page is still possible. */
  failure(error: unknown): void;
}

/**
 * Moves a streamed body to the client, no faster than the client takes it. Synchronous sources are pumped without promises.
 * The source is closed in every case: at its end, on an error, and when the client leaves.
 */
export class StreamPump {
  readonly #source: StreamSource;
  readonly #reply: Reply;
  readonly #turns: StreamTurns;
  #begun = false;
  #over = false;
  #utf8 = true;
  #charset = 'UTF-8';

  constructor(source: StreamSource, reply: Reply, turns: StreamTurns) {
    this.#source = source;
    this.#reply = reply;
    this.#turns = turns;
  }

  start(): void {
    this.#reply.exchange.onClose(() => this.#clientLeft());
    this.#run();
  }

  /** Pulls and writes until the source makes us wait, or the client does. */
  #run = (): void => {
    try {
      while (!this.#over) {
        const step = this.#source.next();
        if (isThenable(step)) {
          step.then(this.#resume, (error: unknown) => this.#fail(error));
          return;
        }
        if (!this.#take(step)) return;
      }
    } catch (error) {
      this.#fail(error);
    }
  };

  #resume = (step: IteratorResult<unknown>): void => {
    if (this.#over) return;
    try {
      if (this.#take(step)) this.#run();
    } catch (error) {
      this.#fail(error);
    }
  };

  /** Deals with one step of the source. False: do not pull on, for now or at all. */
  #take(step: IteratorResult<unknown>): boolean {
    if (step.done) {
      this.#end();
      return false;
    }
    const chunk = step.value;
    if (!this.#begun && chunk instanceof HTTPResponse) {
      this.#over = true;
      this.#close(chunk);
      this.#turns.instead(chunk);
      return false;
    }
    const piece = toPiece(chunk);
    if (piece.length === 0) return true;
    if (!this.#begun) {
      // The head may yet turn out to be unsendable, as with an illegal header: that error still gets a page.
      this.#charset = this.#turns.begin(piece);
      this.#begun = true;
      this.#utf8 = this.#charset.toLowerCase() === 'utf-8';
    }
    const { exchange } = this.#reply;
    const room = exchange.write(typeof piece === 'string' && !this.#utf8 ? encodeText(piece, this.#charset) : piece);
    if (room || this.#over) return !this.#over;
    exchange.onDrain(this.#run);
    return false;
  }

  #end(): void {
    this.#over = true;
    this.#source.close();
    try {
      this.#reply.streamEnded(undefined);
    } catch (error) {
      if (this.#begun) this.#cut(error);
      else this.#turns.failure(error);
      return;
    }
    if (this.#begun) this.#reply.exchange.end();
    else this.#turns.empty();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#close(error);
    if (this.#begun) this.#cut(error);
    else this.#turns.failure(error);
  }

  /** After the first byte, an honest end is impossible: the client must notice. */
  #cut(error: unknown): void {
    this.#reply.report(error);
    this.#reply.exchange.destroy();
  }

  #clientLeft(): void {
    if (this.#over) return;
    this.#over = true;
    this.#close(new DOMException('The client has gone away.', 'AbortError'));
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

function toPiece(chunk: unknown): string | Uint8Array {
  if (typeof chunk === 'string') return chunk;
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk === undefined || chunk === null) return '';
  if (Object.prototype.toString.call(chunk) === '[object ArrayBuffer]') return new Uint8Array(chunk as ArrayBuffer);
  const type = typeof chunk === 'object' ? (chunk.constructor?.name ?? 'object') : typeof chunk;
  throw new TypeError(
    `A streamed result gave a piece of type ${type}. Pieces are strings or bytes; convert each one, for example with JSON.stringify.`,
  );
}
