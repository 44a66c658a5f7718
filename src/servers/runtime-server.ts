import type { ServedApp, ServerOptions } from '../http/gateway/server-adapter.js';
import { listenError } from './listening.js';
import { fetchLastResort } from '../http/gateway/last-resort.js';
import { toError } from '../support/value-kinds.js';

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

/** The URL of a server that listens on an address, and got this port. */
export function listeningUrl(
  { host, socket }: ReturnType<typeof listenAddress>,
  port: number | undefined,
  key: string | undefined,
): string {
  if (socket !== undefined) return `unix:${socket}`;
  return `http${key === undefined ? '' : 's'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
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

/** Logs an error that the runtime caught, and answers it. */
export function answerOfError(app: ServedApp, error: unknown): globalThis.Response {
  app.log?.(toError(error));
  return fetchLastResort();
}

/**
 * Keeps a runtime from adding `Content-Length: 0` to the answer to HEAD when GET would have a body of unknown length (RFC 9110 §9.3.2).
 * The runtimes add it to a `Response` without a body.
 */
export async function withoutZeroLength(
  { method }: globalThis.Request,
  answer: globalThis.Response | Promise<globalThis.Response>,
): Promise<globalThis.Response> {
  const response = await answer;
  const { status, headers, body } = response;
  const hasNoBody = status < 200 || status === 204 || status === 205 || status === 304 || status > 599;
  if (method !== 'HEAD' || body !== null || hasNoBody || headers.has('Content-Length')) return response;
  // Bun treats a stream that ends at once like no body.
  let end: NodeJS.Timeout;
  const stream = new ReadableStream({
    start(controller) {
      end = setTimeout(() => controller.close());
    },
    cancel: () => clearTimeout(end),
  });
  return new globalThis.Response(stream, response);
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
