import type { BodySink, Exchange } from '../../http/gateway/exchange.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import { type LambdaRequest, valueOf } from './events.js';

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
export class LambdaExchange implements Exchange {
  readonly #request: LambdaRequest;
  readonly #reply: LambdaReply;
  #hasBegun = false;
  #isDone = false;
  #sink: BodySink | undefined;
  #isPaused = false;
  readonly environ: unknown;
  readonly stopping: Stopping | undefined;

  /** @param environ the value of `request.environ`: `{ event, context }`. */
  constructor(request: LambdaRequest, reply: LambdaReply, environ: unknown, stopping?: Stopping) {
    this.#request = request;
    this.#reply = reply;
    this.environ = environ;
    this.stopping = stopping;
  }

  get method(): string {
    return this.#request.method;
  }

  get target(): string {
    return this.#request.target;
  }

  get scriptName(): string {
    return this.#request.scriptName;
  }

  get httpVersion(): string {
    return this.#request.httpVersion;
  }

  get secure(): boolean {
    return this.#request.secure;
  }

  get remoteAddress(): string | undefined {
    return this.#request.remoteAddress;
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

function toBuffer(chunk: string | Uint8Array): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8');
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
