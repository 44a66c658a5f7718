import type { SocketLink, SocketOptions, SocketSink } from '../../http/gateway/socket-link.js';
import type { HttpRequest, HttpResponse, UwsApp, WebSocket } from './uws-binding.js';
import { UwsExchange } from './uws-exchange.js';
import { writeHead } from './uws-head.js';
import type { ServerState, OpenExchange } from './server-state.js';
import { checkMaxMessage } from '../own-limits.js';
import { UnreadMessages } from '../unread-messages.js';

/** The context argument of `HttpResponse.upgrade`. */
type SocketContext = Parameters<HttpResponse['upgrade']>[4];

/** A plain object, because some versions copy its properties to the WebSocket. */
interface UserData {
  readonly socket: UwsSocket;
}

/** The result of `WebSocket.send` for a message that is not sent. */
const DROPPED = 2;

/** Opens the WebSockets of an app. `maxMessage` is in bytes, `compression` a constant of uWebSockets.js. */
export function openSockets(
  app: UwsApp,
  state: ServerState,
  { maxMessage, compression }: { maxMessage: number; compression: number },
  serve: (exchange: UwsSocketExchange) => void,
): void {
  app.ws<UserData>('/*', {
    // Twice the limit, so that a message that is too large gets the close code 1009. uWebSockets.js only drops the connection.
    maxPayloadLength: maxMessage * 2,
    // Used only with clients whose extensions are passed to `upgrade`.
    compression,
    // The app sends pings and measures unsent data itself.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxBackpressure: 0,
    upgrade: (response, request, context) => serve(new UwsSocketExchange(state, { response, request, context, maxMessage })),
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
  /** The largest message that the server accepts, in bytes. */
  readonly maxMessage: number;
}

/** The gateway interface over a WebSocket handshake. */
export class UwsSocketExchange extends UwsExchange {
  readonly #server: ServerState;
  readonly #context: SocketContext;
  readonly #maxMessage: number;
  readonly upgrade: ((options: SocketOptions, sink: SocketSink) => SocketLink) | undefined;

  constructor(state: ServerState, { response, request, context, maxMessage }: Handshake) {
    super(state, response, request, 'GET');
    this.#server = state;
    this.#context = context;
    this.#maxMessage = maxMessage;
    // A handshake has no body. A request with a body is ordinary, because the data after the body is unknown.
    const isHandshake = !this.hasBody && this.header('upgrade')?.toLowerCase() === 'websocket';
    this.upgrade = isHandshake ? (options, sink) => this.#open(options, sink) : undefined;
  }

  #open({ protocol, maxMessage, compression, headers }: SocketOptions, sink: SocketSink): SocketLink {
    checkMaxMessage('uws', maxMessage, this.#maxMessage);
    if (!this.isUnanswered) throw new Error('The connection was closed before the WebSocket opened.');
    const key = this.header('sec-websocket-key') as string;
    const extensions = compression ? (this.header('sec-websocket-extensions') ?? '') : '';
    const socket = new UwsSocket(this.#server, sink, maxMessage, compression);
    const open = (): void => {
      // Added before the exchange is removed, so that a stopping server does not count zero in between.
      this.#server.add(socket);
      const response = this.takeOver();
      if (response === undefined) {
        socket.closed(1006, new ArrayBuffer(0));
        return;
      }
      response.cork(() => {
        writeHead(response, 101, '', headers);
        response.upgrade<UserData>({ socket }, key, protocol, extensions, this.#context);
      });
    };
    // A later turn may run inside a callback of uWebSockets.js for another connection, which it would confuse with this one.
    if (this.environ !== undefined) open();
    else setImmediate(open);
    return socket;
  }
}

/** A WebSocket. Calls before it opens are queued; calls after it closes do nothing. */
class UwsSocket implements SocketLink, OpenExchange {
  readonly sink: SocketSink;
  readonly #server: ServerState;
  readonly #maxMessage: number;
  readonly #isCompressed: boolean;
  #peer: WebSocket<UserData> | undefined = undefined;
  #pendingCalls: ((peer: WebSocket<UserData>) => void)[] = [];
  #pendingBytes = 0;
  #isClosed = false;
  readonly #unread: UnreadMessages;

  constructor(state: ServerState, sink: SocketSink, maxMessage: number, isCompressed: boolean) {
    this.#server = state;
    this.sink = sink;
    this.#unread = new UnreadMessages((message) => sink.message(message));
    this.#maxMessage = maxMessage;
    this.#isCompressed = isCompressed;
  }

  opened(peer: WebSocket<UserData>): void {
    this.#peer = peer;
    // In a separate turn, because the app does not know yet that it is open.
    this.#server.stopping.addListener(this);
    const pendingCalls = this.#pendingCalls;
    this.#pendingCalls = [];
    this.#pendingBytes = 0;
    for (const call of pendingCalls) this.#whenOpen(call);
    if (pendingCalls.length > 0) this.sink.sent();
  }

  #whenOpen(call: (peer: WebSocket<UserData>) => void): void {
    if (this.#peer !== undefined) call(this.#peer);
    else if (!this.#isClosed) this.#pendingCalls.push(call);
  }

  /** The server begins to stop. */
  onStop(): void {
    queueMicrotask(() => this.close(1001, 'The server is going away.'));
  }

  message(data: ArrayBuffer, isBinary: boolean): void {
    if (data.byteLength > this.#maxMessage) {
      this.close(1009, '');
      return;
    }
    // uWebSockets.js reuses the memory after this call.
    const bytes = Buffer.from(new Uint8Array(data));
    const message = isBinary ? bytes : bytes.toString('utf8');
    if (!this.#unread.add(message, bytes.length)) this.close(1013, 'Too many unread messages.');
  }

  closed(code: number, reason: ArrayBuffer): void {
    this.#peer = undefined;
    this.#isClosed = true;
    this.#pendingCalls = [];
    this.#pendingBytes = 0;
    this.#server.stopping.removeListener(this);
    this.#server.remove(this);
    this.#unread.flush();
    this.sink.closed(code, Buffer.from(reason).toString('utf8'));
  }

  get bufferedAmount(): number {
    return this.#peer?.getBufferedAmount() ?? this.#pendingBytes;
  }

  send(data: string | Uint8Array): boolean {
    if (this.#isClosed) return false;
    if (this.#peer !== undefined) return this.#peer.send(data, typeof data !== 'string', this.#isCompressed) !== DROPPED;
    this.#pendingBytes += data.length;
    this.#pendingCalls.push((peer) => peer.send(data, typeof data !== 'string', this.#isCompressed));
    return true;
  }

  ping(): void {
    this.#whenOpen((peer) => peer.ping());
  }

  close(code: number, reason: string): void {
    this.#whenOpen((peer) => peer.end(code, reason));
  }

  terminate(): void {
    this.#whenOpen((peer) => peer.close());
  }

  cut(): void {
    this.terminate();
  }

  pause(): void {
    this.#unread.pause();
  }

  resume(): void {
    this.#unread.resume();
  }
}
