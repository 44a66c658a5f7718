import { RUNTIME_OPTIONS } from '../option-names.js';
import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { bunHandlers, BunSocket } from './bun-socket.js';
import { messageLimit } from '../message-limit.js';
import { acceptSocket, isUpgradeRequest } from '../runtime-socket.js';
import {
  answerOfError,
  withListenErrors,
  wrongRuntimeError,
  type RuntimeServerOptions,
  listenAddress,
  listeningUrl,
  withDeadline,
  withoutZeroLength,
} from '../runtime-server.js';
import { checkMaxMessage, warnIgnoredOptions } from '../own-limits.js';

/** The members of `Bun` that are used. */
interface BunRuntime {
  serve(options: object): BunHandle;
}

interface BunHandle {
  readonly port: number;
  readonly hostname: string;
  requestIP(request: globalThis.Request): { address: string } | null;
  upgrade(request: globalThis.Request, options: { data: unknown; headers: [string, string][] }): boolean;
  stop(closeActive?: boolean): Promise<void>;
}

/**
 * Bun's own server, `Bun.serve`. Its WebSockets are not compressed. It refuses messages larger than the server's `maxMessage`
 * before the app sees them.
 *
 * @throws (rejects) Error on other runtimes, or when the address is not available. TypeError for a `maxMessage` below that of a
 *   route.
 * @example await app.run({ server: 'bun', port: 8080 });
 * @see https://bun.sh/docs/api/http
 */
export class BunServer implements ServerAdapter {
  readonly options = RUNTIME_OPTIONS;

  async listen(app: ServedApp, options: RuntimeServerOptions): Promise<RunningServer> {
    const { Bun } = globalThis as { Bun?: BunRuntime };
    if (Bun === undefined) throw wrongRuntimeError('bun', 'Bun');
    const stopping = new Stopping();
    const address = listenAddress(options);
    const { host, port, socket } = address;
    const { key, cert } = options;
    const maxMessage = messageLimit('bun', app, options.maxMessage);
    warnIgnoredOptions('bun', app, options, ['fd']);
    const serveOptions = {
      ...(socket === undefined ? { hostname: host, port } : { unix: socket }),
      ...(key === undefined ? {} : { tls: { key, cert } }),
      // The app has its own limits, and streams may be idle for a long time.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      idleTimeout: 0,
      fetch: (request: globalThis.Request, handle: BunHandle) => {
        const address = handle.requestIP(request)?.address;
        const peer = { environ: request, stopping, ...(address === undefined ? {} : { remoteAddress: address }) };
        if (app.hasSockets !== true || !isUpgradeRequest(request)) return withoutZeroLength(request, app.fetch(request, peer));
        return acceptSocket<undefined>(app, request, peer, (socketOptions, sink) => {
          checkMaxMessage('bun', socketOptions.maxMessage, maxMessage);
          const data = new BunSocket(socketOptions, sink, stopping);
          const headers = handshakeHeaders(socketOptions.protocol, socketOptions.headers);
          return handle.upgrade(request, { data, headers }) ? { link: data, answer: undefined } : undefined;
        });
      },
      websocket: bunHandlers(maxMessage),
      error: (error: unknown) => answerOfError(app, error),
    };
    const server = withListenErrors(address, () => Bun.serve(serveOptions));
    const url = listeningUrl(address, server.port, key);
    const close = (): Promise<void> => {
      stopping.begin();
      return withDeadline(server.stop(), () => server.stop(true), options.shutdownTimeout);
    };
    return { url, close };
  }
}

/** Without this header, Bun accepts the first subprotocol that the client offers. With an empty value, it accepts none. */
function handshakeHeaders(protocol: string, flat: readonly string[]): [string, string][] {
  const headers: [string, string][] = [['Sec-WebSocket-Protocol', protocol]];
  for (let i = 0; i < flat.length; i += 2) headers.push([flat[i] as string, flat[i + 1] as string]);
  return headers;
}
