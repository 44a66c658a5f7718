import type { BodySink, Exchange } from '../../http/gateway/exchange.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import type { Refusal } from '../../http/gateway/framing.js';
import { addressOf } from './remote-address.js';
import type { HttpRequest, HttpResponse } from './uws-binding.js';
import { readFraming } from './uws-framing.js';
import { copyHeaders, endsConnection, findHeader, type Head, writeHead } from './uws-head.js';
import type { Host, Open } from './server-state.js';
import { IncomingBody } from './incoming-body.js';
import { SizedBody } from './sized-body.js';

/** How much of a body that nobody wants is read all the same, in bytes: to keep the connection. */
const DRAIN_BYTES = 256 * 1024;
/** Larger answers are handed over piece by piece; smaller ones are copied if the client is slow. In UTF-16 units or bytes. */
const LARGE = 64 * 1024;

/** How much uWebSockets.js keeps back of what is sent from a handler, until all that has arrived on the connection is parsed. */
const CORKED = 16 * 1024;
/**
 * How much of a piece is written at once, in bytes. uWebSockets.js 20.30 collects what is written in one turn in a buffer of 16 KB.
 * What does not fit there is lost if the socket has no room for the buffer, which happens with TLS whenever a client is slow.
 */
const PART = 16_000;
/** The same for what goes out with the head. */
const FIRST_PART = 4_000;

/** The app has yet to answer, or is about it. */
const OPEN = 0;
/** All of the answer is known. Some of it may wait for the client. */
const ANSWERED = 1;
/** There is nothing more to be done, and the response must not be touched. */
const OVER = 2;

/**
 * The gateway interface over what uWebSockets.js hands to a handler.
 *
 * The request is valid during the call of the handler only, so its headers are copied. The response is valid until it is complete or the client leaves, and what touches it later throws: every
 * access here is behind `#state`.
 */
export class UwsExchange implements Exchange, Open {
  readonly method: string;
  readonly target: string;
  readonly hasBody: boolean;
  /** Why the request must not be served, if so. */
  readonly refusal: Refusal | undefined;
  readonly #host: Host;
  readonly #response: HttpResponse;
  #request: HttpRequest | undefined;
  #state = OPEN;
  readonly #raw: readonly string[];
  #address: string | undefined = undefined;
  #body: IncomingBody | undefined = undefined;
  #head: Head | undefined = undefined;
  #sized: SizedBody | undefined = undefined;
  /** The client left while the app was answering. */
  #isGone = false;
  /** The app has begun to send pieces. */
  #isBegun = false;
  /** The socket has said that it has no room. */
  #isBlocked = false;
  #isEntered = false;
  #drained: (() => void) | undefined = undefined;
  #closeListeners: (() => void)[] | undefined = undefined;

