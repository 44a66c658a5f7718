import type { ServerOptions } from '../http/server.js';

/** Options of the servers that Bun and Deno bring along. */
export interface RuntimeServerOptions extends ServerOptions {
  /** The path of a Unix socket to listen at, in place of host and port. */
  socket?: string;
  /** Serve https with this key and certificate (PEM). */
  key?: string;
  cert?: string;
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
