import { RUNTIME_OPTIONS } from '../option-names.js';
import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { type DenoPeer, DenoSocket } from './deno-socket.js';
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
import { warnIgnoredOptions } from '../own-limits.js';

/** The members of `Deno` that are used. */
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
 * Deno's own server, `Deno.serve`. Its WebSockets are not compressed. A client that sends faster than the method reads is not
 * slowed down. Above 4 MB of unread messages it is closed with 1013, and the method still receives the messages that were taken.
 * Deno sends the pings itself: a lost peer is noticed after at most two `pingInterval`s.
 *
 * @throws (rejects) Error on other runtimes, or when the address is not available.
 * @example await app.run({ server: 'deno', port: 8080 });
 * @see https://docs.deno.com/api/deno/~/Deno.serve
 */
export class DenoServer implements ServerAdapter {
  readonly options = RUNTIME_OPTIONS;

  async listen(app: ServedApp, options: RuntimeServerOptions): Promise<RunningServer> {
    const { Deno } = globalThis as { Deno?: DenoRuntime };
    if (Deno === undefined) throw wrongRuntimeError('deno', 'Deno');
    const stopping = new Stopping();
    const cut = new AbortController();
    const address = listenAddress(options);
    const { host, port, socket } = address;
    const { key, cert } = options;
    warnIgnoredOptions('deno', app, options, ['fd']);
    const serveOptions = {
      ...(socket === undefined ? { hostname: host, port } : { path: socket }),
      ...(key === undefined ? {} : { key, cert }),
      signal: cut.signal,
      onListen: () => undefined,
      onError: (error: unknown) => answerOfError(app, error),
    };
    const answer = (request: globalThis.Request, { remoteAddr: { hostname } }: DenoInfo): Promise<globalThis.Response> => {
      const peer = { environ: request, stopping, ...(hostname === undefined ? {} : { remoteAddress: hostname }) };
      if (app.hasSockets !== true || !isUpgradeRequest(request)) return withoutZeroLength(request, app.fetch(request, peer));
      return acceptSocket(app, request, peer, (socketOptions, sink) => {
        const { protocol, pingInterval, headers } = socketOptions;
        const idleTimeout = Math.ceil((2 * pingInterval) / 1000);
        const { socket: opened, response } = Deno.upgradeWebSocket(request, { idleTimeout });
        // Deno's own option does not support a list of protocols without spaces.
        if (protocol !== '') response.headers.set('Sec-WebSocket-Protocol', protocol);
        for (let i = 0; i < headers.length; i += 2) response.headers.append(headers[i] as string, headers[i + 1] as string);
        return { link: new DenoSocket(opened, socketOptions, sink, stopping), answer: response };
      });
    };
    const server = withListenErrors(address, () => Deno.serve(serveOptions, answer));
    const url = listeningUrl(address, server.addr.port, key);
    const close = (): Promise<void> => {
      stopping.begin();
      return withDeadline(server.shutdown(), () => cut.abort(), options.shutdownTimeout);
    };
    return { url, close };
  }
}
