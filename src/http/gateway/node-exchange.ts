import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodySink, Exchange } from './exchange.js';
import { BAD_FRAMING, BAD_HOST, CHUNKED_TWICE, type Refusal, TWO_HOSTS, UNKNOWN_CODING } from './framing.js';
import { isValidHost } from './host.js';
import { type Stopping, stoppingOf } from './stopping.js';
import { DRAIN_BYTES, interruptedBody, unavailableBody } from './unread-body.js';

/** How long a closing connection stays open so that the client can read the answer, in milliseconds. */
const LINGER_TIMEOUT = 1_000;
const SLASH = 0x2f;

/** Discards a body. */
const DISCARD: BodySink = { data: () => undefined, end: () => undefined, error: () => undefined };

/** Requests whose `100 Continue` has not been sent. */
const deferredContinue = new WeakSet<IncomingMessage>();

/** Defers `100 Continue` until the body is read (RFC 9110 §10.1.1). */
export function deferContinue(request: IncomingMessage): void {
  deferredContinue.add(request);
}

/** A request that delivers its body to a sink without a stream. Requests of our own server implement it. */
export interface DirectBody {
  /** Delivers the body to a sink, from its beginning. Returns `false` if the body has to be read as a stream. */
  attachSink(sink: BodySink): boolean;
  /** Delivers the rest of the body to another sink. Returns `false` if no sink is attached. */
  replaceSink(sink: BodySink): boolean;
  pauseBody(): void;
  resumeBody(): void;
}

/**
 * Checks whether there is a body. Rejects requests that Node's parser accepts but that a front end may interpret differently: several
 * `Host` lines or an invalid one (RFC 9112 §3.2), and transfer codings other than `chunked`, which the app would receive undecoded (§6.1).
 *
 * This runs for every request. It therefore reads the raw list (Node builds its `headers` object on first use), and checks the length
 * of a name first.
 *
 * @returns whether there is a body, or the answer that rejects the request.
 */
export function readFraming(request: IncomingMessage): boolean | Refusal {
  const raw = request.rawHeaders;
  let hosts = 0;
  let codings = 0;
  let length: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 4) {
      if (name.toLowerCase() !== 'host') continue;
      if (++hosts > 1) return TWO_HOSTS;
      if (!isValidHost(raw[i + 1] as string)) return BAD_HOST;
    } else if (name.length === 14) {
      if (name.toLowerCase() === 'content-length') length ??= raw[i + 1];
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      // If chunked is not last, Node's parser answers 400.
      const value = (raw[i + 1] as string).trim().toLowerCase();
      // Node ignores an empty value. Other servers may interpret it differently.
      if (value === '') return BAD_FRAMING;
      if (value.endsWith('chunked') && /[^a-z]/.test(value.slice(0, -'chunked'.length))) return UNKNOWN_CODING;
      if (++codings > 1) return CHUNKED_TWICE;
    }
  }
  // The host of a target in absolute form replaces the header.
  const host = authority(request.url as string);
  if (host !== undefined && !isValidHost(host)) return BAD_HOST;
  if (codings > 0) return true;
  if (length !== undefined) return length !== '0';
  return request.httpVersionMajor > 1 && !request.readableEnded && !isBodiless(request.method);
}

/** The gateway interface over `node:http`'s request and response (also `https`). */
export class NodeExchange implements Exchange {
  readonly #request: IncomingMessage & Partial<DirectBody>;
  readonly #response: ServerResponse;
  #hasBody: boolean | undefined;
  #isReading = false;
  #isPaused = false;
  #isDropped = false;
  /** Whether the response is complete. The end of the connection is not an error then. */
  #hasEnded = false;

  /** @param hasBody the result of `readFraming`. Default: computed on first access. */
  constructor(request: IncomingMessage, response: ServerResponse, hasBody?: boolean) {
    this.#request = request;
    this.#response = response;
    this.#hasBody = hasBody;
  }

  get method(): string {
    return this.#request.method as string;
  }

  get target(): string {
    const target = this.#request.url as string;
    return target.charCodeAt(0) === SLASH ? target : originForm(target);
  }

  get httpVersion(): string {
    return this.#request.httpVersion;
  }

