import { type ServedApp, ServerNotice, type ServerOptions } from '../http/gateway/server-adapter.js';
import { listenError } from './listening.js';

/** Options of the servers that Bun and Deno bring along. */
export interface RuntimeServerOptions extends ServerOptions {
  /** The path of a Unix socket to listen at, in place of host and port. */
  socket?: string;
  /** Serve https with this key and certificate (PEM). */
  key?: string;
  cert?: string;
  /**
   * The largest message that a WebSocket may take, in bytes: that of the route with the largest `maxMessage`. Default: 1,048,576,
   * which is also theirs.
   */
  maxMessage?: number;
}

/** The same as a route's. */
export const MAX_MESSAGE = 1024 * 1024;

/** @throws RangeError for a route whose messages are larger than those of its server. */
export function checkMaxMessage(server: string, ofRoute: number, ofServer: number): void {
  if (ofRoute <= ofServer) return;
  throw new RangeError(
    `The WebSocket takes messages of ${ofRoute} bytes, and its server of ${ofServer}: run({ server: '${server}', maxMessage: ${ofRoute} }).`,
  );
}

/** Limits of the other servers that the runtimes have their own of, or none. */
const FIXED = [
  'keepAliveTimeout',
  'headersTimeout',
  'requestTimeout',
  'maxHeaderSize',
  'maxConnections',
  'backlog',
  'fd',
] as const;

/** Says in the log what was asked for in vain. */
export function noteIgnored(server: string, app: ServedApp, options: RuntimeServerOptions): void {
  const ignored = FIXED.filter((name) => options[name] !== undefined);
  if (ignored.length === 0) return;
  app.log?.(new ServerNotice(`The server '${server}' has limits of its own, and does not heed ${ignored.join(', ')}.`));
}

/** Lets the runtime listen. What it throws is worded as on every server. */
export function listening<T>(place: ReturnType<typeof runtimePlace>, start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw runtimeError(error as NodeJS.ErrnoException, place);
  }
}

function runtimeError(error: NodeJS.ErrnoException, { host, port, socket }: ReturnType<typeof runtimePlace>): Error {
  if (socket !== undefined) {
    // libuv's word for a directory that is not there.
    if (error.code === 'ENOENT') error.code = 'EACCES';
    return listenError(error, { path: socket });
  }
  // Of names, Deno gives no code, and Bun that of an address.
  if (!/^[\d.]+$|:/.test(host) && (error.code === undefined || error.code === 'EADDRNOTAVAIL')) error.code = 'ENOTFOUND';
  return listenError(error, { host, port });
}

/** Where to listen. */
export function runtimePlace({ host = '127.0.0.1', port = 8080, socket }: RuntimeServerOptions): {
  host: string;
  port: number;
  socket: string | undefined;
} {
  return { host, port, socket: socket ?? (host.startsWith('unix:') ? host.slice(5) : undefined) };
}

/** The error of a server whose runtime is another. */
export function noRuntime(server: string, name: string): Error {
  return Object.assign(new Error(`The server ${server} is ${name}'s own, and this is another runtime: choose node, or auto.`), {
    code: 'BN_NO_RUNTIME',
  });
}

/** Waits for a server to stop gracefully, and cuts what takes longer than its time (in milliseconds). */
export async function withDeadline(stopped: Promise<unknown>, cut: () => unknown, timeout = 10_000): Promise<void> {
  const deadline = setTimeout(cut, timeout);
  try {
    await stopped;
  } finally {
    clearTimeout(deadline);
  }
}
