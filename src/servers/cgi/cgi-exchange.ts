import type { BodySink, Exchange } from '../../http/gateway/exchange.js';
import { reasonPhrase } from '../../http/fields/status.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import {
  type CgiRequest,
  type CgiSettings,
  type CgiVariables,
  headerOf,
  headersOf,
  readVariables,
  withoutProxy,
} from './cgi-variables.js';

/** The two streams of a CGI request, wherever they come from: the process's own, or a FastCGI connection. */
export interface CgiPipe {
  /** Starts to deliver the body; at its end, or after `length` bytes of it, comes `sink.end()`. */
  read(sink: BodySink, length: number | undefined): void;
  pause(): void;
  resume(): void;
  /** Nobody wants the rest of the body. */
  drop(): void;
  /** `false` asks to wait for `onDrain`. */
  write(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
  /** The response is complete. */
  end(last?: Buffer): void;
  /** The response will never be: whoever reads it must notice. */
  cut(): void;
  /** Calls once if nobody reads the response any more. */
  onClose(listener: () => void): void;
}

/** Of one connection only, which the web server sets for its own (RFC 9110 §7.6.1). */
const OF_CONNECTION = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|status)$/i;

/** The gateway interface over CGI's variables and streams (RFC 3875), which FastCGI has taken over. */
export class CgiExchange implements Exchange {
  readonly #variables: CgiVariables;
  readonly #request: CgiRequest;
  readonly #pipe: CgiPipe;
  #isReading = false;
  #hasBegun = false;
  #isOver = false;
  readonly environ: CgiVariables;
  readonly stopping: Stopping;

  constructor(variables: CgiVariables, pipe: CgiPipe, stopping: Stopping, settings: CgiSettings) {
    this.environ = withoutProxy(variables);
    this.#variables = this.environ;
    this.#request = readVariables(this.environ, settings);
    this.#pipe = pipe;
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
    return headerOf(this.#variables, name);
  }

  rawHeaders(): readonly string[] {
    return headersOf(this.#variables);
  }

  get hasBody(): boolean {
    return this.#request.hasBody;
  }

  readBody(sink: BodySink): void {
    this.#isReading = true;
    if (this.hasBody) this.#pipe.read(sink, this.#request.length);
    else sink.end();
  }

  pauseBody(): void {
    this.#pipe.pause();
  }

  resumeBody(): void {
    this.#pipe.resume();
  }

  dropBody(): void {
    this.#pipe.drop();
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    // A web server may insist on handing over all of the body before it takes the answer.
    if (!this.#isReading) this.#pipe.drop();
    const head = toBuffer(headText(status, reason, headers));
    this.#finish(body === null ? head : Buffer.concat([head, toBuffer(body)]));
  }

  begin(status: number, reason: string, headers: string[]): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#pipe.write(toBuffer(headText(status, reason, headers)));
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#isOver || this.#pipe.write(toBuffer(chunk));
  }

  onDrain(listener: () => void): void {
    this.#pipe.onDrain(listener);
  }

  end(): void {
    if (!this.#isOver) this.#finish();
  }

  #finish(last?: Buffer): void {
    this.#isOver = true;
    this.#pipe.end(last);
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pipe.cut();
  }

  onClose(listener: () => void): void {
    this.#pipe.onClose(() => {
      if (!this.#isOver) listener();
    });
  }
}

/** The head of a CGI response (RFC 3875 §6.3). It always has a status, without which a `Location` would have a meaning of its own. */
function headText(status: number, reason: string, headers: readonly string[]): string {
  let text = `Status: ${status} ${reason === '' ? reasonPhrase(status) : reason}\r\n`;
  for (let i = 0; i < headers.length; i += 2) {
    if (!OF_CONNECTION.test(headers[i] as string)) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  }
  return `${text}\r\n`;
}

function toBuffer(chunk: string | Uint8Array): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8');
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
