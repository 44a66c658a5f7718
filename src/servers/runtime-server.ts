import { type ServedApp, ServerNotice, type ServerOptions } from '../http/gateway/server-adapter.js';
import { listenError } from './listening.js';

/** Options of the `bun` and `deno` adapters. */
export interface RuntimeServerOptions extends ServerOptions {
  /** The path of a Unix socket to listen on, instead of host and port. */
  socket?: string;
  /** Serves https with this key and certificate (PEM). */
  key?: string;
  cert?: string;
  /**
   * The largest WebSocket message, in bytes. It must be at least the largest `maxMessage` of the routes. Default: the largest
   * `maxMessage` of the routes when the server starts, and at least 1,048,576.
   */
  maxMessage?: number;
}

/** @throws RangeError when a route allows larger messages than its server. */
export function checkMaxMessage(server: string, ofRoute: number, ofServer: number): void {
  if (ofRoute <= ofServer) return;
  throw new RangeError(
    `The WebSocket accepts messages of ${ofRoute} bytes, but its server only of ${ofServer} bytes. Use run({ server: '${server}', maxMessage: ${ofRoute} }).`,
  );
}

/** Options of other servers that these runtimes do not support. */
const UNSUPPORTED_OPTIONS = [
  'keepAliveTimeout',
  'headersTimeout',
  'requestTimeout',
  'maxHeaderSize',
  'maxConnections',
  'backlog',
  'fd',
] as const;

/** Logs a notice for options that the server ignores. */
export function warnIgnoredOptions(server: string, app: ServedApp, options: RuntimeServerOptions): void {
  const ignored = UNSUPPORTED_OPTIONS.filter((name) => options[name] !== undefined);
  if (ignored.length === 0) return;
  app.log?.(new ServerNotice(`The server '${server}' has its own limits and ignores ${ignored.join(', ')}.`));
}

/** Starts the runtime's server. Turns its errors into those of the other servers. */
export function withListenErrors<T>(address: ReturnType<typeof listenAddress>, start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw runtimeError(error as NodeJS.ErrnoException, address);
  }
}

function runtimeError(error: NodeJS.ErrnoException, { host, port, socket }: ReturnType<typeof listenAddress>): Error {
  if (socket !== undefined) {
    // Bun and Deno report a missing directory as ENOENT. node:net reports it as EACCES.
    if (error.code === 'ENOENT') error.code = 'EACCES';
    return listenError(error, { path: socket });
  }
  // For an unknown host name, Deno gives no code, and Bun gives EADDRNOTAVAIL.
  if (!/^[\d.]+$|:/.test(host) && (error.code === undefined || error.code === 'EADDRNOTAVAIL')) error.code = 'ENOTFOUND';
  return listenError(error, { host, port });
}

/** The address to listen on, with defaults. */
export function listenAddress({ host = '127.0.0.1', port = 8080, socket }: RuntimeServerOptions): {
  host: string;
  port: number;
  socket: string | undefined;
} {
  return { host, port, socket: socket ?? (host.startsWith('unix:') ? host.slice(5) : undefined) };
}

/** The error of an adapter that runs on another runtime than its own. */
export function wrongRuntimeError(server: string, name: string): Error {
  return Object.assign(
    new Error(`The server '${server}' runs on ${name} only, and this is another runtime. Use the server 'node' or 'auto'.`),
    {
      code: 'BN_NO_RUNTIME',
    },
  );
}

/** Waits for a server to stop gracefully. After `timeout` (in milliseconds), calls `cut` to end what is still open. */
export async function withDeadline(stopped: Promise<unknown>, cut: () => unknown, timeout = 10_000): Promise<void> {
  const deadline = setTimeout(cut, timeout);
  try {
    await stopped;
  } finally {
    clearTimeout(deadline);
  }
}
