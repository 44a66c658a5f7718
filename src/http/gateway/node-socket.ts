import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { neededPeer } from '../../support/load-peer.js';
import { NodeExchange } from './node-exchange.js';
import type { SocketLink, SocketOptions, SocketSink } from './socket-link.js';

type Ws = { WebSocketServer: typeof WebSocketServer; WebSocket: typeof WebSocket };

let ws: Ws | undefined;

/** A WebSocket of ws with a `close` for the app. ws itself calls the original name. */
interface AppSocket extends WebSocket {
  closeNow(code: number, reason: string): void;
}

let appSocketClass: (new (...args: never[]) => AppSocket) | undefined;

/**
 * Returns a subclass of ws's `WebSocket` that answers a Close frame one turn later. ws answers it in the call in which it reads the
 * frame. The messages before it in the same packet are then delivered, but the app cannot reply to them any more.
 */
function loadAppSocket(): typeof WebSocket {
  appSocketClass ??= class extends loadWs().WebSocket {
    override close(code?: number, reason?: string | Buffer): void {
      setImmediate(() => super.close(code, reason));
    }

    closeNow(code: number, reason: string): void {
      super.close(code, reason);
    }
  };
  return appSocketClass as unknown as typeof WebSocket;
}

/**
 * Loads ws on first use.
 *
 * @throws Error with the command to install it.
 */
export function loadWs(): Ws {
  ws ??= neededPeer<Ws>('ws', 'WebSockets on node:http need');
  return ws;
}

/**
 * The gateway interface over the `upgrade` event of a `node:http` server. The app opens the WebSocket, or sends a normal response,
 * which closes the connection.
 */
export class NodeSocketExchange extends NodeExchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  #ws: AppSocket | undefined = undefined;
  #isGoingAway = false;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const http = process.getBuiltinModule('node:http');
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as never);
    response.once('finish', () => socket.end());
    // `close` follows an error, so the error itself is ignored.
    socket.on('error', () => undefined);
    super(request, response);
    this.#request = request;
    this.#response = response;
    this.#socket = socket;
    this.#head = head;
  }

  override onClose(listener: () => void): void {
    const socket = this.#socket;
    if (socket.destroyed) queueMicrotask(listener);
    else {
      socket.once('close', () => {
        if (this.#ws !== undefined || !this.#response.writableFinished) listener();
      });
    }
  }

  upgrade(options: SocketOptions, sink: SocketSink): SocketLink {
    const server = serverFor(options);
    this.#response.detachSocket(this.#socket as never);
    pendingHandshakes.set(this.#request, options);
    // ws calls back synchronously. If it rejects the handshake, it answers itself and does not call back.
    server.handleUpgrade(this.#request, this.#socket, this.#head, (opened) => {
      this.#ws = opened as AppSocket;
    });
    pendingHandshakes.delete(this.#request);
    if (this.#ws === undefined) throw new Error('The connection was closed before the WebSocket opened.');
    if (this.#isGoingAway) this.goAway();
    return createLink(this.#ws, sink);
  }

  /** Called when the server stops. Closes the WebSocket, now or as soon as it is open. */
  goAway(): void {
    this.#isGoingAway = true;
    if (this.#ws === undefined) return;
    if (this.#ws.isPaused) this.#ws.resume();
    this.#ws.closeNow(1001, 'The server is going away.');
  }

  terminate(): void {
    this.#socket.destroy();
  }
}

/** The options of handshakes that ws is processing. */
const pendingHandshakes = new WeakMap<IncomingMessage, SocketOptions>();
const servers = new Map<string, WebSocketServer>();

function serverFor({ maxMessage, compression }: SocketOptions): WebSocketServer {
  const key = `${maxMessage} ${compression}`;
  let server = servers.get(key);
  if (server === undefined) {
    server = new (loadWs().WebSocketServer)({
      noServer: true,
      WebSocket: loadAppSocket(),
      clientTracking: false,
      maxPayload: maxMessage,
      perMessageDeflate: compression,
      handleProtocols: (_offered, request) => pendingHandshakes.get(request)?.protocol || false,
    });
    server.on('headers', (lines, request) => {
      const { headers = [] } = pendingHandshakes.get(request) ?? {};
      for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    });
    servers.set(key, server);
  }
  return server;
}

function createLink(opened: AppSocket, sink: SocketSink): SocketLink {
  opened.on('message', (data, isBinary) => sink.message(isBinary ? (data as Buffer) : (data as Buffer).toString('utf8')));
  opened.on('pong', () => sink.alive());
  opened.on('close', (code, reason) => sink.closed(code, reason.toString('utf8')));
  // After a protocol error, ws closes with the right code and emits `close`.
  opened.on('error', () => undefined);
  const sent = (): void => sink.sent();
  return {
    get bufferedAmount() {
      return opened.bufferedAmount;
    },
    send(data) {
      if (opened.readyState !== opened.OPEN) return false;
      opened.send(data, { binary: typeof data !== 'string' }, sent);
      return true;
    },
    ping: () => opened.ping(),
    close: (code, reason) => opened.closeNow(code, reason),
    terminate: () => opened.terminate(),
    pause: () => opened.pause(),
    resume: () => opened.resume(),
  };
}
