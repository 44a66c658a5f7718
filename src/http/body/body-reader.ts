import { Body, type BodyLimits } from './body.js';
import { declaredLength, incompleteBody, bodyTooLarge } from './body-stream.js';
import { HTTPError } from '../http-error.js';
import type { BodySink, Exchange } from '../gateway/exchange.js';
import { parseContentType } from '../fields/media-type.js';
import { LateModule } from '../../support/late-module.js';
import { ChunkList, compactBuffer } from './chunks.js';
import type { SpoolOptions } from './spool.js';
import type { BodyCollector } from './stored-body.js';
import { isThenable } from '../../support/value-kinds.js';

/** Loaded on first use: most programs never receive a form with files, or a body that is too large for memory. */
const storedBodies = new LateModule(() => import('./stored-body.js'));

/** The reading of a request body. */
export interface BodyReading {
  /** Resolves when the reading has ended. Never rejects: `result` throws the error. */
  readonly done: Promise<void>;
  /**
   * The body, after `done` has resolved.
   *
   * @throws HTTPError 413 for a body larger than `limits.maxBody`, declared or not, or a form larger than its limits;
   *   400 for an incomplete body or a malformed form; 431 when the headers of a form's part are too large.
   */
  result(): Body;
}

/**
 * Reads the body of an exchange. A multipart form is parsed as it arrives. The data of a rejected or incomplete body is deleted.
 *
 * @param maxBody a larger body is rejected, in bytes. Default: the limit in `limits`.
 */
export function readBody(exchange: Exchange, limits: BodyLimits, maxBody: number = limits.maxBody): BodyReading {
  const reader = new BodyReader(exchange, limits, maxBody, declaredLength(exchange));
  reader.start();
  return reader;
}

function isMultipart(exchange: Exchange): boolean {
  return parseContentType(exchange.header('content-type')).type === 'multipart/form-data';
}

/** Reads a body up to its end or its limit. */
class BodyReader implements BodySink, BodyReading {
  readonly done: Promise<void>;
  #resolveDone!: () => void;
  readonly #exchange: Exchange;
  readonly #limits: BodyLimits;
  readonly #maxBody: number;
  readonly #length: number | undefined;
  #size = 0;
  /** The body so far, if it is a single chunk. Most bodies are. */
  #firstChunk: Buffer | undefined = undefined;
  #collector: BodyCollector | undefined = undefined;
  #isDone = false;
  #body: Body | undefined = undefined;
  #failure: unknown = undefined;

