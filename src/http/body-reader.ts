import { announcedLength, Body, type BodyLimits, endedEarly, tooLarge } from './body.js';
import type { BodySink, Exchange } from './exchange.js';
import { parseContentType } from './media-type.js';
import { MultipartParser } from './multipart.js';
import { Pieces } from './pieces.js';
import { Spool } from './spool.js';

/**
 * Reads the body of an exchange. A multipart form is taken apart as it arrives.
 *
 * Nothing is left of a body that was refused, or did not arrive as a whole.
 *
 * @throws (rejects) HTTPError 413 when it is larger than `limits.maxBody`, announced or not, or a form larger than its limits;
 *   400 when it ends early, or is a malformed form; 431 when the headers of a form's part are too large.
 */
export function readBody(exchange: Exchange, limits: BodyLimits): Promise<Body> {
  const length = announcedLength(exchange);
  if (length !== undefined && length > limits.maxBody) return Promise.reject(tooLarge(limits.maxBody));
  return new Promise((resolve, reject) => {
    exchange.readBody(new BodyReader({ exchange, limits, length, resolve, reject }));
  });
}

function isMultipart(exchange: Exchange): boolean {
  return parseContentType(exchange.header('content-type')).type === 'multipart/form-data';
}

interface Reading {
  readonly exchange: Exchange;
  readonly limits: BodyLimits;
  readonly length: number | undefined;
  resolve(body: Body | Promise<Body>): void;
  reject(error: unknown): void;
}

/** What becomes of the bytes of one kind of body. What `take` throws refuses the body. */
interface Taker {
  take(chunk: Uint8Array, size: number): void;
  finish(): Body | Promise<Body>;
  discard(): void;
}

/** Reads a body within its limit, up to its end. */
class BodyReader implements BodySink {
  readonly #reading: Reading;
  readonly #taker: Taker;
  #size = 0;
  #isOver = false;

  constructor(reading: Reading) {
    this.#reading = reading;
    const { exchange, limits } = reading;
    this.#taker = isMultipart(exchange) ? new FormTaker(exchange, limits, this.#spool) : new PlainTaker(limits, this.#spool);
  }

  data(chunk: Uint8Array): void {
    if (this.#isOver) return;
    const { maxBody } = this.#reading.limits;
    this.#size += chunk.length;
    try {
      if (this.#size > maxBody) throw tooLarge(maxBody);
      this.#taker.take(chunk, this.#size);
    } catch (error) {
      this.#refuse(error);
    }
  }

  end(): void {
    if (this.#isOver) return;
    const { length, resolve } = this.#reading;
    if (length !== undefined && this.#size < length) {
      this.error(undefined);
      return;
    }
    this.#isOver = true;
    resolve(this.#taker.finish());
  }

  error(cause: unknown): void {
    this.#refuse(endedEarly(cause));
  }

  /** A spool for this body, which makes the client wait while there is much to be written. */
  #spool = (): Spool => {
    const { exchange, limits } = this.#reading;
    return new Spool({
      memory: limits.memfileMax,
      tempDir: limits.tempDir,
      full: () => exchange.pauseBody(),
      drained: () => {
        if (!this.#isOver) exchange.resumeBody();
      },
      failed: (error) => this.#refuse(error),
    });
  };

  /** Ends the reading. The rest of the body is the server's affair: it drains it, or closes the connection. */
  #refuse(error: unknown): void {
    if (this.#isOver) return;
    const { exchange, reject } = this.#reading;
    this.#isOver = true;
    exchange.pauseBody();
    exchange.dropBody();
    this.#taker.discard();
    reject(error);
  }
}

/** Takes a body as it is. */
class PlainTaker implements Taker {
  readonly #limits: BodyLimits;
  readonly #makeSpool: () => Spool;
  readonly #pieces = new Pieces();
  #spool: Spool | undefined;

  constructor(limits: BodyLimits, makeSpool: () => Spool) {
    this.#limits = limits;
    this.#makeSpool = makeSpool;
  }

  take(chunk: Uint8Array, size: number): void {
    if (this.#spool !== undefined) {
      this.#spool.write(chunk);
      return;
    }
    this.#pieces.push(chunk, true);
    if (size <= this.#limits.memfileMax) return;
    this.#spool = this.#makeSpool();
    for (const one of this.#pieces.take()) this.#spool.write(one);
  }

  finish(): Body | Promise<Body> {
    if (this.#spool === undefined) return new Body(this.#pieces.drain(), this.#limits);
    return this.#spool.finish().then((stored) => new Body(stored, this.#limits));
  }

  discard(): void {
    this.#pieces.take();
    this.#spool?.discard();
  }
}

/** Takes a multipart form apart. */
class FormTaker implements Taker {
  readonly #limits: BodyLimits;
  readonly #spool: Spool;
  readonly #parser: MultipartParser;

  constructor(exchange: Exchange, limits: BodyLimits, makeSpool: () => Spool) {
    this.#limits = limits;
    const contentType = exchange.header('content-type') as string;
    const { boundary } = parseContentType(contentType).parameters;
    this.#spool = makeSpool();
    this.#parser = new MultipartParser(contentType, boundary, limits.multipart, this.#spool);
  }

  take(chunk: Uint8Array): void {
    this.#parser.write(chunk);
  }

  async finish(): Promise<Body> {
    try {
      await this.#parser.end();
    } catch (error) {
      this.#spool.discard();
      throw error;
    }
    const stored = await this.#spool.finish();
    try {
      return new Body(stored, this.#limits, this.#parser.form(stored));
    } catch (error) {
      stored.release();
      throw error;
    }
  }

  discard(): void {
    this.#spool.discard();
  }
}
