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
import { toBuffer } from '../../support/bytes.js';
import { ParsedExchange } from '../parsed-exchange.js';

/** The two streams of a CGI request: those of the process, or those of a FastCGI connection. */
export interface CgiPipe {
  /** Starts to deliver the body. At its end, or after `length` bytes, it calls `sink.end()`. */
  read(sink: BodySink, length: number | undefined): void;
  pause(): void;
  resume(): void;
  /** Discards the rest of the body. */
  drop(): void;
  /** Returns false when the caller should wait for `onDrain`. */
  write(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
  /** Completes the response. */
  end(lastChunk?: Buffer): void;
  /** Aborts the response, so that its reader notices that it is incomplete. */
  cut(): void;
  /** Calls the listener once when nobody reads the response any more. */
  onClose(listener: () => void): void;
}

/** Connection-specific headers. The web server sets them for its own connection (RFC 9110 §7.6.1). */
const CONNECTION_HEADERS = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|status)$/i;

/** The gateway interface over CGI's variables and streams (RFC 3875). FastCGI uses the same variables. */
export class CgiExchange extends ParsedExchange<CgiVariables> implements Exchange {
  readonly #request: CgiRequest;
  readonly #pipe: CgiPipe;
  #isReading = false;
  #hasBegun = false;
  #isDone = false;

  constructor(variables: CgiVariables, pipe: CgiPipe, stopping: Stopping, settings: CgiSettings) {
    const environ = withoutProxy(variables);
    const request = readVariables(environ, settings);
    super(request, environ, stopping);
    this.#request = request;
    this.#pipe = pipe;
  }

  header(name: string): string | undefined {
    return headerOf(this.environ, name);
  }

  rawHeaders(): readonly string[] {
    return headersOf(this.environ);
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
    // Some web servers accept the answer only after they have sent the whole body.
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
    return this.#isDone || this.#pipe.write(toBuffer(chunk));
  }

  onDrain(listener: () => void): void {
    this.#pipe.onDrain(listener);
  }

  end(): void {
    if (!this.#isDone) this.#finish();
  }

  #finish(lastChunk?: Buffer): void {
    this.#isDone = true;
    this.#pipe.end(lastChunk);
  }

  destroy(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#pipe.cut();
  }

  onClose(listener: () => void): void {
    this.#pipe.onClose(() => {
      if (!this.#isDone) listener();
    });
  }
}

/** The head of a CGI response (RFC 3875 §6.3). It always contains a status: without one, `Location` has a special meaning. */
function headText(status: number, reason: string, headers: readonly string[]): string {
  let text = `Status: ${status} ${reason === '' ? reasonPhrase(status) : reason}\r\n`;
  for (let i = 0; i < headers.length; i += 2) {
    if (!CONNECTION_HEADERS.test(headers[i] as string)) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  }
  return `${text}\r\n`;
}
