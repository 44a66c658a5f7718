import type { BodySink, Exchange } from '../../http/gateway/exchange.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import { type LambdaRequest, valueOf } from './events.js';
import { toBuffer } from '../../support/bytes.js';
import { ParsedExchange } from '../parsed-exchange.js';

/** Receives the answer to an invocation. */
export interface LambdaReply {
  /** The complete answer. */
  whole(status: number, headers: readonly string[], body: Buffer): void;
  /** The head of an answer whose body follows in chunks. Then `chunk` is called for each chunk, and finally `end` or `cut`. */
  head(status: number, headers: readonly string[]): void;
  chunk(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
  end(): void;
  /** The answer will never be complete. */
  cut(): void;
  onClose(listener: () => void): void;
}

/** The gateway interface over an invocation. Its body is available from the beginning. */
export class LambdaExchange extends ParsedExchange<unknown> implements Exchange {
  readonly #request: LambdaRequest;
  readonly #reply: LambdaReply;
  #hasBegun = false;
  #isDone = false;
  #sink: BodySink | undefined;
  #isPaused = false;

  /** @param environ the value of `request.environ`: `{ event, context }`. */
  constructor(request: LambdaRequest, reply: LambdaReply, environ: unknown, stopping?: Stopping) {
    super(request, environ, stopping);
    this.#request = request;
    this.#reply = reply;
  }

  header(name: string): string | undefined {
    return valueOf(this.#request.headers, name);
  }

  rawHeaders(): readonly string[] {
    return this.#request.headers;
  }

  get hasBody(): boolean {
    return this.#request.body.length > 0;
  }

  readBody(sink: BodySink): void {
    this.#sink = sink;
    sink.data(this.#request.body);
    if (!this.#isPaused) this.#endBody();
  }

  #endBody(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end();
  }

  pauseBody(): void {
    this.#isPaused = true;
  }

  resumeBody(): void {
    this.#isPaused = false;
    this.#endBody();
  }

  dropBody(): void {
    this.#sink = undefined;
  }

  send(status: number, _reason: string, headers: string[], body: string | Uint8Array | null): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#isDone = true;
    this.#reply.whole(status, headers, body === null ? Buffer.alloc(0) : toBuffer(body));
  }

  begin(status: number, _reason: string, headers: string[]): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#reply.head(status, headers);
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#isDone || this.#reply.chunk(toBuffer(chunk));
  }

  onDrain(listener: () => void): void {
    this.#reply.onDrain(listener);
  }

  end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#reply.end();
  }

  destroy(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#reply.cut();
  }

  onClose(listener: () => void): void {
    this.#reply.onClose(() => {
      if (!this.#isDone) listener();
    });
  }
}
