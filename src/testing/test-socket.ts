import type { Exchange } from '../http/gateway/exchange.js';
import { FetchExchange, type FetchPeer } from '../http/gateway/fetch-exchange.js';
import type { SocketLink, SocketOptions, SocketSink } from '../http/gateway/socket-link.js';
import { type SocketClose, toPayload } from '../http/sockets/close-codes.js';
import type { Answer } from './answer.js';

/** An app that takes exchanges; a `Bottle` is one. */
export interface SocketApp {
  handle(exchange: Exchange): void | Promise<void>;
}

/** Thrown where an app answers the opening handshake of a WebSocket like a plain request. */
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
 * The client's end of a WebSocket, in process: what `client.ws()` gives.
 *
 * @example
 * const socket = await client.ws('/echo');
 * socket.send('hello');
 * expect(await socket.next()).toBe('hello');
 * socket.close();
 */
export class TestSocket implements AsyncIterable<Message> {
  /** The subprotocol that was agreed on, or `''`. */
  readonly protocol: string;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<SocketClose>;
  readonly #line: Line;

  constructor(line: Line, protocol: string) {
    this.#line = line;
    this.protocol = protocol;
    this.closed = line.closed;
  }

  /** Sends a message: a string, bytes, or anything else as JSON. */
  send(data: unknown): void {
    this.#line.toServer(toPayload(data));
  }

  /** The next message. Rejects when the connection ends without one. */
  async next(): Promise<Message> {
    const message = await this.#line.receive();
    if (message !== undefined) return message;
    const { code, reason } = await this.closed;
    throw new globalThis.Error(`The WebSocket was closed with ${code}${reason && `, '${reason}'`}, without another message.`);
  }

  /** The next message, parsed as JSON. */
  async json<T = unknown>(): Promise<T> {
    return JSON.parse(Buffer.from((await this.next()) as string).toString('utf8')) as T;
  }

  /** The messages that are still to come, until the connection ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    for (;;) {
      const message = await this.#line.receive();
      if (message === undefined) return;
      yield message;
    }
  }

  /** Closes the connection as a client does. Default: without a code, which the app sees as 1005. */
  close(code = 1005, reason = ''): void {
    this.#line.end({ code, reason });
  }

  /** Goes away without a word, as when the network is lost: the app sees 1006. */
  terminate(): void {
    this.#line.end({ code: 1006, reason: '' });
  }
}

/** What lies between the two ends. Messages pass in order, each in a turn of its own, as over a network. */
class Line {
  readonly closed: Promise<SocketClose>;
  readonly #sink: SocketSink;
  readonly #maxMessage: number;
  readonly #leave: () => void;
  #end!: (close: SocketClose) => void;
  #arrived: Message[] = [];
  #reader: (() => void) | undefined = undefined;
  #isOver = false;
  #isPaused = false;
  #held: (() => void)[] = [];

  constructor(sink: SocketSink, maxMessage: number, leave: () => void) {
    this.#sink = sink;
    this.#maxMessage = maxMessage;
    this.#leave = leave;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The server's end. */
  link(): SocketLink {
    return {
      bufferedAmount: 0,
      send: (data) => this.#toClient(typeof data === 'string' ? data : data.slice()),
      ping: () => setImmediate(() => this.#isOver || this.#sink.alive()),
      close: (code, reason) => this.end({ code, reason }),
      terminate: () => this.end({ code: 1006, reason: '' }),
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => {
        this.#isPaused = false;
        for (const step of this.#held.splice(0)) step();
      },
    };
  }

  #toClient(data: Message): void {
    if (this.#isOver) return;
    this.#arrived.push(data);
    this.#reader?.();
    setImmediate(() => this.#sink.sent());
  }

  toServer(data: Message): void {
    const size = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const deliver = (): void => {
      if (this.#isOver) return;
      if (size > this.#maxMessage) this.end({ code: 1009, reason: '' });
      else this.#sink.message(data);
    };
    setImmediate(() => {
      if (this.#isPaused) this.#held.push(deliver);
      else deliver();
    });
  }

  /** The next message; `undefined` when there will be none. */
  async receive(): Promise<Message | undefined> {
    while (this.#arrived.length === 0) {
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#reader = resolve;
      });
    }
    return this.#arrived.shift();
  }

  /** Either end closes: what was sent before arrives before. */
  end(close: SocketClose): void {
    setImmediate(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#sink.closed(close.code, close.reason);
      this.#end(close);
      this.#reader?.();
      this.#leave();
    });
  }
}

type OnOpen = (socket: TestSocket, headers: readonly string[]) => void;

/** An opening handshake, in process. */
class SocketExchange extends FetchExchange {
  readonly #opened: OnOpen;
  readonly #leave: () => void;

  constructor(request: globalThis.Request, peer: FetchPeer, opened: OnOpen, leave: () => void) {
    super(request, peer);
    this.#opened = opened;
    this.#leave = leave;
  }

  upgrade(options: SocketOptions, sink: SocketSink): SocketLink {
    const line = new Line(sink, options.maxMessage, this.#leave);
    this.#opened(new TestSocket(line, options.protocol), options.headers);
    return line.link();
  }
}

/** What comes of a handshake: a socket and the headers that came with it, or a response. */
export type Opened = { socket: TestSocket; headers: readonly string[] } | { response: globalThis.Response };

/** Opens a WebSocket to an app. */
export async function openSocket(app: SocketApp, url: URL, headers: Headers, peer: FetchPeer): Promise<Opened> {
  const leaving = new AbortController();
  headers.set('upgrade', 'websocket');
  headers.set('connection', 'Upgrade');
  headers.set('sec-websocket-version', '13');
  headers.set('sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==');
  const request = new Request(url, { headers, signal: leaving.signal });
  return new Promise<Opened>((resolve, reject) => {
    const opened: OnOpen = (socket, given) => resolve({ socket, headers: given });
    const exchange = new SocketExchange(request, peer, opened, () => leaving.abort());
    exchange.response.then((response) => resolve({ response }), reject);
    Promise.resolve(app.handle(exchange)).catch(reject);
  });
}
