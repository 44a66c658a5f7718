import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { awaitsContinue, NodeExchange, readFraming } from '../../http/gateway/node-exchange.js';
import type { ServedApp, ServerOptions } from '../../http/gateway/server-adapter.js';
import type { Refusal } from '../../http/gateway/framing.js';
import { answerClientError } from './client-error.js';
import { Connections } from './connections.js';
import { DirectMessage } from './direct-message.js';
import type { ListenOptions } from '../listening.js';
import type { TlsOptions } from '../tls-options.js';
import { serveUpgrades } from './upgrades.js';

/** Options of servers of HTTP/1.1, in milliseconds where they are times, and in bytes where they are sizes. */
export interface Http1Options extends ServerOptions, ListenOptions {
  /**
   * How long a connection may be idle between requests. Default: 72,000: longer than the proxies of the field keep theirs (60,000
   * and less), since a proxy that sends a request just when its server hangs up has to answer with an error.
   */
  keepAliveTimeout?: number;
  /** How long a client may take to send the head of a request. Default: 60,000; 0 means as long as it likes. */
  headersTimeout?: number;
  /** How long it may take to send all of a request; not how long the answer takes. Default: 300,000; 0 means as long as it likes. */
  requestTimeout?: number;
  /** How large a request's head may be, in bytes. Default: 16,384. */
  maxHeaderSize?: number;
  /** How many connections are open at most; more are closed at once. Default: as many as the system allows. */
  maxConnections?: number;
}

/** A server of HTTP/1.1 that takes requests, and does not listen yet. */
export interface Http1Server {
  readonly server: Server;
  readonly connections: Connections;
  /** Closes gracefully, once it listens. */
  close(lingering?: number): Promise<void>;
}

/** The timeouts that hold where nothing is said. */
export function timeouts(options: Http1Options): { keepAliveTimeout: number; headersTimeout: number; requestTimeout: number } {
  for (const name of LIMITS) {
    const value = options[name];
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw new RangeError(`${name} has to be a number that is not negative, not ${String(value)}.`);
    }
  }
  const { requestTimeout = 300_000, keepAliveTimeout = KEEP_ALIVE } = options;
  // A head is part of its request; node takes nothing else.
  const headersTimeout = options.headersTimeout ?? Math.min(60_000, requestTimeout || Number.POSITIVE_INFINITY);
  if (requestTimeout > 0 && headersTimeout > requestTimeout) {
    throw new RangeError(
      `headersTimeout (${headersTimeout}) cannot be longer than requestTimeout (${requestTimeout}), of which it is a part.`,
    );
  }
  return { keepAliveTimeout, headersTimeout, requestTimeout };
}

/** See `Http1Options`. */
export const KEEP_ALIVE = 72_000;

const LIMITS = [
  'keepAliveTimeout',
  'headersTimeout',
  'requestTimeout',
  'maxHeaderSize',
  'maxConnections',
  'shutdownTimeout',
] as const;

/**
 * Makes a server of HTTP/1.1 for an app.
 *
 * @param tls serves https.
 * @param front the server that accepts the connections, if it is another, which hands them over by the event `connection`.
 */
export async function http1Server(
  app: ServedApp,
  options: Http1Options,
  { tls, front }: { tls?: TlsOptions | undefined; front?: NetServer } = {},
): Promise<Http1Server> {
  const times = timeouts(options);
  // node looks for requests that take too long only so often: every 30 seconds, if left alone. Zero means no timeout.
  const shortest = Math.min(...[times.headersTimeout, times.requestTimeout].map((ms) => ms || Number.POSITIVE_INFINITY));
  const settings = {
    ...times,
    IncomingMessage: DirectMessage as unknown as typeof IncomingMessage,
    connectionsCheckingInterval: Math.max(10, Math.min(30_000, Math.floor(shortest / 4))),
    maxHeaderSize: options.maxHeaderSize ?? 16_384,
  };
  // https brings all of TLS along, which plain http need not wait for.
  const server: Server =
    tls === undefined ? createServer(settings) : (await import('node:https')).createServer({ ...settings, ...tls });
  const connections = new Connections(server, front);
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (!connections.note(request, response)) return;
    const framing = readFraming(request);
    if (typeof framing === 'boolean') app.handle(new NodeExchange(request, response, framing));
    else refuse(framing, request, response);
  };
  server.on('request', serve);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    awaitsContinue(request);
    server.emit('request', request, response);
  });
  server.on('clientError', answerClientError);
  const closeSockets = serveUpgrades(server, app, tls !== undefined);
  if (options.maxConnections !== undefined) (front ?? server).maxConnections = options.maxConnections;
  const { shutdownTimeout = 10_000 } = options;
  const close = (lingering?: number): Promise<void> => {
    closeSockets();
    return connections.close(shutdownTimeout, lingering);
  };
  return { server, connections, close };
}

/** Answers in turn, as an app would, and hangs up: what follows on the connection is as doubtful as the request. */
function refuse({ status, text }: Refusal, request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false;
  Connections.refuse(request.socket);
  const body = request.method === 'HEAD' ? null : text;
  const headers = ['Content-Type', 'text/plain; charset=UTF-8', 'Content-Length', String(text.length)];
  new NodeExchange(request, response).send(status, '', headers, body);
}
