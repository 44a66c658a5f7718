import {
  type RunningServer,
  type ServedApp,
  type ServerAdapter,
  ServerNotice,
  type ServerOptions,
} from '../../http/gateway/server-adapter.js';
import type { ListenOptions } from '../listening.js';
import type { TlsOptions } from '../tls-options.js';
import { loadBinding, type UwsApp } from './uws-binding.js';
import { UwsExchange } from './uws-exchange.js';
import { Host } from './server-state.js';
import { listenUws } from './uws-listen.js';
import { openSockets, type UwsSocketExchange } from './uws-socket.js';
import { makeApp } from './uws-tls.js';

/** Options of the `uws` adapter. Of those for TLS it takes `key` and `cert` (PEM), `passphrase` and `ciphers`. */
export interface UwsServerOptions extends ServerOptions, Pick<ListenOptions, 'host' | 'port'>, TlsOptions {
  /**
   * The largest message that a WebSocket may take, in bytes: that of the route with the largest `maxMessage`. Default: 1,048,576,
   * which is also theirs.
   */
  maxMessage?: number;
}

const MAX_MESSAGE = 1024 * 1024;

/** How long what has arrived before the end, and was not read yet, is waited for, in milliseconds. */
const LOOK = 50;

/** Limits of the other servers that uWebSockets.js has its own of, or none. */
const FIXED = ['keepAliveTimeout', 'headersTimeout', 'requestTimeout', 'maxHeaderSize', 'maxConnections', 'backlog'] as const;

/** What uWebSockets.js routes by itself, and by what we know the verb without asking. */
const VERBS = {
  get: 'GET',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  del: 'DELETE',
  options: 'OPTIONS',
  head: 'HEAD',
  connect: 'CONNECT',
  trace: 'TRACE',
} as const;

/**
 * Serves on uWebSockets.js, a server in C++: much faster than `node:http`, and stricter. What it cannot do:
 *
 * - It serves HTTP/1.1 only, and closes the connection of what it does not take (HTTP/1.0, malformed requests, verbs beyond those
 *   of RFC 9110, whole URLs as targets, more than 50 headers) without an answer. A request that is sent before the answer to the
 *   one before it has come also ends the connection, unless that one is answered synchronously.
 * - Its times are fixed: 10 seconds for a head to arrive and for an idle connection, and for a client to take, or send, more.
 * - WebSockets are not compressed, and a client that sends faster than the method reads is not slowed down but, at 4 MB, cut off.
 * - It listens at a host and port only, not on Unix sockets.
 * - It knows the address of a client until the answer is complete.
 *
 * @example
 * // npm install uNetworking/uWebSockets.js#v20.30.0
 * await app.run({ server: 'uws', port: 8080 });
 * @see https://github.com/uNetworking/uWebSockets.js
 */
export class UwsServer implements ServerAdapter {
  async listen(app: ServedApp, options: UwsServerOptions): Promise<RunningServer> {
    const binding = loadBinding();
    const lost = (error: unknown): void => app.log?.(error instanceof Error ? error : new Error(String(error)));
    const { app: server, secure } = makeApp(binding, options);
    const host = new Host(secure, lost);
    serve(server, app, host, options.maxMessage ?? MAX_MESSAGE);
    const { url, socket } = await listenUws(binding, server, options, secure ? 'https' : 'http');
    const ignored = FIXED.filter((name) => options[name] !== undefined);
    if (ignored.length > 0)
      lost(new ServerNotice(`The server 'uws' has limits of its own, and does not heed ${ignored.join(', ')}.`));
    let closed: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      binding.us_listen_socket_close(socket);
      host.stop();
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      await host.drain(options.shutdownTimeout ?? 10_000);
      server.close();
    };
    return {
      url,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  }
}

function serve(server: UwsApp, app: ServedApp, host: Host, maxMessage: number): void {
  const answer = (exchange: UwsExchange | UwsSocketExchange): void => {
    if (exchange.refusal !== undefined) {
      exchange.refuse(exchange.refusal);
      return;
    }
    void app.handle(exchange);
    exchange.endTurn();
  };
  openSockets(server, host, maxMessage, answer);
  for (const [name, verb] of Object.entries(VERBS) as [keyof typeof VERBS, string][]) {
    server[name]('/*', (response, request) => answer(new UwsExchange(host, response, request, verb)));
  }
}
