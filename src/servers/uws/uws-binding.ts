import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket, WebSocket } from 'uWebSockets.js';
import { loadPeer, missingPeer } from '../../support/load-peer.js';

export type { HttpRequest, HttpResponse, us_listen_socket, WebSocket };

/** `close` exists since 20.30, but is missing in the types of that version. */
export interface UwsApp extends Omit<TemplatedApp, 'listen'> {
  listen(state: string, port: number, options: number, done: (socket: us_listen_socket | false) => void): unknown;
  /** Closes every connection and stops listening. */
  close(): void;
}

/** The parts of uWebSockets.js that are used. */
export interface Binding {
  /** Compresses WebSockets without memory per connection. */
  readonly SHARED_COMPRESSOR: number;
  App(): UwsApp;
  SSLApp(options: { key_file_name: string; cert_file_name: string; passphrase?: string; ssl_ciphers?: string }): UwsApp;
  us_listen_socket_close(socket: us_listen_socket): void;
  us_socket_local_port(socket: us_listen_socket): number;
}

/**
 * Loads uWebSockets.js.
 *
 * @throws Error with a one-line remedy when it is not installed, or has no binary for this Node.
 */
export function loadBinding(load: () => Partial<Binding> | undefined = () => loadPeer('uWebSockets.js')): Binding {
  let found: Partial<Binding> | undefined;
  try {
    found = load();
  } catch (cause) {
    throw incompatible(cause);
  }
  if (found === undefined) throw new Error(missingPeer('uWebSockets.js', "The server 'uws' needs"));
  // Other packages of this name are an imitation in JavaScript, which lacks some functions.
  if (typeof found.us_socket_local_port !== 'function' || typeof found.App !== 'function') throw incompatible(undefined);
  return found as Binding;
}

function incompatible(cause: unknown): Error {
  const { version, platform, arch } = process;
  return new Error(
    `uWebSockets.js has no binary for Node ${version} on ${platform} ${arch}: install a version of it for this Node ` +
      `(https://github.com/uNetworking/uWebSockets.js/releases), or run({ server: 'node' }).`,
    { cause },
  );
}
