import type { SocketLink, SocketOptions, SocketSink } from '../../http/gateway/socket-link.js';
import type { HttpRequest, HttpResponse, UwsApp, WebSocket } from './uws-binding.js';
import { UwsExchange } from './uws-exchange.js';
import { writeHead } from './uws-head.js';
import type { Host, Open } from './server-state.js';

/** What uWebSockets.js names the context of its WebSockets. */
type SocketContext = Parameters<HttpResponse['upgrade']>[4];

/** Some versions copy what is in it to the WebSocket, so it has to be a plain object. */
interface UserData {
  readonly socket: UwsSocket;
}

/** How much may wait of a client that sends more than is read, in bytes: uWebSockets.js cannot let it wait. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Lets an app of uWebSockets.js open WebSockets, of messages of at most so many bytes. */
export function openSockets(app: UwsApp, host: Host, maxMessage: number, serve: (exchange: UwsSocketExchange) => void): void {
  app.ws<UserData>('/*', {
    // A little more, so that what is too large is told so: this limit cuts the connection.
    maxPayloadLength: maxMessage * 2,
    // The heart beats elsewhere, and so is counted what waits to be sent.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxBackpressure: 0,
    upgrade: (response, request, context) => serve(new UwsSocketExchange(host, { response, request, context, maxMessage })),
    open: (peer) => peer.getUserData().socket.opened(peer),
    message: (peer, data, isBinary) => peer.getUserData().socket.message(data, isBinary),
    drain: (peer) => peer.getUserData().socket.sink.sent(),
    pong: (peer) => peer.getUserData().socket.sink.alive(),
    close: (peer, code, reason) => peer.getUserData().socket.closed(code, reason),
  });
}

interface Handshake {
  readonly response: HttpResponse;
  readonly request: HttpRequest;
  readonly context: SocketContext;
  /** The largest message that the server takes, in bytes. */
  readonly maxMessage: number;
}

/** The gateway interface over the opening handshake of a WebSocket. */
export class UwsSocketExchange extends UwsExchange {
  readonly #host: Host;
  readonly #context: SocketContext;
  readonly #maxMessage: number;
  readonly upgrade: ((options: SocketOptions, sink: SocketSink) => SocketLink) | undefined;

  constructor(host: Host, { response, request, context, maxMessage }: Handshake) {
    super(host, response, request, 'GET');
    this.#host = host;
    this.#context = context;
    this.#maxMessage = maxMessage;
    // A handshake has no body. One that has is an ordinary request, as what comes after the body is clear only then.
    const asks = !this.hasBody && this.header('upgrade')?.toLowerCase() === 'websocket';
    this.upgrade = asks ? (options, sink) => this.#open(options, sink) : undefined;
  }

  #open({ protocol, maxMessage, headers }: SocketOptions, sink: SocketSink): SocketLink {
    if (maxMessage > this.#maxMessage) {
      throw new RangeError(
        `The WebSocket takes messages of ${maxMessage} bytes, and its server of ${this.#maxMessage}: ` +
          `run({ server: 'uws', maxMessage: ${maxMessage} }).`,
      );
    }
    if (!this.isUntouched) throw new Error('The connection was gone before the WebSocket was open.');
    const key = this.header('sec-websocket-key') as string;
    const socket = new UwsSocket(this.#host, sink, maxMessage);
    const open = (): void => {
      // Entered before the exchange leaves, so that a server that stops does not count zero in between.
      this.#host.enter(socket);
      const response = this.takeOver();
      if (response === undefined) {
        socket.closed(1006, new ArrayBuffer(0));
        return;
      }
      response.cork(() => {
        writeHead(response, 101, '', headers);
        response.upgrade<UserData>({ socket }, key, protocol, '', this.#context);
      });
    };
    // Later on, the code may run inside a callback of uWebSockets.js for another connection, which it would take this one for.
    if (this.environ !== undefined) open();
    else setImmediate(open);
    return socket;
  }
}

/** A WebSocket. What is done to it before it is open waits; what is done to it after its end is nothing. */
class UwsSocket implements SocketLink, Open {
  readonly sink: SocketSink;
  readonly #host: Host;
  readonly #maxMessage: number;
  #peer: WebSocket<UserData> | undefined = undefined;
  #early: ((peer: WebSocket<UserData>) => void)[] = [];
  #earlyBytes = 0;
  #isOver = false;
  #isPaused = false;
  #waiting: (string | Uint8Array)[] = [];
  #waitingBytes = 0;

  constructor(host: Host, sink: SocketSink, maxMessage: number) {
    this.#host = host;
    this.sink = sink;
    this.#maxMessage = maxMessage;
  }

  opened(peer: WebSocket<UserData>): void {
    this.#peer = peer;
    // In a turn of its own, as the app does not know yet that it is open.
    this.#host.stopping.join(this);
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const act of early) this.#do(act);
    if (early.length > 0) this.sink.sent();
  }

  #do(act: (peer: WebSocket<UserData>) => void): void {
    if (this.#peer !== undefined) act(this.#peer);
    else if (!this.#isOver) this.#early.push(act);
  }

  /** The server begins to stop. */
  serverStops(): void {
    queueMicrotask(() => this.close(1001, 'The server is going away.'));
  }

  message(data: ArrayBuffer, isBinary: boolean): void {
    if (data.byteLength > this.#maxMessage) {
      this.close(1009, '');
      return;
    }
    // The memory is used again as soon as this returns.
    const bytes = Buffer.from(new Uint8Array(data));
    const message = isBinary ? bytes : bytes.toString('utf8');
    if (!this.#isPaused) {
      this.sink.message(message);
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += bytes.length + 64;
    if (this.#waitingBytes > MOST_WAITING) this.close(1008, 'More was sent than can be taken.');
  }

  closed(code: number, reason: ArrayBuffer): void {
    this.#peer = undefined;
    this.#isOver = true;
    this.#early = [];
    this.#earlyBytes = 0;
    this.#host.stopping.leave(this);
    this.#host.leave(this);
    this.#waiting = [];
    this.sink.closed(code, Buffer.from(reason).toString('utf8'));
  }

  get bufferedAmount(): number {
    return this.#peer?.getBufferedAmount() ?? this.#earlyBytes;
  }

  send(data: string | Uint8Array): void {
    if (this.#peer === undefined && !this.#isOver) this.#earlyBytes += data.length;
    this.#do((peer) => peer.send(data, typeof data !== 'string'));
  }

  ping(): void {
    this.#do((peer) => peer.ping());
  }

  close(code: number, reason: string): void {
    this.#do((peer) => peer.end(code, reason));
  }

  terminate(): void {
    this.#do((peer) => peer.close());
  }

  cut(): void {
    this.terminate();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    while (!this.#isPaused && this.#waiting.length > 0) {
      const message = this.#waiting.shift() as string | Uint8Array;
      this.#waitingBytes -= message.length + 64;
      this.sink.message(message);
    }
  }
}
