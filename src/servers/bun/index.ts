import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { bunHandlers, BunSocket } from './bun-socket.js';
import { acceptSocket, isUpgradeRequest } from '../runtime-socket.js';
import {
  checkMaxMessage,
  withListenErrors,
  MAX_MESSAGE,
  wrongRuntimeError,
  warnIgnoredOptions,
  type RuntimeServerOptions,
  listenAddress,
  withDeadline,
} from '../runtime-server.js';

/** What is used of `Bun.serve`. */
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
 * Bun's own server, `Bun.serve`. Its WebSockets are not compressed; messages larger than the server's `maxMessage` it refuses
 * before the app sees them.
 *
 * @throws Error on other runtimes.
 */
export class BunServer implements ServerAdapter {
  async listen(app: ServedApp, options: RuntimeServerOptions): Promise<RunningServer> {
    const { Bun } = globalThis as { Bun?: BunRuntime };
    if (Bun === undefined) throw wrongRuntimeError('bun', 'Bun');
    const stopping = new Stopping();
    const place = listenAddress(options);
    const { host, port, socket } = place;
    const { key, cert, maxMessage = MAX_MESSAGE } = options;
    warnIgnoredOptions('bun', app, options);
    const serving = {
      ...(socket === undefined ? { hostname: host, port } : { unix: socket }),
      ...(key === undefined ? {} : { tls: { key, cert } }),
      // The app has limits of its own, and streams may be silent for long.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      idleTimeout: 0,
      fetch: (request: globalThis.Request, handle: BunHandle) => {
        const address = handle.requestIP(request)?.address;
        const peer = { environ: request, stopping, ...(address === undefined ? {} : { remoteAddress: address }) };
        if (app.hasSockets !== true || !isUpgradeRequest(request)) return app.fetch(request, peer);
        return acceptSocket<undefined>(app, request, peer, (wanted, sink) => {
          checkMaxMessage('bun', wanted.maxMessage, maxMessage);
          const data = new BunSocket(wanted, sink, stopping);
          const headers = handshakeHeaders(wanted.protocol, wanted.headers);
          return handle.upgrade(request, { data, headers }) ? { link: data, answer: undefined } : undefined;
        });
      },
      websocket: bunHandlers(maxMessage),
      error: (error: Error) => {
        app.log?.(error);
        return new globalThis.Response('500 Internal Server Error', { status: 500 });
      },
    };
    const server = withListenErrors(place, () => Bun.serve(serving));
    const name = host.includes(':') ? `[${host}]` : host;
    const url = socket === undefined ? `http${key === undefined ? '' : 's'}://${name}:${server.port}` : `unix:${socket}`;
    const close = (): Promise<void> => {
      stopping.begin();
      return withDeadline(server.stop(), () => server.stop(true), options.shutdownTimeout);
    };
    return { url, close };
  }
}

/** Where no subprotocol is said, Bun agrees to the first that the client offers; where it is empty, to none. */
function handshakeHeaders(protocol: string, flat: readonly string[]): [string, string][] {
  const headers: [string, string][] = [['Sec-WebSocket-Protocol', protocol]];
  for (let i = 0; i < flat.length; i += 2) headers.push([flat[i] as string, flat[i + 1] as string]);
  return headers;
}
