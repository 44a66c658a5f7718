import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setStopping, Stopping } from '../../http/gateway/stopping.js';

const LATEST: unique symbol = Symbol('latest response');

/** A connection and the response to the latest request on it. */
interface ServedSocket extends Socket {
  [LATEST]?: ServerResponse | undefined;
}

/** Refused connections of all servers. */
const refused = new Set<Socket>();

/** How often a closing server looks for idle connections, in milliseconds. */
const IDLE_CHECK_INTERVAL = 50;

/** How long a closing server waits for the rest of a request head, in milliseconds. */
const HEAD_GRACE = 1_000;

/** The connections of a `node:http` server. Shutdown and the answers to malformed requests need them. */
export class Connections {
  readonly #server: Server;
  readonly #acceptor: NetServer;
  readonly #sockets = new Set<ServedSocket>();
  /** The connections on which HTTP/1 requests are expected. */
  readonly #expecting = new Set<ServedSocket>();
  /** The connections whose TLS handshake is not complete, by their peer. */
  readonly #handshakes = new Map<string, Socket>();
  readonly #stopping = new Stopping();
  #closeIdleFrom = Number.POSITIVE_INFINITY;
  #closed: Promise<void> | undefined;

  /** @param acceptor the server that accepts the connections, if it is not `server`. */
  constructor(server: Server, acceptor: NetServer = server) {
    this.#server = server;
    this.#acceptor = acceptor;
    const add = (socket: Socket): void => {
      this.#sockets.add(socket);
      setStopping(socket, this.#stopping);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#expecting.delete(socket);
      });
    };
    // A TLS connection is reported twice. Requests arrive on the second, decrypted socket.
    acceptor.on('connection', add);
    acceptor.on('secureConnection', add);
    if (isSecure(acceptor)) this.#watchHandshakes();
    server.on(isSecure(server) ? 'secureConnection' : 'connection', (socket: Socket) => this.#expecting.add(socket));
  }

  /** The connection was upgraded, so it does not need to send HTTP/1 requests to stay open. */
  release(socket: Socket): void {
    this.#expecting.delete(socket);
  }

  /**
   * Closes a connection on which nothing has happened for a while, if the client does not read its answer, or owes the server its
   * next request. A request that is still being answered is not affected.
   */
  expire(socket: Socket): void {
    const isIdle = this.#expecting.has(socket) && LATEST in socket && openResponse(socket) === undefined;
    if (isIdle || socket.writableLength > 0) socket.destroy();
  }

  #watchHandshakes(): void {
    this.#acceptor.on('connection', (socket: Socket) => {
      // The two sockets of a connection have only their peer in common. Clients of a Unix socket have no address.
      if (socket.remotePort === undefined) return;
      const peer = peerOf(socket);
      this.#handshakes.set(peer, socket);
      socket.once('close', () => {
        if (this.#handshakes.get(peer) === socket) this.#handshakes.delete(peer);
      });
    });
    this.#acceptor.on('secureConnection', (socket: Socket) => this.#handshakes.delete(peerOf(socket)));
  }

  /** Tells responses without an end of their own (event streams, WebSockets) that the server stops. */
  get stopping(): Stopping {
    return this.#stopping;
  }

  /**
   * Records a request as the latest of its connection.
   *
   * @returns false when the connection was refused before, or broke. The request must not be served then. The parser can still find
   *   requests in data that it has, and node ends the process when such a request is answered.
   */
  track(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.socket.destroyed || (refused.size > 0 && refused.has(request.socket))) return false;
    (request.socket as ServedSocket)[LATEST] = response;
    return true;
  }

  /**
   * Releases the response of a finished request. An idle keep-alive connection would otherwise keep the last request and response
   * in memory, and V8 would grow its nursery.
   */
  static forget(request: IncomingMessage): void {
    const socket = request.socket as ServedSocket;
    if (socket[LATEST]?.req === request) socket[LATEST] = undefined;
  }

  /**
   * Serves no further request of a connection. Node delivers requests that have already arrived, even after the connection is
   * refused.
   */
  static refuse(socket: Socket): void {
    refused.add(socket);
    socket.once('close', () => refused.delete(socket));
  }

  static isRefused(socket: Socket): boolean {
    return refused.size > 0 && refused.has(socket);
  }

  /**
   * Accepts no more connections and waits for the requests whose heads have arrived. Their answers carry `Connection: close`, so that no
   * connection is closed while the client sends another request. Endless responses are told to end. After the timeout, open
   * connections are destroyed.
   *
   * @param timeout in milliseconds.
   * @param lingering how long idle connections stay open, in milliseconds. A connection that is closed early may be closed just
   *   when the client sends its next request. A later call can shorten the time.
   */
  close(timeout: number, lingering = 0): Promise<void> {
    this.#closeIdleFrom = Math.min(this.#closeIdleFrom, performance.now() + lingering);
    this.#closed ??= this.#close(timeout);
    return this.#closed;
  }

  #close(timeout: number): Promise<void> {
    const server = this.#server;
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      response.shouldKeepAlive = false;
    });
    for (const socket of this.#sockets) {
      const open = openResponse(socket);
      if (open !== undefined && !open.headersSent) open.shouldKeepAlive = false;
    }
    this.#stopping.begin();
    return new Promise((resolve, reject) => {
      // Not immediately: data that has arrived and is not parsed yet may contain a request.
      const idleCheck = setInterval(() => {
        const since = performance.now() - this.#closeIdleFrom;
        if (since < 0) return;
        server.closeIdleConnections();
        this.#closeExpecting(since >= HEAD_GRACE);
      }, IDLE_CHECK_INTERVAL);
      const deadline = setTimeout(() => this.#destroyAll(), timeout);
      const end = (error?: Error): void => {
        clearInterval(idleCheck);
        clearTimeout(deadline);
        if (error === undefined) resolve();
        else reject(error);
        // Stops the timer with which Node checks its connections.
        server.close();
      };
      stopListening(this.#acceptor, (error) => {
        // A server whose connections were accepted by another process does not listen, and Node does not count them.
        if (error?.code === 'ERR_SERVER_NOT_RUNNING') this.#whenEmpty(end);
        else end(error);
      });
    });
  }

  /** Closes connections without a request, which Node does not count as idle: silent ones, or also those with a part of a head. */
  #closeExpecting(hasGraceEnded: boolean): void {
    for (const socket of [...this.#expecting, ...this.#handshakes.values()]) {
      if (openResponse(socket) === undefined && (hasGraceEnded || socket.bytesRead === 0)) socket.destroy();
    }
  }

  #whenEmpty(done: () => void): void {
    const [socket] = this.#sockets;
    if (socket === undefined) done();
    else socket.once('close', () => this.#whenEmpty(done));
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Whether a server speaks TLS. */
function isSecure(server: NetServer): boolean {
  return 'setSecureContext' in server;
}

/** Stops accepting. `http.Server.close` would also close idle connections at once. */
function stopListening(server: NetServer, done: (error?: NodeJS.ErrnoException) => void): void {
  NetServer.prototype.close.call(server, done);
}

/** The response to the latest request of a connection, or `undefined` when it is complete. */
export function openResponse(socket: Socket): ServerResponse | undefined {
  const latest = (socket as ServedSocket)[LATEST];
  return latest === undefined || latest.writableFinished || latest.destroyed ? undefined : latest;
}
