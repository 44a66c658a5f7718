import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awaitsContinue } from '../http/node-exchange.js';
import type { RunningServer, ServedApp, ServerAdapter, ServerOptions } from '../http/server.js';
import { answerClientError } from './client-error.js';
import { Connections } from './connections.js';
import { serveUpgrades } from './upgrades.js';

/** Options of the `node` adapter, in milliseconds where they are times. */
export interface NodeServerOptions extends ServerOptions {
  /** Serve https with this key and certificate (PEM). */
  key?: string | Buffer;
  cert?: string | Buffer;
  keepAliveTimeout?: number;
  /** How long a client may take to send the head of a request. Default: 60,000; 0 means as long as it likes. */
  headersTimeout?: number;
  /** How long it may take to send all of a request; not how long the answer takes. Default: 300,000; 0 means as long as it likes. */
  requestTimeout?: number;
  /** How large a request's head may be, in bytes. Default: 16,384. */
  maxHeaderSize?: number;
  maxConnections?: number;
}

/** Listens on a socket that is bound already, in place of host and port. */
interface Bound {
  handle?: object;
}

/** Closes at leisure: see `Connections.close`. */
export interface RunningNodeServer extends RunningServer {
  close(lingering?: number): Promise<void>;
}

/** Serves on `node:http`, or `node:https` given a key and a certificate. */
export class NodeServer implements ServerAdapter {
  async listen(app: ServedApp, options: NodeServerOptions & Bound): Promise<RunningNodeServer> {
    const { host = '127.0.0.1', port = 8080, key, cert, shutdownTimeout = 10_000 } = options;
    const isSecure = key !== undefined || cert !== undefined;
    const { headersTimeout = 60_000, requestTimeout = 300_000 } = options;
    // node looks for requests that take too long only so often: every 30 seconds, if left alone. Zero means no timeout.
    const shortest = Math.min(headersTimeout || Number.POSITIVE_INFINITY, requestTimeout || Number.POSITIVE_INFINITY);
    const settings = {
      keepAliveTimeout: options.keepAliveTimeout ?? 5_000,
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.max(10, Math.min(30_000, Math.floor(shortest / 4))),
      maxHeaderSize: options.maxHeaderSize ?? 16_384,
    };
    // https brings all of TLS along, which plain http need not wait for.
    const server: Server = isSecure
      ? (await import('node:https')).createServer({ ...settings, key, cert })
      : createServer(settings);
    const connections = new Connections(server);
    const { listener } = app;
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      connections.note(request, response);
      listener(request, response);
    };
    server.on('request', serve);
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      awaitsContinue(request);
      server.emit('request', request, response);
    });
    server.on('clientError', answerClientError);
    const closeSockets = serveUpgrades(server, app, isSecure);
    if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
    await new Promise<void>((resolve, reject) => {
      // It stays: accepting a connection may fail later, for want of file descriptors, which is no reason to go down.
      server.on('error', (error) => {
        if (server.listening) app.log?.(error);
        else reject(listenError(error, host, port));
      });
      if (options.handle === undefined) server.listen(port, host, resolve);
      else server.listen(options.handle, resolve);
    });
    const address = server.address() as AddressInfo;
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    const close = (lingering?: number): Promise<void> => {
      closeSockets();
      return connections.close(shutdownTimeout, lingering);
    };
    return { url: `${isSecure ? 'https' : 'http'}://${name}:${address.port}`, close };
  }
}

/** What to do when a socket cannot be had. */
export function listenError(error: NodeJS.ErrnoException, host: string, port: number): globalThis.Error {
  const remedies: Record<string, string> = {
    EADDRINUSE: `Port ${port} of ${host} is in use: stop what listens there, or choose another port (0 takes any that is free).`,
    EACCES: `Port ${port} may not be opened by this user: choose one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: choose one of its own, 127.0.0.1 or 0.0.0.0.`,
  };
  const remedy = remedies[error.code ?? ''];
  return remedy === undefined ? error : Object.assign(new globalThis.Error(remedy, { cause: error }), { code: error.code });
}
