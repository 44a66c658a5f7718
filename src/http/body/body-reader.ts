import { Body, type BodyLimits } from './body.js';
import { announcedLength, endedEarly, tooLarge } from './body-stream.js';
import type { BodySink, Exchange } from '../gateway/exchange.js';
import { parseContentType } from '../fields/media-type.js';
import { LateModule } from '../../support/late-module.js';
import { Pieces, wholeOf } from './chunks.js';
import type { SpoolOptions } from './spool.js';
import type { BodyTaker } from './stored-body.js';
import { isThenable } from '../../support/value-kinds.js';

/** Most programs never get a form with files, or a body that is too large for memory. */
const storing = new LateModule(() => import('./stored-body.js'));

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
  #taker: BodyTaker | undefined = undefined;
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
    if (this.#length !== undefined && this.#length > this.#maxBody) {
      this.#isOver = true;
      this.#fail(tooLarge(this.#maxBody));
      return;
    }
    try {
      if (isMultipart(exchange)) this.#taker = this.#storedForm(exchange.header('content-type') as string);
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
    this.#taker = new PlainTaker(this.#limits, () => this.#stored());
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

  /** Takes a multipart form apart. */
  #storedForm(contentType: string): BodyTaker {
    const flow = this.#flow();
    return this.#late(
      storing.use(({ FormTaker }) => new FormTaker(contentType, this.#limits, this.#spooling(flow))),
      flow,
    );
  }

  /** Takes what is too much for memory. */
  #stored(): BodyTaker {
    const flow = this.#flow();
    return this.#late(
      storing.use(({ SpoolTaker }) => new SpoolTaker(this.#limits, this.#spooling(flow))),
      flow,
    );
  }

  #late(taker: BodyTaker | Promise<BodyTaker>, flow: Flow): BodyTaker {
    return isThenable(taker) ? new LateTaker(taker, flow, (error) => this.#refuse(error)) : taker;
  }

  #flow(): Flow {
    return new Flow(this.#exchange, () => this.#isOver);
  }

  /** How a body is stored: the client waits while there is much to be written. */
  #spooling(flow: Flow): SpoolOptions {
    return {
      memory: this.#limits.memfileMax,
      tempDir: this.#limits.tempDir,
      full: () => flow.hold(),
      drained: () => flow.release(),
      failed: (error) => this.#refuse(error),
    };
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

/** Makes the client wait for as long as anybody asks for it. */
class Flow {
  readonly #exchange: Exchange;
  readonly #isOver: () => boolean;
  #holders = 0;

  constructor(exchange: Exchange, isOver: () => boolean) {
    this.#exchange = exchange;
    this.#isOver = isOver;
  }

  hold(): void {
    this.#holders++;
    if (this.#holders === 1) this.#exchange.pauseBody();
  }

  release(): void {
    this.#holders--;
    if (this.#holders === 0 && !this.#isOver()) this.#exchange.resumeBody();
  }
}

/** Stands for a taker whose code is being loaded. Keeps what arrives meanwhile, which is little, since the client has to wait. */
class LateTaker implements BodyTaker {
  readonly #flow: Flow;
  readonly #loading: Promise<BodyTaker>;
  #taker: BodyTaker | undefined = undefined;
  #chunks: Uint8Array[] = [];
  #isDiscarded = false;

  /** @param refuse Told of what loading throws, or what the taker throws at what has arrived meanwhile. */
  constructor(taker: Promise<BodyTaker>, flow: Flow, refuse: (error: unknown) => void) {
    this.#flow = flow;
    this.#loading = taker.then((loaded) => this.#use(loaded));
    this.#loading.catch(refuse);
  }

  #use(taker: BodyTaker): BodyTaker {
    if (this.#isDiscarded) {
      taker.discard();
      return taker;
    }
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#taker = taker;
    try {
      for (const chunk of chunks) taker.take(chunk);
    } catch (error) {
      taker.discard();
      throw error;
    }
    if (chunks.length > 0) this.#flow.release();
    return taker;
  }

  take(chunk: Uint8Array): void {
    if (this.#taker !== undefined) {
      this.#taker.take(chunk);
      return;
    }
    if (this.#chunks.length === 0) this.#flow.hold();
    this.#chunks.push(chunk);
  }

  async finish(): Promise<Body> {
    return (await this.#loading).finish();
  }

  discard(): void {
    this.#isDiscarded = true;
    this.#chunks = [];
    this.#taker?.discard();
  }
}

/** Takes a body as it is. */
class PlainTaker implements BodyTaker {
  readonly #limits: BodyLimits;
  readonly #makeStore: () => BodyTaker;
  readonly #pieces = new Pieces();
  #store: BodyTaker | undefined;

  constructor(limits: BodyLimits, makeStore: () => BodyTaker) {
    this.#limits = limits;
    this.#makeStore = makeStore;
  }

  take(chunk: Uint8Array): void {
    if (this.#store !== undefined) {
      this.#store.take(chunk);
      return;
    }
    this.#pieces.push(chunk, true);
    if (this.#pieces.length <= this.#limits.memfileMax) return;
    this.#store = this.#makeStore();
    for (const one of this.#pieces.take()) this.#store.take(one);
  }

  finish(): Body | Promise<Body> {
    return this.#store === undefined ? new Body(this.#pieces.drain(), this.#limits) : this.#store.finish();
  }

  discard(): void {
    this.#pieces.take();
    this.#store?.discard();
  }
}
