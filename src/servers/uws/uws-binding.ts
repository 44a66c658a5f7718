import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket, WebSocket } from 'uWebSockets.js';
import { loadPeer, missingPeer } from '../../support/load-peer.js';

export type { HttpRequest, HttpResponse, us_listen_socket, WebSocket };

/** `close` is there since 20.30, and not among the types of that version. */
export interface UwsApp extends Omit<TemplatedApp, 'listen'> {
  listen(host: string, port: number, options: number, done: (socket: us_listen_socket | false) => void): unknown;
  /** Closes every connection, and stops listening. */
  close(): void;
}

/** What of uWebSockets.js is used. */
export interface Binding {
  App(): UwsApp;
  SSLApp(options: { key_file_name: string; cert_file_name: string; passphrase?: string; ssl_ciphers?: string }): UwsApp;
  us_listen_socket_close(socket: us_listen_socket): void;
  us_socket_local_port(socket: us_listen_socket): number;
}

/**
 * Loads uWebSockets.js.
 *
 * @throws Error of one line that says what to do: it is not installed, or it has no binary for this Node.
 */
export function loadBinding(load: () => Partial<Binding> | undefined = () => loadPeer('uWebSockets.js')): Binding {
  let found: Partial<Binding> | undefined;
  try {
    found = load();
  } catch (cause) {
    throw unfit(cause);
  }
  if (found === undefined) throw new Error(missingPeer('uWebSockets.js', "The server 'uws' needs"));
  // Builds of others fall back on an imitation in JavaScript, which has not all of it.
  if (typeof found.us_socket_local_port !== 'function' || typeof found.App !== 'function') throw unfit(undefined);
  return found as Binding;
}

function unfit(cause: unknown): Error {
  const { version, platform, arch } = process;
  return new Error(
    `uWebSockets.js has no binary for Node ${version} on ${platform} ${arch}: install a version of it for this Node ` +
      `(https://github.com/uNetworking/uWebSockets.js/releases), or run({ server: 'node' }).`,
    { cause },
  );
}
