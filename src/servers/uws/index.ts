import {
  type RunningServer,
  type ServedApp,
  type ServerAdapter,
  ServerNotice,
  type ServerOptions,
} from '../../http/gateway/server-adapter.js';
import { UWS_OPTIONS } from '../option-names.js';
import type { ListenOptions } from '../listening.js';
import type { TlsOptions } from '../tls-options.js';
import { loadBinding, type UwsApp } from './uws-binding.js';
import { UwsExchange } from './uws-exchange.js';
import { ServerState } from './server-state.js';
import { listenUws } from './uws-listen.js';
import { messageLimit } from '../message-limit.js';
import { openSockets, type UwsSocketExchange } from './uws-socket.js';
import { makeApp } from './uws-tls.js';
import { warnIgnoredOptions } from '../own-limits.js';
import { toError } from '../../support/value-kinds.js';
import { installedVersion, versionNotice } from './uws-version.js';

/** Options of the `uws` adapter. It supports the TLS options `key` and `cert` (PEM), `passphrase` and `ciphers`. */
export interface UwsServerOptions extends ServerOptions, Pick<ListenOptions, 'host' | 'port'>, TlsOptions {
  /**
   * The largest WebSocket message, in bytes. It must be at least the largest `maxMessage` of the routes. Default: the largest
   * `maxMessage` of the routes when the server starts, and at least 1,048,576.
   */
  maxMessage?: number;
}

/** How long shutdown waits for data that has arrived but is not parsed yet, in milliseconds. */
const PARSE_DELAY = 50;

/** uWebSockets.js routes these verbs, so the verb of a request is known without asking. */
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
 * Serves on uWebSockets.js, a server in C++. It is much faster than `node:http`, and stricter:
 *
 * - It serves HTTP/1.1 only. It closes the connection without an answer for HTTP/1.0, malformed requests, verbs beyond those of
 *   RFC 9110, and absolute URLs as targets. A request that is sent before the previous answer (pipelining) also ends the
 *   connection, unless the previous request is answered synchronously.
 * - A request with more than 48 headers (about 100 from version 20.48) gets no answer. Its connection is closed after 10 seconds.
 *   The server logs a notice about versions before 20.48 when it starts, and refuses versions before 20.30.
 * - Its timeouts are fixed: 10 seconds for the head of a request, for an idle connection, and for a client to receive or send
 *   more.
 * - A WebSocket client that sends faster than the method reads is not slowed down. Above 4 MB of unread messages it is closed with
 *   1013, and the method still receives the messages that were taken. A message above twice the server's `maxMessage` ends the
 *   connection without a close code.
 * - It listens on a host and port only, not on Unix sockets.
 * - The address of a client is known only until the answer is complete.
 *
 * @throws (rejects) Error when uWebSockets.js is not installed, is too old or has no binary for this Node, or when the address is not
 *   available. TypeError for options that it does not support, and for a `maxMessage` below that of a route.
 * @example
 * // npm install uNetworking/uWebSockets.js#v20.30.0
 * await app.run({ server: 'uws', port: 8080 });
 * @see https://github.com/uNetworking/uWebSockets.js
 */
export class UwsServer implements ServerAdapter {
  readonly options = UWS_OPTIONS;

  async listen(app: ServedApp, options: UwsServerOptions): Promise<RunningServer> {
    const binding = loadBinding();
    const notice = versionNotice(installedVersion());
    const logError = (error: unknown): void => app.log?.(toError(error));
    const maxMessage = messageLimit('uws', app, options.maxMessage);
    const { app: server, secure } = makeApp(binding, options);
    const state = new ServerState(secure, logError);
    serve(server, app, state, { maxMessage, compression: binding.SHARED_COMPRESSOR });
    const { url, socket } = await listenUws(binding, server, options, secure ? 'https' : 'http');
    warnIgnoredOptions('uws', app, options);
    if (notice !== undefined) logError(new ServerNotice(notice));
    let closed: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      binding.us_listen_socket_close(socket);
      state.stop();
      await new Promise((resolve) => setTimeout(resolve, PARSE_DELAY));
      await state.drain(options.shutdownTimeout ?? 10_000);
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

function serve(server: UwsApp, app: ServedApp, state: ServerState, sockets: Parameters<typeof openSockets>[2]): void {
  const answer = (exchange: UwsExchange | UwsSocketExchange): void => {
    if (exchange.refusal !== undefined) {
      exchange.refuse(exchange.refusal);
      return;
    }
    void app.handle(exchange);
    exchange.endTurn();
  };
  openSockets(server, state, sockets, answer);
  for (const [name, verb] of Object.entries(VERBS) as [keyof typeof VERBS, string][]) {
    server[name]('/*', (response, request) => answer(new UwsExchange(state, response, request, verb)));
  }
}
