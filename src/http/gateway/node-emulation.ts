import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex, type Readable } from 'node:stream';
import type { Exchange } from './exchange.js';
import { ResponseHead } from './response-head.js';

/** The arguments of a `node:http` handler. */
export interface NodePair {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Creates a `node:http` request and response over any exchange, for `node:http` handlers in process, on fetch runtimes, and on other
 * servers.
 *
 * They are Node's own objects, because frameworks such as Express change their prototypes. Only the socket is emulated. Node writes
 * HTTP/1.0 to it, which has no framing, so that the body can be forwarded unchanged.
 *
 * @param url the value of `request.url`.
 * @param body the unread body of the request.
 */
export function nodePair(exchange: Exchange, url: string, body: Readable): NodePair {
  // Loaded on first use, because some runtimes load it slowly or do not have it.
  const http = process.getBuiltinModule('node:http');
  const emulated = new EmulatedSocket(exchange);
  const socket = emulated as unknown as Socket;
  const request = new http.IncomingMessage(socket);
  const [major, minor = 0] = exchange.httpVersion.split('.').map(Number);
  const version = { httpVersion: exchange.httpVersion, httpVersionMajor: major, httpVersionMinor: minor };
  const rawHeaders = rawHeadersOf(exchange);
  Object.assign(request, version, { method: exchange.method, url, rawHeaders, headers: headersOf(exchange, rawHeaders) });
  pipeBody(request, body);

  const http10Request = { method: exchange.method, httpVersionMajor: 1, httpVersionMinor: 0, headers: {} };
  const response = new http.ServerResponse(http10Request as IncomingMessage);
  // The outer server frames the body, even if a handler enables chunked encoding.
  Object.defineProperty(response, 'chunkedEncoding', { get: () => false, set: () => undefined });
  response.sendDate = false;
  Object.assign(response, { req: request });
  response.assignSocket(socket);
  emulated.on('drain', () => response.emit('drain'));
  response.once('finish', () => emulated.finish());
  exchange.onClose(() => {
    request.destroy();
    emulated.destroy();
  });
  return { request, response };
}

function rawHeadersOf(exchange: Exchange): string[] {
  const raw = [...exchange.rawHeaders()];
  // HTTP/2 and fetch bodies may have no framing header. Body parsers for node:http require one.
  const isAnnounced = exchange.header('content-length') !== undefined || exchange.header('transfer-encoding') !== undefined;
  if (exchange.hasBody && !isAnnounced) raw.push('transfer-encoding', 'chunked');
  return raw;
}

/** The headers by lower-case name. Repeated headers are joined as in Node. */
function headersOf(exchange: Exchange, raw: readonly string[]): Record<string, string> {
  const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] as string] as const] : []));
  return Object.fromEntries(pairs.map(([name, value]) => [name, exchange.header(name) ?? value]));
}

/** Pipes a body into a message, from the first read on and with back-pressure. */
function pipeBody(request: IncomingMessage, body: Readable): void {
  let started = false;
  request._read = () => {
    if (started) {
      body.resume();
      return;
    }
    started = true;
    body.on('data', (chunk: Uint8Array) => {
      if (!request.push(chunk)) body.pause();
    });
    body.on('end', () => {
      request.complete = true;
      request.push(null);
    });
    body.on('error', (error: Error) => request.destroy(error));
  };
}

/** Emulates the socket of a response. Forwards the bytes that Node writes to the exchange. */
class EmulatedSocket extends Duplex {
  readonly #exchange: Exchange;
  readonly #head = new ResponseHead();
  /** Whether the answer has been sent or aborted. */
  #isDone = false;
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: string | undefined;
  readonly remotePort = undefined;
  readonly encrypted: boolean;

  constructor(exchange: Exchange) {
    super({ autoDestroy: false });
    this.#exchange = exchange;
    const address = exchange.remoteAddress;
    this.remoteAddress = address;
    if (address !== undefined) this.remoteFamily = address.includes(':') ? 'IPv6' : 'IPv4';
    this.encrypted = exchange.secure;
    // A handler that destroys a response with an error has handled it. Without a listener, the process would end.
    this.on('error', () => undefined);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#isDone || this.#forward(chunk)) done();
    else this.#exchange.onDrain(done);
  }

  /** Forwards a chunk. Returns false if the caller has to wait for drain. */
  #forward(chunk: Buffer): boolean {
    const head = this.#head;
    if (head.isComplete) return this.#exchange.write(chunk);
    const body = head.push(chunk);
    if (body === undefined) return true;
    const bodiless = this.#exchange.method === 'HEAD' || head.status === 204 || head.status === 304;
    if (bodiless || head.length === body.length) {
      this.#isDone = true;
      this.#exchange.send(head.status, head.reason, head.headers, bodiless ? null : body);
      return true;
    }
    this.#exchange.begin(head.status, head.reason, head.headers);
    return body.length === 0 || this.#exchange.write(body);
  }

  /** Called when Node has written the complete response. */
  finish(): void {
    if (!this.#isDone) this.#exchange.end();
    this.#isDone = true;
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#isDone) this.#exchange.destroy();
    this.#isDone = true;
    done(error);
  }

  // Socket methods that handlers call. They have no effect here.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  address(): object {
    return {};
  }
}
