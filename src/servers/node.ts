import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { RunningServer, ServedApp, ServerAdapter, ServerOptions } from '../http/server.js';

/** Options of the `node` adapter, in milliseconds where they are times. */
export interface NodeServerOptions extends ServerOptions {
  /** Serve https with this key and certificate (PEM). */
  key?: string | Buffer;
  cert?: string | Buffer;
  keepAliveTimeout?: number;
  headersTimeout?: number;
  requestTimeout?: number;
  maxHeaderSize?: number;
  maxConnections?: number;
}

/** Serves on `node:http`, or `node:https` given a key and a certificate. */
export class NodeServer implements ServerAdapter {
  async listen(app: ServedApp, options: NodeServerOptions): Promise<RunningServer> {
    const { host = '127.0.0.1', port = 8080, key, cert, shutdownTimeout = 10_000 } = options;
    const isSecure = key !== undefined || cert !== undefined;
    const settings = {
      keepAliveTimeout: options.keepAliveTimeout ?? 5_000,
      headersTimeout: options.headersTimeout ?? 60_000,
      requestTimeout: options.requestTimeout ?? 300_000,
      maxHeaderSize: options.maxHeaderSize ?? 16_384,
    };
    const server: Server = isSecure
      ? createSecureServer({ ...settings, key, cert }, app.listener)
      : createServer(settings, app.listener);
    if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, host, port)));
      server.listen(port, host, resolve);
    });
    const address = server.address() as AddressInfo;
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return { url: `${isSecure ? 'https' : 'http'}://${name}:${address.port}`, close: () => close(server, shutdownTimeout) };
  }
}

/** Takes no more connections, waits for open requests, and cuts those that take longer than the timeout. */
function close(server: Server, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => server.closeAllConnections(), timeout);
    server.close((error) => {
      clearTimeout(deadline);
      if (error === undefined || (error as NodeJS.ErrnoException).code === 'ERR_SERVER_NOT_RUNNING') resolve();
      else reject(error);
    });
    server.closeIdleConnections();
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): globalThis.Error {
  const remedies: Record<string, string> = {
    EADDRINUSE: `Port ${port} of ${host} is in use: stop what listens there, or choose another port (0 takes any that is free).`,
    EACCES: `Port ${port} may not be opened by this user: choose one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: choose one of its own, 127.0.0.1 or 0.0.0.0.`,
  };
  const remedy = remedies[error.code ?? ''];
  return remedy === undefined ? error : Object.assign(new globalThis.Error(remedy, { cause: error }), { code: error.code });
}
