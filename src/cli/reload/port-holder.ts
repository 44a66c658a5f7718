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

/** Where connections go: they wait, they are handed to a process, or they are answered here. */
type Mode = { wait: true } | { hand: (socket: Socket) => void } | { answer: FailurePage };

const FORMS = ['text/html', 'application/problem+json', 'application/json', 'text/plain'];

/**
 * Holds the port while processes come and go, so that no connection is refused. Connections are accepted here and handed over
 * unread, which works on every platform, and lets those wait that come while there is nobody to take them.
 */
export class Gate {
  readonly #host: string;
  readonly #port: number;
  readonly #failures: HttpServer;
  #server: Server | undefined;
  #mode: Mode = { wait: true };
  readonly #waiting = new Set<Socket>();

  /** @param tls key and certificate, where the app is served by https */
  constructor(host: string, port: number, tls: { key?: string | Buffer; cert?: string | Buffer }) {
    this.#host = host;
    this.#port = port;
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response);
    this.#failures = tls.key === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  }

  /** Takes connections from now on. @throws (rejects) what node has to say of an address that cannot be had */
  open(): Promise<AddressInfo> {
    const server = createServer({ pauseOnConnect: true }, (socket) => this.take(socket));
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

  /** Takes no more; what waits is dropped. */
  close(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
    this.#failures.closeAllConnections();
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

  /** What becomes of connections from now on, and of those that wait. */
  set mode(mode: Mode) {
    this.#mode = mode;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const socket of waiting) this.take(socket);
  }

  /** Takes one connection, unread. */
  take(socket: Socket): void {
    const mode = this.#mode;
    if ('hand' in mode) mode.hand(socket);
    else if ('answer' in mode) {
      this.#failures.emit('connection', socket);
      socket.resume();
    } else {
      this.#waiting.add(socket);
      socket.once('close', () => this.#waiting.delete(socket));
      socket.on('error', () => undefined);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    // The next request belongs to the app, if it is well by then.
    response.setHeader('Connection', 'close');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.statusCode = 500;
    const page = 'answer' in this.#mode ? this.#mode.answer : undefined;
    const { accept } = request.headers;
    const form = preferred(accept, FORMS) ?? 'text/html';
    if (page === undefined) {
      // It became well while this request was on its way.
      response.statusCode = 503;
      response.setHeader('Retry-After', '1');
      response.end();
    } else if (form === 'text/html') {
      response.setHeader('Content-Type', 'text/html; charset=UTF-8');
      response.setHeader('Content-Security-Policy', page.policy);
      response.end(page.html);
    } else {
      response.setHeader('Content-Type', form === 'text/plain' ? 'text/plain; charset=UTF-8' : 'application/problem+json');
      response.end(form === 'text/plain' ? page.text : page.problem);
    }
  }
}
