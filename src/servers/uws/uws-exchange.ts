import type { BodySink, Exchange } from '../../http/gateway/exchange.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import type { Refusal } from '../../http/gateway/framing.js';
import { DRAIN_BYTES, unavailableBody } from '../../http/gateway/unread-body.js';
import { addressOf } from './remote-address.js';
import type { HttpRequest, HttpResponse } from './uws-binding.js';
import { readFraming } from './uws-framing.js';
import { copyHeaders, endsConnection, findHeader, type Head, writeHead } from './uws-head.js';
import type { ServerState, OpenExchange } from './server-state.js';
import { IncomingBody } from './incoming-body.js';
import { SizedBody } from './sized-body.js';

/** Larger answers are sent in parts; smaller ones are copied when the client is slow. In UTF-16 units or bytes. */
const MAX_WHOLE = 64 * 1024;

/** How much output of a handler uWebSockets.js buffers until it has parsed all data of the connection, in bytes. */
const CORK_BUFFER = 16 * 1024;
/**
 * How much of a chunk is written at once, in bytes. uWebSockets.js 20.30 collects the output of one turn in a buffer of 16 KB.
 * What does not fit is lost when the socket has no room for the buffer, which happens with TLS whenever a client is slow.
 */
const MAX_WRITE = 16_000;
/** The same for what is sent with the head. */
const MAX_FIRST_WRITE = 4_000;

/** The app has not answered completely. */
const OPEN = 0;
/** The answer is known. Some of it may wait for the client. */
const ANSWERED = 1;
/** Nothing is left to do, and the response must not be used. */
const DONE = 2;

/**
 * The gateway interface over the request and response of uWebSockets.js.
 *
 * The request is valid only during the call of the handler, so its headers are copied. The response is valid until it is complete
 * or the client disconnects; a later use throws. Every access here checks `#state`.
 */
export class UwsExchange implements Exchange, OpenExchange {
  readonly method: string;
  readonly target: string;
  readonly hasBody: boolean;
  /** Why the request must not be served, if so. */
  readonly refusal: Refusal | undefined;
  readonly #server: ServerState;
  readonly #response: HttpResponse;
  #request: HttpRequest | undefined;
  #state = OPEN;
  readonly #raw: readonly string[];
  #address: string | undefined = undefined;
  #body: IncomingBody | undefined = undefined;
  #head: Head | undefined = undefined;
  #sized: SizedBody | undefined = undefined;
  /** The client disconnected before the answer was complete. */
  #isDisconnected = false;
  /** The app has begun to send chunks. */
  #isBegun = false;
  /** The socket accepts no more data for now. */
  #isBlocked = false;
  #isRegistered = false;
  #drainListener: (() => void) | undefined = undefined;
  #closeListeners: (() => void)[] | undefined = undefined;

