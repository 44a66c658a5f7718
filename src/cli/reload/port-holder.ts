import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { preferred } from '../../http/fields/accept.js';
import type { FailurePage } from './supervisor-link.js';

/** What happens with connections: they wait, a process gets them, or they are answered with the failure page. */
type Mode = { wait: true } | { pass: (socket: Socket) => void } | { answer: FailurePage };

const CONTENT_TYPES = ['text/html', 'application/problem+json', 'application/json', 'text/plain'];

/**
 * Keeps the port open while processes restart, so that no connection is refused. Connections are accepted here and passed on
 * unread. This works on every platform, and connections can wait while no process is ready.
 */
export class PortHolder {
  readonly #host: string;
  readonly #port: number;
  readonly #failureServer: HttpServer;
  #server: Server | undefined;
  #mode: Mode = { wait: true };
  readonly #waiting = new Set<Socket>();

  /** @param tls key and certificate, when the app is served by https */
  constructor(host: string, port: number, tls: { key?: string | Buffer; cert?: string | Buffer }) {
    this.#host = host;
    this.#port = port;
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response);
    this.#failureServer = tls.key === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  }

  /**
   * Starts to accept connections.
   *
   * @throws (rejects) Node's error when the address is not available.
   */
  open(): Promise<AddressInfo> {
    const server = createServer({ pauseOnConnect: true }, (socket) => this.accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, this.#host, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        this.#server = server;
        resolve(server.address() as AddressInfo);
      });
    });
  }

  /** Accepts no more connections, and closes the waiting ones. */
  close(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
    this.#failureServer.closeAllConnections();
    const server = this.#server;
    this.#server = undefined;
    return new Promise((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
  }

  get isOpen(): boolean {
    return this.#server !== undefined;
  }

  /** Sets what happens with new connections, and applies it to the waiting ones. */
  set mode(mode: Mode) {
    this.#mode = mode;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const socket of waiting) this.accept(socket);
  }

  /** Handles one connection. No data was read from it. */
  accept(socket: Socket): void {
    const mode = this.#mode;
    if ('pass' in mode) mode.pass(socket);
    else if ('answer' in mode) {
      this.#failureServer.emit('connection', socket);
      socket.resume();
    } else {
      this.#waiting.add(socket);
      socket.once('close', () => this.#waiting.delete(socket));
      socket.on('error', () => undefined);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    // The next request should reach the app, if it runs by then.
    response.setHeader('Connection', 'close');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.statusCode = 500;
    const page = 'answer' in this.#mode ? this.#mode.answer : undefined;
    const { accept } = request.headers;
    const contentType = preferred(accept, CONTENT_TYPES) ?? 'text/html';
    if (page === undefined) {
      // The app has started while this request was on its way.
      response.statusCode = 503;
      response.setHeader('Retry-After', '1');
      response.end();
    } else if (contentType === 'text/html') {
      response.setHeader('Content-Type', 'text/html; charset=UTF-8');
      response.setHeader('Content-Security-Policy', page.policy);
      response.end(page.html);
    } else {
      response.setHeader('Content-Type', contentType === 'text/plain' ? 'text/plain; charset=UTF-8' : 'application/problem+json');
      response.end(contentType === 'text/plain' ? page.text : page.problem);
    }
  }
}
