import { announcedLength, Body, type BodyLimits, endedEarly, tooLarge } from './body.js';
import type { BodySink, Exchange } from './exchange.js';
import { parseContentType } from './media-type.js';
import { MultipartParser } from './multipart.js';
import { Pieces, wholeOf } from './pieces.js';
import { Spool } from './spool.js';

/** A request body on its way. */
export interface BodyReading {
  /** Resolves once nothing more is to be waited for. Never rejects: `take` tells what went wrong. */
  readonly over: Promise<void>;
  /**
   * The body, once the reading is over.
   *
   * @throws HTTPError 413 when it is larger than `limits.maxBody`, announced or not, or a form larger than its limits;
   *   400 when it ends early, or is a malformed form; 431 when the headers of a form's part are too large.
   */
  take(): Body;
}

/**
 * Reads the body of an exchange. A multipart form is taken apart as it arrives.
 *
 * @param maxBody a larger body is refused, in bytes. Default: as the limits say.
 *
 * Nothing is left of a body that was refused, or did not arrive as a whole.
 */
export function readBody(exchange: Exchange, limits: BodyLimits, maxBody: number = limits.maxBody): BodyReading {
  const reader = new BodyReader(exchange, limits, maxBody, announcedLength(exchange));
  reader.start();
  return reader;
}

function isMultipart(exchange: Exchange): boolean {
  return parseContentType(exchange.header('content-type')).type === 'multipart/form-data';
}

/** What becomes of the bytes of a body that is more than one piece to be kept in memory. What `take` throws refuses the body. */
interface Taker {
  take(chunk: Uint8Array): void;
  finish(): Body | Promise<Body>;
  discard(): void;
}

/** Reads a body within its limit, up to its end. */
class BodyReader implements BodySink, BodyReading {
  readonly over: Promise<void>;
  #settle!: () => void;
  readonly #exchange: Exchange;
  readonly #limits: BodyLimits;
  readonly #maxBody: number;
  readonly #length: number | undefined;
  #size = 0;
  /** All that has come, while that is one piece. Most bodies are never more. */
  #only: Buffer | undefined = undefined;
  #taker: Taker | undefined = undefined;
  #isOver = false;
  #body: Body | undefined = undefined;
  #failure: unknown = undefined;

  constructor(exchange: Exchange, limits: BodyLimits, maxBody: number, length: number | undefined) {
    this.#exchange = exchange;
    this.#limits = limits;
    this.#maxBody = maxBody;
    this.#length = length;
    this.over = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  start(): void {
    const exchange = this.#exchange;
    const limits = this.#limits;
    if (this.#length !== undefined && this.#length > this.#maxBody) {
      this.#isOver = true;
      this.#fail(tooLarge(this.#maxBody));
      return;
    }
    try {
      if (isMultipart(exchange)) this.#taker = new FormTaker(exchange, limits, this.#spool());
      exchange.readBody(this);
    } catch (error) {
      this.#isOver = true;
      this.#fail(error);
    }
  }

  take(): Body {
    if (this.#body === undefined) throw this.#failure;
    return this.#body;
  }

  data(chunk: Uint8Array): void {
    if (this.#isOver) return;
    const limits = this.#limits;
    this.#size += chunk.length;
    try {
      if (this.#size > this.#maxBody) throw tooLarge(this.#maxBody);
      if (this.#taker !== undefined) this.#taker.take(chunk);
      else if (this.#size === chunk.length && this.#size <= limits.memfileMax) this.#only = wholeOf(chunk);
      else this.#takeMore(chunk);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** What comes turns out to be no single piece, or too much to be kept in memory. */
  #takeMore(chunk: Uint8Array): void {
    const first = this.#only;
    this.#only = undefined;
    this.#taker = new PlainTaker(this.#limits, () => this.#spool());
    if (first !== undefined) this.#taker.take(first);
    this.#taker.take(chunk);
  }

  end(): void {
    if (this.#isOver) return;
    if (this.#length !== undefined && this.#size < this.#length) {
      this.error(undefined);
      return;
    }
    this.#isOver = true;
    if (this.#taker === undefined) {
      this.#arrive(new Body(this.#only ?? NOTHING, this.#limits));
      return;
    }
    const body = this.#taker.finish();
    if (body instanceof Body) this.#arrive(body);
    else {
      body.then(
        (stored) => this.#arrive(stored),
        (error: unknown) => this.#fail(error),
      );
    }
  }

  error(cause: unknown): void {
    this.#refuse(endedEarly(cause));
  }

  /** A spool for this body, which makes the client wait while there is much to be written. */
  #spool(): Spool {
    const exchange = this.#exchange;
    const limits = this.#limits;
    return new Spool({
      memory: limits.memfileMax,
      tempDir: limits.tempDir,
      full: () => exchange.pauseBody(),
      drained: () => {
        if (!this.#isOver) exchange.resumeBody();
      },
      failed: (error) => this.#refuse(error),
    });
  }

  /** Ends the reading. The rest of the body is the server's affair: it drains it, or closes the connection. */
  #refuse(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exchange.pauseBody();
    this.#exchange.dropBody();
    this.#only = undefined;
    this.#taker?.discard();
    this.#fail(error);
  }

  #arrive(body: Body): void {
    this.#body = body;
    this.#settle();
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#settle();
  }
}

const NOTHING = Buffer.alloc(0);

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

  take(chunk: Uint8Array): void {
    if (this.#spool !== undefined) {
      this.#spool.write(chunk);
      return;
    }
    this.#pieces.push(chunk, true);
    if (this.#pieces.length <= this.#limits.memfileMax) return;
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

  constructor(exchange: Exchange, limits: BodyLimits, spool: Spool) {
    this.#limits = limits;
    const contentType = exchange.header('content-type') as string;
    const { boundary } = parseContentType(contentType).parameters;
    this.#spool = spool;
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
