import { LIMIT_OPTIONS } from '../option-names.js';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import { deferContinue, NodeExchange, readFraming } from '../../http/gateway/node-exchange.js';
import type { ServedApp, ServerOptions } from '../../http/gateway/server-adapter.js';
import type { Refusal } from '../../http/gateway/framing.js';
import { answerClientError } from './client-error.js';
import { Connections } from './connections.js';
import { DirectMessage } from './direct-message.js';
import type { ListenOptions } from '../listening.js';
import type { TlsOptions } from '../tls-options.js';
import { serveUpgrades } from './upgrades.js';

/** Options of HTTP/1.1 servers. Times are in milliseconds, sizes in bytes. */
export interface Http1Options extends ServerOptions, ListenOptions {
  /**
   * How long a connection may be idle between requests. Default: 72,000, which is longer than the keep-alive of common proxies
   * (60,000 or less). A proxy that sends a request while its server closes the connection must answer with an error.
   */
  keepAliveTimeout?: number;
  /** How long a client may take to send the head of a request. Default: 60,000; 0 means no limit. */
  headersTimeout?: number;
  /**
   * How long a client may take to send a whole request. The time for the answer does not count. Default: 300,000; 0 means no
   * limit.
   */
  requestTimeout?: number;
  /**
   * How long a client may leave a part of an answer unread before it is disconnected. The time starts again whenever some of the
   * answer could be sent. Default: 60,000; 0 means no limit.
   */
  sendTimeout?: number;
  /** The largest head of a request, in bytes. Default: 16,384. */
  maxHeaderSize?: number;
  /** The most connections that are open at the same time. Further ones are closed at once. Default: the limit of the system. */
  maxConnections?: number;
}

/** An HTTP/1.1 server that handles requests and does not listen yet. */
interface Http1Server {
  readonly server: Server;
  readonly connections: Connections;
  /** Closes gracefully. Call it after the server listens. `lingering`: how long idle connections stay open, in milliseconds. */
  close(lingering?: number): Promise<void>;
}

/**
 * The timeouts of a server, with defaults.
 *
 * @throws RangeError for a value that is not a number of at least 0, or a `headersTimeout` above `requestTimeout`.
 */
export function timeouts(options: Http1Options): {
  keepAliveTimeout: number;
  headersTimeout: number;
  requestTimeout: number;
  sendTimeout: number;
} {
  for (const name of LIMITS) {
    const value = options[name];
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw new RangeError(`${name} must be a number of at least 0, not ${String(value)}.`);
    }
  }
  const { requestTimeout = 300_000, keepAliveTimeout = KEEP_ALIVE, sendTimeout = 60_000 } = options;
  // The head is part of the request. Node rejects other values.
  const headersTimeout = options.headersTimeout ?? Math.min(60_000, requestTimeout || Number.POSITIVE_INFINITY);
  if (requestTimeout > 0 && headersTimeout > requestTimeout) {
    throw new RangeError(
      `headersTimeout (${headersTimeout}) must not be longer than requestTimeout (${requestTimeout}), which includes it.`,
    );
  }
  return { keepAliveTimeout, headersTimeout, requestTimeout, sendTimeout };
}

/** The default of `keepAliveTimeout`, in milliseconds. */
export const KEEP_ALIVE = 72_000;

/** The options that are checked. `satisfies` finds a name in the list of limits that has no option here. */
const LIMITS = [...LIMIT_OPTIONS, 'shutdownTimeout'] as const satisfies readonly (keyof Http1Options)[];

/**
 * Creates an HTTP/1.1 server for an app.
 *
 * @param tls serves https with these options.
 * @param acceptor the server that accepts the connections, if it is another. It passes them on with the event `connection`.
 */
export async function http1Server(
  app: ServedApp,
  options: Http1Options,
  { tls, acceptor }: { tls?: TlsOptions | undefined; acceptor?: NetServer } = {},
): Promise<Http1Server> {
  const { sendTimeout, ...times } = timeouts(options);
  // Node checks for expired requests every 30 seconds by default. That is too rare for short timeouts. Zero means no timeout.
  const shortest = Math.min(...[times.headersTimeout, times.requestTimeout].map((ms) => ms || Number.POSITIVE_INFINITY));
  const settings = {
    ...times,
    IncomingMessage: DirectMessage as unknown as typeof IncomingMessage,
    connectionsCheckingInterval: Math.max(10, Math.min(30_000, Math.floor(shortest / 4))),
    maxHeaderSize: options.maxHeaderSize ?? 16_384,
  };
  // `node:https` loads all of TLS. Plain http does not need it.
  const server: Server =
    tls === undefined ? createServer(settings) : (await import('node:https')).createServer({ ...settings, ...tls });
  const connections = new Connections(server, acceptor);
  // Node starts the connection timeouts of a server when it listens. A server that is given its connections does not listen.
  if (acceptor !== undefined || options.source !== undefined) server.emit('listening');
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (!connections.track(request, response)) return;
    const framing = readFraming(request);
    if (typeof framing === 'boolean') app.handle(new NodeExchange(request, response, framing));
    else refuse(framing, request, response);
  };
  server.on('request', serve);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    deferContinue(request);
    server.emit('request', request, response);
  });
  server.on('clientError', answerClientError);
  if (sendTimeout > 0) server.setTimeout(sendTimeout, (socket: Socket) => connections.expire(socket));
  const closeSockets = serveUpgrades(server, app, connections, tls !== undefined);
  if (options.maxConnections !== undefined) (acceptor ?? server).maxConnections = options.maxConnections;
  const { shutdownTimeout = 10_000 } = options;
  const close = (lingering?: number): Promise<void> => {
    closeSockets();
    return connections.close(shutdownTimeout, lingering);
  };
  return { server, connections, close };
}

/**
 * Refuses a request after the answers to earlier requests, and closes the connection. Data that follows cannot be trusted either.
 */
function refuse({ status, text }: Refusal, request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false;
  Connections.refuse(request.socket);
  const body = request.method === 'HEAD' ? null : text;
  const headers = ['Content-Type', 'text/plain; charset=UTF-8', 'Content-Length', String(text.length)];
  new NodeExchange(request, response).send(status, '', headers, body);
}
