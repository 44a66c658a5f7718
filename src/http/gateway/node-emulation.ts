import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex, type Readable } from 'node:stream';
import type { Exchange } from './exchange.js';
import { ResponseHead } from './response-head.js';

/** Where a `node:http` handler believes that it is. */
export interface NodePair {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * A `node:http` request and response over any gateway, for handlers that know nothing else: in process, on `fetch` runtimes, on
 * servers that are not `node:http`.
 *
 * They are node's own objects, because frameworks such as Express change their prototypes. Only the socket is made up: node
 * writes HTTP/1.0 into it, the form without framing, so that all but the head passes on as it is.
 *
 * @param url What the handler sees as `request.url`.
 * @param body The body of the request, unread.
 */
export function nodePair(exchange: Exchange, url: string, body: Readable): NodePair {
  // Loaded here because no other part of the core needs it, and some runtimes are slow to load it, or have none.
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
  // Even if a handler asks for chunks by hand: framing is the outer server's affair.
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
  // Elsewhere a body needs no header to announce it; parsers of this world look for one.
  const isAnnounced = exchange.header('content-length') !== undefined || exchange.header('transfer-encoding') !== undefined;
  if (exchange.hasBody && !isAnnounced) raw.push('transfer-encoding', 'chunked');
  return raw;
}

/** The headers by their lower-case names, repeated ones joined as node joins them. */
function headersOf(exchange: Exchange, raw: readonly string[]): Record<string, string> {
  const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] as string] as const] : []));
  return Object.fromEntries(pairs.map(([name, value]) => [name, exchange.header(name) ?? value]));
}

/** Lets a message deliver a body, from when it is first read, as fast as it is read. */
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

/** The far end of a connection that is not there: takes what node writes, and passes it to the exchange. */
class EmulatedSocket extends Duplex {
  readonly #exchange: Exchange;
  readonly #head = new ResponseHead();
  /** Whether the exchange has got its answer, or the rest of it has been given up. */
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
    // Who destroys a response with an error has dealt with it; there is no server here to tell.
    this.on('error', () => undefined);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#isDone || this.#forward(chunk)) done();
    else this.#exchange.onDrain(done);
  }

  /** Passes a piece on. False: there is no room for more at the moment. */
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

  /** Everything was written. */
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

  // What handlers ask of sockets, and what has no meaning here.
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