  constructor(state: ServerState, response: HttpResponse, request: HttpRequest, method: string) {
    this.method = method;
    const query = request.getQuery() as string | undefined;
    const path = request.getUrl();
    this.target = query === undefined ? path : `${path}?${query}`;
    this.#raw = copyHeaders(request);
    const framing = readFraming(this.#raw);
    this.hasBody = framing !== false;
    this.refusal = typeof framing === 'object' ? framing : undefined;
    this.#server = state;
    this.#response = response;
    this.#request = request;
  }

  /** uWebSockets.js does not report the version, and answers as 1.1. */
  get httpVersion(): string {
    return '1.1';
  }

  get addsLength(): boolean {
    return true;
  }

  get secure(): boolean {
    return this.#server.secure;
  }

  /** Must be read before the answer is complete. Afterwards the connection is unknown. */
  get remoteAddress(): string | undefined {
    if (this.#address === undefined && this.#state !== DONE) this.#address = addressOf(this.#response);
    return this.#address;
  }

  /** The request of uWebSockets.js: valid until the handler returns or awaits. */
  get environ(): HttpRequest | undefined {
    return this.#request;
  }

  get stopping(): Stopping {
    return this.#server.stopping;
  }

  header(name: string): string | undefined {
    return findHeader(this.#raw, name);
  }

  rawHeaders(): readonly string[] {
    return this.#raw;
  }

  /** The handler returns. Registers the listeners that are needed if the answer comes later. */
  endTurn(): void {
    if (this.#state !== DONE) {
      this.#response.onAborted(() => this.#onAborted());
      // Without a listener, the arriving body would be lost.
      if (this.hasBody) this.#incomingBody();
      this.#isRegistered = true;
      this.#server.add(this);
    }
    this.#request = undefined;
  }

  #incomingBody(): IncomingBody {
    this.#body ??= new IncomingBody(this.#response, this.#closesAfter());
    return this.#body;
  }

  /** Whether uWebSockets.js may close the socket as soon as the answer is complete, because the client asked for it. */
  #closesAfter(): boolean {
    const connection = this.header('connection');
    return connection !== undefined && connection.toLowerCase() !== 'keep-alive';
  }

  readBody(sink: BodySink): void {
    if (this.#state === DONE) sink.error(unavailableBody());
    else this.#incomingBody().read(sink);
  }

  pauseBody(): void {
    this.#body?.pause();
  }

  resumeBody(): void {
    this.#body?.resume();
  }

  dropBody(): void {
    this.#body?.drop();
  }

  /**
   * Refuses the request in its first turn, and closes the connection before the data that follows is parsed as a request (RFC
   * 9112 §6.3). An answer that fits into the cork buffer would be sent only after the next request is served, so it is padded. An
   * answer to HEAD cannot be padded.
   */
  refuse({ status, text }: Refusal): void {
    const response = this.#response;
    this.#markDone();
    if (this.method === 'HEAD') {
      response.close();
      return;
    }
    writeHead(response, status, '', ['Content-Type', 'text/plain; charset=UTF-8']);
    response.end(text.padEnd(CORK_BUFFER, '\n'), true);
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    if (this.#state !== OPEN || this.#isBegun) return;
    const write = (): void => this.#sendWhole(status, reason, headers, body);
    if (this.#request !== undefined) {
      // In its first turn a response is corked already.
      write();
    } else if (this.hasBody && (this.#server.isClosing || endsConnection(headers))) {
      // The socket is closed with this answer, which must not happen inside `onData` (see `IncomingBody`).
      this.#state = ANSWERED;
      setImmediate(() => {
        if (this.#state !== DONE) this.#response.cork(write);
      });
    } else {
      this.#response.cork(write);
    }
  }

  #sendWhole(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    const response = this.#response;
    let isLast = writeHead(response, status, reason, headers) || this.#server.isClosing;
    if (this.hasBody && this.#leavesUnreadBody(status)) {
      isLast = false;
      response.writeHeader('Connection', 'close');
    }
    if (body === null) {
      this.#sendEmpty(status, headers, isLast);
    } else if (body.length <= MAX_WHOLE) {
      this.#markDone();
      response.end(body, isLast);
    } else {
      if (isLast) response.writeHeader('Connection', 'close');
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      this.#state = ANSWERED;
      this.#sized = new SizedBody(response, bytes.length);
      this.#writeSized(bytes);
    }
  }

  #sendEmpty(status: number, headers: readonly string[], isLast: boolean): void {
    const response = this.#response;
    if (this.method !== 'HEAD' && status !== 304 && status !== 204) {
      this.#markDone();
      response.end('', isLast);
      return;
    }
    const at = status === 204 ? -1 : headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
    if (at !== -1) response.writeHeader('Content-Length', headers[at + 1] as string);
    // With arguments, it would announce a length and then wait for the body.
    if (isLast) response.writeHeader('Connection', 'close');
    this.#markDone();
    response.endWithoutBody();
  }

  /**
   * Whether so much of the body is unread and unwanted that the client is told to close the connection. Closing it here would
   * reset it, and a client that is still writing would lose the answer (RFC 9112 §9.6). The rest is read and discarded for 10
   * seconds.
   */
  #leavesUnreadBody(status: number): boolean {
    if (this.#body !== undefined && !this.#body.isUnwanted(status)) return false;
    // The rest is read in any case. Only the limit matters.
    return !(Number(this.header('content-length') ?? Number.NaN) <= DRAIN_BYTES);
  }

  begin(status: number, reason: string, headers: string[]): void {
    if (this.#state !== OPEN || this.#isBegun) return;
    this.#isBegun = true;
    // The head is sent with the first chunk, because the separator of the two is written with that.
    this.#head = { status, reason, headers };
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#state !== OPEN) return false;
    if (chunk.length === 0) return true;
    // A character has at most three bytes in UTF-8.
    const length = typeof chunk === 'string' ? 3 * chunk.length : chunk.length;
    if (length <= (this.#head === undefined ? MAX_WRITE : MAX_FIRST_WRITE) || this.#isSized()) return this.#writeTogether(chunk);
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let hasRoom = true;
    for (let start = 0, end = 0; start < bytes.length; start = end) {
      end = start + (this.#head === undefined ? MAX_WRITE : MAX_FIRST_WRITE);
      if (!this.#writeTogether(bytes.subarray(start, end))) hasRoom = false;
    }
    return hasRoom;
  }

  /** Writes a piece, and the head before the first. What is written leaves in one piece. */
  #writeTogether(chunk: string | Uint8Array): boolean {
    let hasRoom = true;
    this.#corked(() => {
      if (this.#head !== undefined) this.#writeBegun(this.#head);
      hasRoom = this.#sized === undefined ? this.#response.write(chunk) : this.#writeSized(chunk);
      if (!hasRoom) this.#block();
    });
    return hasRoom;
  }

  /** Whether the length of the answer is announced, which takes care of slow clients by itself. */
  #isSized(): boolean {
    return this.#sized !== undefined || (this.#head !== undefined && announcedLength(this.#head.headers) > 0);
  }

  #writeBegun({ status, reason, headers }: Head): void {
    this.#head = undefined;
    const response = this.#response;
    if (writeHead(response, status, reason, headers) || this.#server.isClosing) response.writeHeader('Connection', 'close');
    const length = announcedLength(headers);
    if (length > 0) this.#sized = new SizedBody(response, length);
  }

  #writeSized(chunk: string | Uint8Array): boolean {
    const sized = this.#sized as SizedBody;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    // The last chunk may complete the response, which must not be used afterwards.
    if (sized.completesWith(bytes)) this.#body?.detach();
    const hasRoom = sized.write(bytes);
    if (sized.isDone) this.#markDone();
    else if (!hasRoom) this.#block();
    return hasRoom;
  }

  /** Waits until the socket is writable again. */
  #block(): void {
    if (this.#isBlocked) return;
    this.#isBlocked = true;
    this.#response.onWritable((offset) => this.#onWritable(offset));
  }

  #onWritable(offset: number): boolean {
    if (this.#state === DONE) return true;
    const sized = this.#sized;
    if (sized !== undefined) {
      const isSent = sized.resume(offset);
      if (sized.isDone) {
        this.#markDone();
        return true;
      }
      if (!isSent) return false;
    }
    this.#isBlocked = false;
    const listener = this.#drainListener;
    this.#drainListener = undefined;
    if (this.#state === ANSWERED) this.#finish();
    else listener?.();
    return true;
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  end(): void {
    if (this.#state !== OPEN) return;
    this.#state = ANSWERED;
    // With a slow client some output is still unsent. Shutdown must wait for it.
    if (!this.#isBlocked) this.#finish();
  }

  /** Completes an answer that is sent in chunks. */
  #finish(): void {
    if (this.#state === DONE) return;
    const sized = this.#sized;
    // A body that is shorter than announced is not a valid answer.
    if (sized !== undefined && !sized.isDone) {
      if (!sized.isWhole) setImmediate(() => this.cut());
      return;
    }
    this.#corked(() => {
      if (this.#head !== undefined) this.#writeBegun(this.#head);
      this.#markDone();
      // The head already said that the connection ends. Here it would be written into the body.
      this.#response.end('');
    });
  }

  destroy(): void {
    if (this.#state !== OPEN) return;
    this.#state = ANSWERED;
    // In a separate turn, so that the written data is sent.
    setImmediate(() => this.cut());
  }

  /** Closes the connection. Must not be called inside `onData` (see `IncomingBody`). */
  cut(): void {
    if (this.#state === DONE) return;
    // Calls the `onAborted` listener, if one is registered.
    this.#response.close();
    this.#markDone();
  }

  onClose(listener: () => void): void {
    if (this.#state === OPEN) {
      this.#closeListeners ??= [];
      this.#closeListeners.push(listener);
    } else if (this.#isDisconnected) queueMicrotask(listener);
  }

  #onAborted(): void {
    const wasOpen = this.#state === OPEN;
    this.#isDisconnected = wasOpen;
    this.#state = DONE;
    this.#body?.abort();
    this.#unregister();
    if (wasOpen) for (const listener of this.#closeListeners ?? []) listener();
    this.#closeListeners = undefined;
  }

  /** Whether the response can be taken over: the client is connected, and nothing is answered. */
  get isUnanswered(): boolean {
    return this.#state === OPEN && !this.#isBegun;
  }

  /** Returns the response for an upgrade of the connection, or `undefined` when it is closed. */
  takeOver(): HttpResponse | undefined {
    if (!this.isUnanswered) return undefined;
    this.#markDone();
    return this.#response;
  }

  /** The response must not be used from here on, except by the call that completes it. */
  #markDone(): void {
    this.#state = DONE;
    this.#body?.detach();
    if (this.#isRegistered) this.#unregister();
  }

  #unregister(): void {
    this.#isRegistered = false;
    this.#server.remove(this);
  }

  /** Everything that is written during the call is sent in one packet. */
  #corked(write: () => void): void {
    if (this.#request !== undefined) write();
    else this.#response.cork(write);
  }
}

function announcedLength(headers: readonly string[]): number {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
  return at === -1 ? 0 : Number(headers[at + 1]);
}
