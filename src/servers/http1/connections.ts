import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { belongsTo, Stopping } from '../../http/gateway/stopping.js';

const LATEST: unique symbol = Symbol('latest response');

/** A connection, with the response to the latest request that came in on it. */
interface ServedSocket extends Socket {
  [LATEST]?: ServerResponse | undefined;
}

/** Connections that end with a refusal, of all servers. */
const refused = new Set<Socket>();

/** How often a server that closes looks for connections that have become idle, in milliseconds. */
const LOOK = 50;

/** The connections of a `node:http` server: what its shutdown and its answers to malformed requests have to know of them. */
export class Connections {
  readonly #server: Server;
  readonly #front: NetServer;
  readonly #sockets = new Set<ServedSocket>();
  readonly #stopping = new Stopping();
  #lookFrom = Number.POSITIVE_INFINITY;
  #closed: Promise<void> | undefined;

  /** @param front the server that accepts them, if it is another. */
  constructor(server: Server, front: NetServer = server) {
    this.#server = server;
    this.#front = front;
    const keep = (socket: Socket): void => {
      this.#sockets.add(socket);
      belongsTo(socket, this.#stopping);
      socket.once('close', () => this.#sockets.delete(socket));
    };
    // A TLS connection comes twice, and it is the inner one that requests are on.
    front.on('connection', keep);
    front.on('secureConnection', keep);
  }

  /** What tells of the end to requests that have none of their own. */
  get stopping(): Stopping {
    return this.#stopping;
  }

  /**
   * Notes that a request came in.
   *
   * @returns whether it may be served: false where the connection was refused before, or broke. The parser still finds requests in
   *   what it has at hand then, and node ends the process where such a one is answered.
   */
  note(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.socket.destroyed || (refused.size > 0 && refused.has(request.socket))) return false;
    (request.socket as ServedSocket)[LATEST] = response;
    return true;
  }

  /**
   * Lets go of the response to a request that is over. A connection that waits for its next request would keep both of the last one:
   * 2 kB each, which with 64 connections survive each collection, and made V8 grow its nursery to 16 MB in place of 4.
   */
  static forget(request: IncomingMessage): void {
    const socket = request.socket as ServedSocket;
    if (socket[LATEST]?.req === request) socket[LATEST] = undefined;
  }

  /** Serves no further request of a connection: node hands over those that have arrived, whatever becomes of the answer. */
  static refuse(socket: Socket): void {
    refused.add(socket);
    socket.once('close', () => refused.delete(socket));
  }

  static isRefused(socket: Socket): boolean {
    return refused.size > 0 && refused.has(socket);
  }

  /**
   * Takes no more connections and waits for requests that have been taken. Their answers tell the client that the connection
   * ends, so that none is closed while a further request is on its way. What has no end of its own is told to end; what takes
   * longer than the timeout is cut.
   *
   * @param timeout in milliseconds.
   * @param lingering how long idle connections are left open, in milliseconds. Whoever closes one may do so just when the client
   *   sends its next request. Called again, it may be less.
   */
  close(timeout: number, lingering = 0): Promise<void> {
    this.#lookFrom = Math.min(this.#lookFrom, performance.now() + lingering);
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
      // Not at once: what has arrived and was not read yet is a request that has been taken.
      const looking = setInterval(() => {
        if (performance.now() >= this.#lookFrom) server.closeIdleConnections();
      }, LOOK);
      const deadline = setTimeout(() => this.#cut(), timeout);
      const end = (error?: Error): void => {
        clearInterval(looking);
        clearTimeout(deadline);
        if (error === undefined) resolve();
        else reject(error);
        // Lets go of the timer by which node watches its connections.
        server.close();
      };
      stopListening(this.#front, (error) => {
        // One that was handed its connections does not listen, and nobody counts them for it.
        if (error?.code === 'ERR_SERVER_NOT_RUNNING') this.#whenEmpty(end);
        else end(error);
      });
    });
  }

  #whenEmpty(done: () => void): void {
    const [socket] = this.#sockets;
    if (socket === undefined) done();
    else socket.once('close', () => this.#whenEmpty(done));
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** As `net.Server` does it: that of `http.Server` drops idle connections in the same turn. */
function stopListening(server: NetServer, done: (error?: NodeJS.ErrnoException) => void): void {
  NetServer.prototype.close.call(server, done);
}

/** The response to the latest request on a connection, unless it is complete. */
export function openResponse(socket: Socket): ServerResponse | undefined {
  const latest = (socket as ServedSocket)[LATEST];
  return latest === undefined || latest.writableFinished || latest.destroyed ? undefined : latest;
}