  constructor(host: Host, response: HttpResponse, request: HttpRequest, method: string) {
    this.method = method;
    const query = request.getQuery() as string | undefined;
    const path = request.getUrl();
    this.target = query === undefined ? path : `${path}?${query}`;
    this.#raw = copyHeaders(request);
    const framing = readFraming(this.#raw);
    this.hasBody = framing !== false;
    this.refusal = typeof framing === 'object' ? framing : undefined;
    this.#host = host;
    this.#response = response;
    this.#request = request;
  }

  /** uWebSockets.js does not say, and answers as 1.1. */
  get httpVersion(): string {
    return '1.1';
  }

  get addsLength(): boolean {
    return true;
  }

  get secure(): boolean {
    return this.#host.secure;
  }

  /** Has to be asked for while the answer is not complete, as the connection is not known afterwards. */
  get remoteAddress(): string | undefined {
    if (this.#address === undefined && this.#state !== OVER) this.#address = addressOf(this.#response);
    return this.#address;
  }

  /** uWebSockets.js' request: valid until the handler returns, or awaits. */
  get environ(): HttpRequest | undefined {
    return this.#request;
  }

  get stopping(): Stopping {
    return this.#host.stopping;
  }

  header(name: string): string | undefined {
    return findHeader(this.#raw, name);
  }

  rawHeaders(): readonly string[] {
    return this.#raw;
  }

  /** The handler returns: takes with it what is needed later, if there is a later. */
  endTurn(): void {
    if (this.#state !== OVER) {
      this.#response.onAborted(() => this.#aborted());
      // What comes now would be lost if nobody took it.
      if (this.hasBody) this.#incoming();
      this.#isEntered = true;
      this.#host.enter(this);
    }
    this.#request = undefined;
  }

  #incoming(): IncomingBody {
    this.#body ??= new IncomingBody(this.#response, this.#closesAfter());
    return this.#body;
  }

  /** Whether uWebSockets.js may close the socket as soon as the answer is complete, because the client asked for it. */
  #closesAfter(): boolean {
    const connection = this.header('connection');
    return connection !== undefined && connection.toLowerCase() !== 'keep-alive';
  }

  readBody(sink: BodySink): void {
    if (this.#state === OVER) sink.error(new Error('The connection of the request body is gone.'));
    else this.#incoming().read(sink);
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
   * Refuses the request in its first turn, and closes the connection before anything that follows is taken for a request (RFC 9112
   * §6.3). An answer that fits into what is kept back would go out after the next request is served, so it is made longer. To HEAD
   * no answer can be that long.
   */
  refuse({ status, text }: Refusal): void {
    const response = this.#response;
    this.#over();
    if (this.method === 'HEAD') {
      response.close();
      return;
    }
    writeHead(response, status, '', ['Content-Type', 'text/plain; charset=UTF-8']);
    response.end(text.padEnd(CORKED, '\n'), true);
  }

  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    if (this.#state !== OPEN || this.#isBegun) return;
    const write = (): void => this.#sendWhole(status, reason, headers, body);
    if (this.#request !== undefined) {
      // In its first turn a response is corked as it is.
      write();
    } else if (this.hasBody && (this.#host.isClosing || endsConnection(headers))) {
      // The socket is closed with this answer, which must not happen inside `onData` (see `IncomingBody`).
      this.#state = ANSWERED;
      setImmediate(() => {
        if (this.#state !== OVER) this.#response.cork(write);
      });
    } else {
      this.#response.cork(write);
    }
  }

  #sendWhole(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    const response = this.#response;
    let isLast = writeHead(response, status, reason, headers) || this.#host.isClosing;
    if (this.hasBody && this.#isLeft(status)) {
      isLast = false;
      response.writeHeader('Connection', 'close');
    }
    if (body === null) {
      this.#sendEmpty(status, headers, isLast);
    } else if (body.length <= LARGE) {
      this.#over();
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
      this.#over();
      response.end('', isLast);
      return;
    }
    const at = status === 204 ? -1 : headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
    if (at !== -1) response.writeHeader('Content-Length', headers[at + 1] as string);
    // With arguments, it would announce a length that it then waits for.
    if (isLast) response.writeHeader('Connection', 'close');
    this.#over();
    response.endWithoutBody();
  }

  /**
   * Whether so much of the body is unread, and unwanted, that the client is told to close the connection. To close it here would
   * reset it, and the client, busy writing, would never see the answer (RFC 9112 §9.6). It is read, for nobody, for 10 seconds.
   */
  #isLeft(status: number): boolean {
    if (this.#body !== undefined && !this.#body.isUnwanted(status)) return false;
    // The rest is read in any case, and a limit is all that is wanted.
    return !(Number(this.header('content-length') ?? Number.NaN) <= DRAIN_BYTES);
  }

  begin(status: number, reason: string, headers: string[]): void {
    if (this.#state !== OPEN || this.#isBegun) return;
    this.#isBegun = true;
    // It can go out with the first piece only: what separates the two is written with that.
    this.#head = { status, reason, headers };
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#state !== OPEN) return false;
    if (chunk.length === 0) return true;
    // A character has at most three bytes in UTF-8.
    const length = typeof chunk === 'string' ? 3 * chunk.length : chunk.length;
    if (length <= (this.#head === undefined ? PART : FIRST_PART) || this.#isSized()) return this.#writeTogether(chunk);
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let hasRoom = true;
    for (let start = 0, end = 0; start < bytes.length; start = end) {
      end = start + (this.#head === undefined ? PART : FIRST_PART);
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
    if (writeHead(response, status, reason, headers) || this.#host.isClosing) response.writeHeader('Connection', 'close');
    const length = announcedLength(headers);
    if (length > 0) this.#sized = new SizedBody(response, length);
  }

  #writeSized(chunk: string | Uint8Array): boolean {
    const sized = this.#sized as SizedBody;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    // The last piece may complete the response, and with that put it out of reach.
    if (sized.completesWith(bytes)) this.#body?.detach();
    const hasRoom = sized.write(bytes);
    if (sized.isDone) this.#over();
    else if (!hasRoom) this.#block();
    return hasRoom;
  }

  /** Waits for the socket to be writable again. */
  #block(): void {
    if (this.#isBlocked) return;
    this.#isBlocked = true;
    this.#response.onWritable((offset) => this.#writable(offset));
  }

  #writable(offset: number): boolean {
    if (this.#state === OVER) return true;
    const sized = this.#sized;
    if (sized !== undefined) {
      const isThrough = sized.goOn(offset);
      if (sized.isDone) {
        this.#over();
        return true;
      }
      if (!isThrough) return false;
    }
    this.#isBlocked = false;
    const listener = this.#drained;
    this.#drained = undefined;
    if (this.#state === ANSWERED) this.#finish();
    else listener?.();
    return true;
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  end(): void {
    if (this.#state !== OPEN) return;
    this.#state = ANSWERED;
    // While the client is slow there is something left to be sent, which closing the server must wait for.
    if (!this.#isBlocked) this.#finish();
  }

  /** Completes an answer in pieces. */
  #finish(): void {
    if (this.#state === OVER) return;
    const sized = this.#sized;
    // One that is shorter than announced is none.
    if (sized !== undefined && !sized.isDone) {
      if (!sized.isWhole) setImmediate(() => this.cut());
      return;
    }
    this.#corked(() => {
      if (this.#head !== undefined) this.#writeBegun(this.#head);
      this.#over();
      // That the connection ends was said in the head: said here, it would stand amidst the body.
      this.#response.end('');
    });
  }

  destroy(): void {
    if (this.#state !== OPEN) return;
    this.#state = ANSWERED;
    // In a turn of its own, so that what was written goes out.
    setImmediate(() => this.cut());
  }

  /** Closes the connection. Not to be called inside `onData` (see `IncomingBody`). */
  cut(): void {
    if (this.#state === OVER) return;
    // Calls the listener for aborts, if there is one by now.
    this.#response.close();
    this.#over();
  }

  onClose(listener: () => void): void {
    if (this.#state === OPEN) {
      this.#closeListeners ??= [];
      this.#closeListeners.push(listener);
    } else if (this.#isGone) queueMicrotask(listener);
  }

  #aborted(): void {
    const isTold = this.#state === OPEN;
    this.#isGone = isTold;
    this.#state = OVER;
    this.#body?.breakOff();
    this.#leave();
    if (isTold) for (const listener of this.#closeListeners ?? []) listener();
    this.#closeListeners = undefined;
  }

  /** Whether the response can be handed over: the client is there, and nothing has been answered. */
  get isUntouched(): boolean {
    return this.#state === OPEN && !this.#isBegun;
  }

  /** Hands the response over to what becomes of the connection. `undefined` when there is none any more. */
  takeOver(): HttpResponse | undefined {
    if (!this.isUntouched) return undefined;
    this.#over();
    return this.#response;
  }

  /** From here on the response is out of reach, but for the call that completes it. */
  #over(): void {
    this.#state = OVER;
    this.#body?.detach();
    if (this.#isEntered) this.#leave();
  }

  #leave(): void {
    this.#isEntered = false;
    this.#host.leave(this);
  }

  /** Whatever is written in the meantime leaves in one piece. */
  #corked(write: () => void): void {
    if (this.#request !== undefined) write();
    else this.#response.cork(write);
  }
}

function announcedLength(headers: readonly string[]): number {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
  return at === -1 ? 0 : Number(headers[at + 1]);
}