  get secure(): boolean {
    return (this.#request.socket as { encrypted?: boolean }).encrypted === true;
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  get environ(): IncomingMessage {
    return this.#request;
  }

  get stopping(): Stopping | undefined {
    return stoppingOf(this.#request);
  }

  /** The response object behind this exchange, for mounted `node:http` listeners. */
  get nodeResponse(): ServerResponse {
    return this.#response;
  }

  header(name: string): string | undefined {
    // The host of an absolute target overrides the header (RFC 9112 §3.2.2).
    if (name === 'host') return authority(this.#request.url as string) ?? this.#request.headers.host;
    return this.#request.headers[name] as string | undefined;
  }

  rawHeaders(): readonly string[] {
    const raw = this.#request.rawHeaders;
    const host = authority(this.#request.url as string);
    if (host === undefined) return raw;
    return raw.map((text, i) => (i % 2 === 1 && (raw[i - 1] as string).toLowerCase() === 'host' ? host : text));
  }

  get hasBody(): boolean {
    // Our own server passes the result to the constructor. Listeners on other servers do not.
    this.#hasBody ??= readFraming(this.#request) !== false;
    return this.#hasBody;
  }

  readBody(sink: BodySink): void {
    const request = this.#request;
    if (request.attachSink?.(sink)) {
      this.#isReading = true;
      if (deferredContinue.delete(request)) this.#response.writeContinue();
      return;
    }
    this.#readStream(sink);
  }

  /** Reads the body of a request that other code has begun to read as a stream, or of another server's request. */
  #readStream(sink: BodySink): void {
    const request = this.#request;
    let done = false;
    const fail = (error: Error) => {
      if (done) return;
      done = true;
      sink.error(error);
    };
    if (request.readableEnded || request.destroyed) {
      fail(unavailableBody());
      return;
    }
    this.#isReading = true;
    if (deferredContinue.delete(request)) this.#response.writeContinue();
    request.on('data', (chunk: Buffer) => {
      if (!this.#isDropped) sink.data(chunk);
    });
    request.on('end', () => {
      if (done) return;
      done = true;
      sink.end();
    });
    request.on('error', fail);
    request.on('close', () => {
      // `close` is always emitted. Creating an unused error is expensive because of its stack trace.
      if (!done) fail(interruptedBody());
    });
  }

  pauseBody(): void {
    this.#isPaused = true;
    if (this.#request.pauseBody === undefined) this.#request.pause();
    else this.#request.pauseBody();
  }

  resumeBody(): void {
    this.#isPaused = false;
    this.#resume();
  }

  #resume(): void {
    if (this.#request.resumeBody === undefined) this.#request.resume();
    else this.#request.resumeBody();
  }

  dropBody(): void {
    this.#isDropped = true;
    this.#request.replaceSink?.(DISCARD);
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    const response = this.#response;
    if (response.headersSent) return;
    const isUnread = !this.#request.complete && this.#isUnread(status);
    const isClosing = isUnread && !this.#canDrain();
    if (isClosing) response.shouldKeepAlive = false;
    this.begin(status, reason, headers);
    if (isClosing && !deferredContinue.has(this.#request)) {
      this.#linger(body);
      return;
    }
    if (isUnread) this.#resume();
    if (body === null) response.end();
    else response.end(body);
    this.#hasEnded = true;
  }

  /** Whether the rest of the body will not be read: reading has not begun, or the body was dropped, as for every error. */
  #isUnread(status: number): boolean {
    if (!this.hasBody) return false;
    if (this.#isReading && !this.#isDropped && !(this.#isPaused && status >= 400)) return false;
    this.#isDropped = true;
    return true;
  }

  /** Whether the rest of the body is short enough to drain it instead of closing the connection. */
  #canDrain(): boolean {
    if (deferredContinue.has(this.#request)) return false;
    const length = Number(this.#request.headers['content-length'] ?? Number.NaN);
    return length <= DRAIN_BYTES;
  }

  /**
   * Sends an answer while the client may still be sending (a lingering close). If the connection were closed at once, the system would
   * reset it, and the client could lose the answer (RFC 9112 §9.6).
   */
  #linger(body: string | Uint8Array | null): void {
    const request = this.#request;
    const response = this.#response;
    this.#hasEnded = true;
    if (body === null) response.flushHeaders();
    else response.write(body);
    let remaining = DRAIN_BYTES * 16;
    const end = (): void => {
      clearTimeout(deadline);
      request.off('data', count);
      response.end();
    };
    const count = (chunk: Buffer): void => {
      remaining -= chunk.length;
      if (remaining < 0) end();
    };
    const deadline = setTimeout(end, LINGER_TIMEOUT);
    if (request.replaceSink?.({ data: count, end, error: end })) {
      request.resumeBody?.();
      return;
    }
    request.on('data', count);
    request.once('close', end);
    request.once('end', end);
    request.resume();
  }

  begin(status: number, reason: string, headers: string[]): void {
    const response = this.#response;
    if (response.headersSent) return;
    // Node sends the flat list unchanged. It adds Date, Connection and, without a length, Transfer-Encoding.
    if (reason === '') response.writeHead(status, headers);
    else response.writeHead(status, reason, headers);
  }

  write(chunk: string | Uint8Array): boolean {
    // Between the loss of a connection and its `close` event, Node reports a write as an error.
    if (this.#response.destroyed) return false;
    return this.#response.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.#response.once('drain', listener);
  }

  end(): void {
    this.#hasEnded = true;
    if (!this.#request.complete && this.#isDropped) this.#resume();
    this.#response.end();
  }

  destroy(): void {
    const response = this.#response;
    // In a separate turn, so that written data is sent. A client that receives nothing might retry the request.
    setImmediate(() => {
      const { socket } = response;
      // HTTP/1.0 has no chunked coding, so only a reset shows that the response is incomplete.
      // `destroy` follows immediately, because Node would otherwise end the connection normally first.
      if (socket !== null && !socket.destroyed && this.#request.httpVersion === '1.0') socket.resetAndDestroy();
      response.destroy();
    });
  }

  onClose(listener: () => void): void {
    const response = this.#response;
    let notified = false;
    const notify = (): void => {
      if (notified || this.#hasEnded || response.writableFinished) return;
      notified = true;
      listener();
    };
    const { socket } = this.#request;
    if (response.destroyed || socket.destroyed) {
      queueMicrotask(notify);
      return;
    }
    // `close` is emitted once. `once` would allocate more objects per connection.
    response.on('close', notify);
    // The response of a pipelined request has no socket until its turn, so it does not receive `close`.
    if (response.socket !== null) return;
    socket.setMaxListeners(0);
    socket.once('close', notify);
    response.once('close', () => socket.off('close', notify));
  }
}

/** The host of a target in absolute form (RFC 9112 §3.2.2), which proxies send. */
function authority(target: string): string | undefined {
  if (target.charCodeAt(0) === SLASH) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(target)?.[1];
}

/** The path and query of a target in absolute form. */
function originForm(target: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/is.exec(target);
  if (match === null) return target === '*' ? '*' : `/${target}`;
  const rest = match[1] as string;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function isBodiless(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}
