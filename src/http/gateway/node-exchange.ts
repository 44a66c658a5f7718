import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodySink, Exchange } from './exchange.js';
import { BAD_FRAMING, CHUNKED_TWICE, type Refusal, TWO_HOSTS, UNKNOWN_CODING } from './framing.js';
import { type Stopping, stoppingOf } from './stopping.js';

/** How much of a body that nobody wants is read all the same, in bytes: to keep the connection, or so that an answer gets through. */
const MAX_DRAIN_BYTES = 256 * 1024;
/** How long a connection that is to be closed stays open for its client to take the answer, in milliseconds. */
const LINGER_TIMEOUT = 1_000;
const SLASH = 0x2f;

/** Takes what nobody wants. */
const DISCARD: BodySink = { data: () => undefined, end: () => undefined, error: () => undefined };

/** Requests whose client waits for `100 Continue` before it sends the body. */
const deferredContinue = new WeakSet<IncomingMessage>();

/** Notes that nobody has told the client yet to go on: that happens when the body is read (RFC 9110 §10.1.1). */
export function deferContinue(request: IncomingMessage): void {
  deferredContinue.add(request);
}

/** A request that hands its body over without a stream around it, as those of our own server do. */
export interface DirectBody {
  /** Gives the body to a sink, from its beginning; `false` if it is to be read as a stream. */
  attachSink(sink: BodySink): boolean;
  /** Gives what is still to come to another sink. `false` if there is none now. */
  replaceSink(sink: BodySink): boolean;
  pauseBody(): void;
  resumeBody(): void;
}

/**
 * Looks for a body, and for what node's parser lets through and a server in front of it might understand differently: several `Host`
 * lines (RFC 9112 §3.2), and codings of the body other than `chunked`, which would reach the app undecoded (§6.1).
 *
 * Each request pays for this. It therefore reads the raw list (node builds its `headers` object on first use), and of most names
 * only the length.
 *
 * @returns whether there is a body, or why the request has to be refused.
 */
export function readFraming(request: IncomingMessage): boolean | Refusal {
  const raw = request.rawHeaders;
  let hosts = 0;
  let codings = 0;
  let length: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 4) {
      if (name.toLowerCase() === 'host' && ++hosts > 1) return TWO_HOSTS;
    } else if (name.length === 14) {
      if (name.toLowerCase() === 'content-length') length ??= raw[i + 1];
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      // Where chunked is not the last, node's parser answers 400 by itself.
      const value = (raw[i + 1] as string).trim().toLowerCase();
      // Node passes over an empty one, which may hide a length or another coding from others.
      if (value === '') return BAD_FRAMING;
      if (value.endsWith('chunked') && /[^a-z]/.test(value.slice(0, -'chunked'.length))) return UNKNOWN_CODING;
      if (++codings > 1) return CHUNKED_TWICE;
    }
  }
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
  /** The response is complete, whatever becomes of the connection now. */
  #hasEnded = false;

  /** @param hasBody what `readFraming` gave for the request. Default: found out when asked. */
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
    // A target that names the host overrules the header (RFC 9112 §3.2.2).
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
    // A server that looked at the framing has said so; a mounted or borrowed listener has not.
    this.#hasBody ??= readFraming(this.#request) === true;
    return this.#hasBody;
  }

  readBody(sink: BodySink): void {
    const request = this.#request;
    if (request.attachSink?.(sink)) {
      this.#isReading = true;
      if (deferredContinue.delete(request)) this.#response.writeContinue();
      return;
    }
    let done = false;
    const fail = (error: Error) => {
      if (done) return;
      done = true;
      sink.error(error);
    };
    if (request.readableEnded || request.destroyed) {
      fail(new Error('The request body has already been read, or its connection is gone.'));
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
      // It always comes; an error made in vain would take a stack trace, which is a fifth of the time of a small request.
      if (!done) fail(new Error('The connection was closed before the whole request body had arrived.'));
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

  /** Whether nobody will read the rest of the body: nobody has begun to, or it was given up, as it is on every error. */
  #isUnread(status: number): boolean {
    if (!this.hasBody) return false;
    if (this.#isReading && !this.#isDropped && !(this.#isPaused && status >= 400)) return false;
    this.#isDropped = true;
    return true;
  }

  /** Whether the rest of the body is so short that reading it is cheaper than a new connection. */
  #canDrain(): boolean {
    if (deferredContinue.has(this.#request)) return false;
    const length = Number(this.#request.headers['content-length'] ?? Number.NaN);
    return length <= MAX_DRAIN_BYTES;
  }

  /**
   * Sends an answer while the client may still be sending. Closing at once would make the system reset the connection, and the
   * client, busy writing, would never see the answer (RFC 9112 §9.6). So it gets some time to take it.
   */
  #linger(body: string | Uint8Array | null): void {
    const request = this.#request;
    const response = this.#response;
    this.#hasEnded = true;
    if (body === null) response.flushHeaders();
    else response.write(body);
    let remaining = MAX_DRAIN_BYTES * 16;
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
    // node takes the flat list as it is, and adds Date, Connection and, where no length is known, Transfer-Encoding.
    if (reason === '') response.writeHead(status, headers);
    else response.writeHead(status, reason, headers);
  }

  write(chunk: string | Uint8Array): boolean {
    // Between the loss of a connection and the event that tells of it, node takes a write for an error.
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
    // In a turn of its own, so that what was written goes out: a client that got nothing at all might send its request again.
    setImmediate(() => {
      const { socket } = response;
      // HTTP/1.0 has no chunks: to tell a cut from the end, the connection has to be reset.
      // With the second call at once, for the first one alone would end it properly before.
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
    // Emitted once only, and `once` would keep three more objects for each connection.
    response.on('close', notify);
    // A pipelined request whose turn has not come has no part in the connection, and does not hear of its end.
    if (response.socket !== null) return;
    socket.setMaxListeners(0);
    socket.once('close', notify);
    response.once('close', () => socket.off('close', notify));
  }
}

/** The host of a target in absolute form, as proxies send it. */
function authority(target: string): string | undefined {
  if (target.charCodeAt(0) === SLASH) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(target)?.[1];
}

/** The path and query of a request target: proxies send the whole URL (RFC 9112 §3.2.2). */
function originForm(target: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/is.exec(target);
  if (match === null) return target === '*' ? '*' : `/${target}`;
  const rest = match[1] as string;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function isBodiless(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}