  constructor(exchange: Exchange, limits: BodyLimits, maxBody: number, length: number | undefined) {
    this.#exchange = exchange;
    this.#limits = limits;
    this.#maxBody = maxBody;
    this.#length = length;
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  start(): void {
    const exchange = this.#exchange;
    if (this.#length !== undefined && this.#length > this.#maxBody) {
      this.#isDone = true;
      this.#fail(bodyTooLarge(this.#maxBody));
      return;
    }
    try {
      if (isMultipart(exchange)) this.#collector = this.#formCollector(exchange.header('content-type') as string);
      exchange.readBody(this);
    } catch (error) {
      this.#isDone = true;
      this.#fail(error);
    }
  }

  result(): Body {
    if (this.#body === undefined) throw this.#failure;
    return this.#body;
  }

  data(chunk: Uint8Array): void {
    if (this.#isDone) return;
    const limits = this.#limits;
    this.#size += chunk.length;
    try {
      if (this.#size > this.#maxBody) throw bodyTooLarge(this.#maxBody);
      if (this.#collector !== undefined) this.#collector.write(chunk);
      else if (this.#size === chunk.length && this.#size <= limits.memfileMax) this.#firstChunk = compactBuffer(chunk);
      else this.#collect(chunk);
    } catch (error) {
      this.#abort(error);
    }
  }

  /** Handles bodies of several chunks, and bodies that are too large for memory. */
  #collect(chunk: Uint8Array): void {
    const first = this.#firstChunk;
    this.#firstChunk = undefined;
    this.#collector = new PlainCollector(this.#limits, () => this.#spoolCollector());
    if (first !== undefined) this.#collector.write(first);
    this.#collector.write(chunk);
  }

  end(): void {
    if (this.#isDone) return;
    if (this.#length !== undefined && this.#size < this.#length) {
      this.error(undefined);
      return;
    }
    this.#isDone = true;
    if (this.#collector === undefined) {
      this.#succeed(new Body(this.#firstChunk ?? EMPTY, this.#limits));
      return;
    }
    const body = this.#collector.finish();
    if (body instanceof Body) this.#succeed(body);
    else this.#settleLater(body);
  }

  #settleLater(body: Promise<Body>): void {
    body.then(
      (stored) => this.#succeed(stored),
      (error: unknown) => this.#fail(error),
    );
  }

  error(cause: unknown): void {
    this.#abort(cause instanceof HTTPError ? cause : incompleteBody(cause));
  }

  #formCollector(contentType: string): BodyCollector {
    const flow = this.#flowControl();
    return this.#whenLoaded(
      storedBodies.use(({ FormCollector }) => new FormCollector(contentType, this.#limits, this.#spoolOptions(flow))),
      flow,
    );
  }

  #spoolCollector(): BodyCollector {
    const flow = this.#flowControl();
    return this.#whenLoaded(
      storedBodies.use(({ SpoolCollector }) => new SpoolCollector(this.#limits, this.#spoolOptions(flow))),
      flow,
    );
  }

  #whenLoaded(collector: BodyCollector | Promise<BodyCollector>, flow: FlowControl): BodyCollector {
    return isThenable(collector) ? new LazyCollector(collector, flow, (error) => this.#abort(error)) : collector;
  }

  #flowControl(): FlowControl {
    return new FlowControl(this.#exchange, () => this.#isDone);
  }

  /** Pauses the client while many bytes wait to be written. */
  #spoolOptions(flow: FlowControl): SpoolOptions {
    return {
      maxMemory: this.#limits.memfileMax,
      tempDir: this.#limits.tempDir,
      onFull: () => flow.pause(),
      onDrain: () => flow.resume(),
      onError: (error) => this.#abort(error),
    };
  }

  /** Ends the reading. The server drains the rest of the body, or closes the connection. */
  #abort(error: unknown): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#exchange.pauseBody();
    this.#exchange.dropBody();
    this.#firstChunk = undefined;
    this.#collector?.discard();
    this.#fail(error);
  }

  #succeed(body: Body): void {
    this.#body = body;
    this.#resolveDone();
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#resolveDone();
  }
}

const EMPTY = Buffer.alloc(0);

/** Pauses the client while at least one caller needs it. */
class FlowControl {
  readonly #exchange: Exchange;
  readonly #isDone: () => boolean;
  #pauses = 0;

  constructor(exchange: Exchange, isOver: () => boolean) {
    this.#exchange = exchange;
    this.#isDone = isOver;
  }

  pause(): void {
    this.#pauses++;
    if (this.#pauses === 1) this.#exchange.pauseBody();
  }

  resume(): void {
    this.#pauses--;
    if (this.#pauses === 0 && !this.#isDone()) this.#exchange.resumeBody();
  }
}

/** Wraps a collector whose code is being loaded. Buffers the chunks that arrive before that; the client is paused. */
class LazyCollector implements BodyCollector {
  readonly #flow: FlowControl;
  readonly #loading: Promise<BodyCollector>;
  #collector: BodyCollector | undefined = undefined;
  #chunks: Uint8Array[] = [];
  #isDiscarded = false;

  /** @param onError receives errors of loading, and errors of the collector for the buffered chunks. */
  constructor(collector: Promise<BodyCollector>, flow: FlowControl, onError: (error: unknown) => void) {
    this.#flow = flow;
    this.#loading = collector.then((loaded) => this.#attach(loaded));
    this.#loading.catch(onError);
  }

  #attach(collector: BodyCollector): BodyCollector {
    if (this.#isDiscarded) {
      collector.discard();
      return collector;
    }
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#collector = collector;
    try {
      for (const chunk of chunks) collector.write(chunk);
    } catch (error) {
      collector.discard();
      throw error;
    }
    if (chunks.length > 0) this.#flow.resume();
    return collector;
  }

  write(chunk: Uint8Array): void {
    if (this.#collector !== undefined) {
      this.#collector.write(chunk);
      return;
    }
    if (this.#chunks.length === 0) this.#flow.pause();
    this.#chunks.push(chunk);
  }

  async finish(): Promise<Body> {
    return (await this.#loading).finish();
  }

  discard(): void {
    this.#isDiscarded = true;
    this.#chunks = [];
    this.#collector?.discard();
  }
}

/** Collects a body without parsing it. Moves it to a store when it exceeds `memfileMax`. */
class PlainCollector implements BodyCollector {
  readonly #limits: BodyLimits;
  readonly #createStore: () => BodyCollector;
  readonly #chunks = new ChunkList();
  #store: BodyCollector | undefined;

  constructor(limits: BodyLimits, makeStore: () => BodyCollector) {
    this.#limits = limits;
    this.#createStore = makeStore;
  }

  write(chunk: Uint8Array): void {
    if (this.#store !== undefined) {
      this.#store.write(chunk);
      return;
    }
    this.#chunks.push(chunk, true);
    if (this.#chunks.length <= this.#limits.memfileMax) return;
    this.#store = this.#createStore();
    for (const one of this.#chunks.drain()) this.#store.write(one);
  }

  finish(): Body | Promise<Body> {
    return this.#store === undefined ? new Body(this.#chunks.drainToBuffer(), this.#limits) : this.#store.finish();
  }

  discard(): void {
    this.#chunks.drain();
    this.#store?.discard();
  }
}
