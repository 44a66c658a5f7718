import type { Exchange } from '../http/gateway/exchange.js';
import { FetchExchange, type FetchPeer } from '../http/gateway/fetch-exchange.js';
import type { SocketLink, SocketOptions, SocketSink } from '../http/gateway/socket-link.js';
import { type SocketClose, toPayload } from '../http/sockets/close-codes.js';
import type { Answer } from './answer.js';
import { byteLengthOf } from '../support/bytes.js';

/** An app that handles exchanges, such as a `Bottle`. */
export interface SocketApp {
  handle(exchange: Exchange): void | Promise<void>;
}

/** Thrown when an app answers a WebSocket handshake with an ordinary response. */
export class HandshakeError extends globalThis.Error {
  readonly code = 'BN_HANDSHAKE_REFUSED';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`The WebSocket ${answer.url} was refused: ${answer.status} ${answer.statusText}, ${answer.text.slice(0, 200)}`);
    this.name = 'HandshakeError';
    this.answer = answer;
  }
}

type Message = string | Uint8Array;

/**
 * The client's end of a WebSocket in process, as returned by `client.ws()`.
 *
 * @example
 * const socket = await client.ws('/echo');
 * socket.send('hello');
 * expect(await socket.next()).toBe('hello');
 * socket.close();
 */
export class TestSocket implements AsyncIterable<Message> {
  /** The negotiated subprotocol, or `''`. */
  readonly protocol: string;
  /** Resolves when the connection has closed. */
  readonly closed: Promise<SocketClose>;
  readonly #connection: InProcessConnection;

  constructor(connection: InProcessConnection, protocol: string) {
    this.#connection = connection;
    this.protocol = protocol;
    this.closed = connection.closed;
  }

  /** Sends a message: a string, bytes, or another value as JSON. */
  send(data: unknown): void {
    this.#connection.toServer(toPayload(data));
  }

  /**
   * The next message.
   *
   * @throws (rejects) Error when the connection closes without one.
   */
  async next(): Promise<Message> {
    const message = await this.#connection.receive();
    if (message !== undefined) return message;
    const { code, reason } = await this.closed;
    throw new globalThis.Error(`The WebSocket was closed with ${code}${reason && `, '${reason}'`}, without another message.`);
  }

  /** The next message, parsed as JSON. */
  async json<T = unknown>(): Promise<T> {
    return JSON.parse(Buffer.from((await this.next()) as string).toString('utf8')) as T;
  }

  /** The remaining messages, until the connection closes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    for (;;) {
      const message = await this.#connection.receive();
      if (message === undefined) return;
      yield message;
    }
  }

  /** Closes the connection as a client does. By default without a code, which the app sees as 1005. */
  close(code = 1005, reason = ''): void {
    this.#connection.end({ code, reason });
  }

  /** Drops the connection without a close frame, like a network failure. The app sees 1006. */
  terminate(): void {
    this.#connection.end({ code: 1006, reason: '' });
  }
}

/** The connection between the two ends. Messages arrive in order, each in a separate turn, as over a network. */
class InProcessConnection {
  readonly closed: Promise<SocketClose>;
  readonly #sink: SocketSink;
  readonly #maxMessage: number;
  readonly #onClosed: () => void;
  #end!: (close: SocketClose) => void;
  #messages: Message[] = [];
  #reader: (() => void) | undefined = undefined;
  #isClosed = false;
  #isPaused = false;
  #queue: (() => void)[] = [];

  constructor(sink: SocketSink, maxMessage: number, onClosed: () => void) {
    this.#sink = sink;
    this.#maxMessage = maxMessage;
    this.#onClosed = onClosed;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The server's end. */
  link(): SocketLink {
    return {
      bufferedAmount: 0,
      send: (data) => this.#toClient(typeof data === 'string' ? data : data.slice()),
      ping: () => setImmediate(() => this.#isClosed || this.#sink.alive()),
      close: (code, reason) => this.end({ code, reason }),
      terminate: () => this.end({ code: 1006, reason: '' }),
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => {
        this.#isPaused = false;
        for (const step of this.#queue.splice(0)) step();
      },
    };
  }

  #toClient(data: Message): boolean {
    if (this.#isClosed) return false;
    this.#messages.push(data);
    this.#reader?.();
    setImmediate(() => this.#sink.sent());
    return true;
  }

  toServer(data: Message): void {
    const size = byteLengthOf(data);
    const deliver = (): void => {
      if (this.#isClosed) return;
      if (size > this.#maxMessage) this.end({ code: 1009, reason: '' });
      else this.#sink.message(data);
    };
    setImmediate(() => {
      if (this.#isPaused) this.#queue.push(deliver);
      else deliver();
    });
  }

  /** The next message; `undefined` when there are no more. */
  async receive(): Promise<Message | undefined> {
    while (this.#messages.length === 0) {
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#reader = resolve;
      });
    }
    return this.#messages.shift();
  }

  /** Closes the connection from either end. Messages that were sent before arrive first. */
  end(close: SocketClose): void {
    setImmediate(() => {
      if (this.#isClosed) return;
      // The app still reads messages that arrived while it had paused.
      for (const step of this.#queue.splice(0)) step();
      this.#isClosed = true;
      this.#sink.closed(close.code, close.reason);
      this.#end(close);
      this.#reader?.();
      this.#onClosed();
    });
  }
}

type OnOpen = (socket: TestSocket, headers: readonly string[]) => void;

/** The gateway interface over a WebSocket handshake in process. */
class SocketExchange extends FetchExchange {
  readonly #opened: OnOpen;
  readonly #onClosed: () => void;

  constructor(request: globalThis.Request, peer: FetchPeer, opened: OnOpen, onClosed: () => void) {
    super(request, peer);
    this.#opened = opened;
    this.#onClosed = onClosed;
  }

  upgrade(options: SocketOptions, sink: SocketSink): SocketLink {
    const connection = new InProcessConnection(sink, options.maxMessage, this.#onClosed);
    this.#opened(new TestSocket(connection, options.protocol), options.headers);
    return connection.link();
  }
}

/** The result of a handshake: a socket and the headers of the answer, or a response. */
type HandshakeResult = { socket: TestSocket; headers: readonly string[] } | { response: globalThis.Response };

/** Opens a WebSocket to an app. */
export async function openSocket(app: SocketApp, url: URL, headers: Headers, peer: FetchPeer): Promise<HandshakeResult> {
  const aborter = new AbortController();
  headers.set('upgrade', 'websocket');
  headers.set('connection', 'Upgrade');
  headers.set('sec-websocket-version', '13');
  headers.set('sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==');
  const request = new Request(url, { headers, signal: aborter.signal });
  return new Promise<HandshakeResult>((resolve, reject) => {
    const opened: OnOpen = (socket, given) => resolve({ socket, headers: given });
    const exchange = new SocketExchange(request, peer, opened, () => aborter.abort());
    exchange.response.then((response) => resolve({ response }), reject);
    Promise.resolve(app.handle(exchange)).catch(reject);
  });
}
