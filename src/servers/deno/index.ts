import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { type DenoPeer, DenoSocket } from './deno-socket.js';
import { acceptSocket, isUpgradeRequest } from '../runtime-socket.js';
import {
  withListenErrors,
  wrongRuntimeError,
  warnIgnoredOptions,
  type RuntimeServerOptions,
  listenAddress,
  withDeadline,
} from '../runtime-server.js';

/** What is used of `Deno`. */
interface DenoRuntime {
  serve(options: object, handler: (request: globalThis.Request, info: DenoInfo) => Promise<globalThis.Response>): DenoHandle;
  upgradeWebSocket(
    request: globalThis.Request,
    options: { idleTimeout: number },
  ): { socket: DenoPeer; response: globalThis.Response };
}

interface DenoInfo {
  readonly remoteAddr: { readonly hostname?: string };
}

interface DenoHandle {
  readonly addr: { readonly port?: number };
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Deno's own server, `Deno.serve`. Its WebSockets are not compressed, and a client that sends faster than the method reads is not
 * slowed down but, at 4 MB, cut off. It pings by itself: a peer that is gone is noticed after at most two `pingInterval`s.
 *
 * @throws Error on other runtimes.
 */
export class DenoServer implements ServerAdapter {
  async listen(app: ServedApp, options: RuntimeServerOptions): Promise<RunningServer> {
    const { Deno } = globalThis as { Deno?: DenoRuntime };
    if (Deno === undefined) throw wrongRuntimeError('deno', 'Deno');
    const stopping = new Stopping();
    const cut = new AbortController();
    const place = listenAddress(options);
    const { host, port, socket } = place;
    const { key, cert } = options;
    warnIgnoredOptions('deno', app, options);
    const serving = {
      ...(socket === undefined ? { hostname: host, port } : { path: socket }),
      ...(key === undefined ? {} : { key, cert }),
      signal: cut.signal,
      onListen: () => undefined,
      onError: (error: unknown) => {
        app.log?.(error instanceof Error ? error : new Error(String(error)));
        return new globalThis.Response('500 Internal Server Error', { status: 500 });
      },
    };
    const answer = (request: globalThis.Request, { remoteAddr: { hostname } }: DenoInfo): Promise<globalThis.Response> => {
      const peer = { environ: request, stopping, ...(hostname === undefined ? {} : { remoteAddress: hostname }) };
      if (app.hasSockets !== true || !isUpgradeRequest(request)) return app.fetch(request, peer);
      return acceptSocket(app, request, peer, (wanted, sink) => {
        const { protocol, pingInterval, headers } = wanted;
        const idleTimeout = Math.ceil((2 * pingInterval) / 1000);
        const { socket: opened, response } = Deno.upgradeWebSocket(request, { idleTimeout });
        // Its own option knows no list of protocols that has no spaces.
        if (protocol !== '') response.headers.set('Sec-WebSocket-Protocol', protocol);
        for (let i = 0; i < headers.length; i += 2) response.headers.append(headers[i] as string, headers[i + 1] as string);
        return { link: new DenoSocket(opened, wanted, sink, stopping), answer: response };
      });
    };
    const server = withListenErrors(place, () => Deno.serve(serving, answer));
    const name = host.includes(':') ? `[${host}]` : host;
    const url = socket === undefined ? `http${key === undefined ? '' : 's'}://${name}:${server.addr.port}` : `unix:${socket}`;
    const close = (): Promise<void> => {
      stopping.begin();
      return withDeadline(server.shutdown(), () => cut.abort(), options.shutdownTimeout);
    };
    return { url, close };
  }
}
