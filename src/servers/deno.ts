import type { RunningServer, ServedApp, ServerAdapter } from '../http/server.js';
import { Stopping } from '../http/stopping.js';
import { noRuntime, type RuntimeServerOptions, runtimePlace, withDeadline } from './runtimes.js';

/** What is used of `Deno.serve`. */
interface DenoRuntime {
  serve(options: object, handler: (request: globalThis.Request, info: DenoInfo) => Promise<globalThis.Response>): DenoHandle;
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
 * Deno's own server, `Deno.serve`. It opens no WebSockets: `node` does, on Deno too.
 *
 * @throws Error on other runtimes.
 */
export class DenoServer implements ServerAdapter {
  async listen(app: ServedApp, options: RuntimeServerOptions): Promise<RunningServer> {
    const { Deno } = globalThis as { Deno?: DenoRuntime };
    if (Deno === undefined) throw noRuntime('deno', 'Deno');
    const stopping = new Stopping();
    const cut = new AbortController();
    const { host, port, socket } = runtimePlace(options);
    const { key, cert } = options;
    const server = Deno.serve(
      {
        ...(socket === undefined ? { hostname: host, port } : { path: socket }),
        ...(key === undefined ? {} : { key, cert }),
        signal: cut.signal,
        onListen: () => undefined,
        onError: (error: unknown) => {
          app.log?.(error instanceof Error ? error : new Error(String(error)));
          return new globalThis.Response('500 Internal Server Error', { status: 500 });
        },
      },
      (request, { remoteAddr: { hostname } }) =>
        app.fetch(request, { environ: request, stopping, ...(hostname === undefined ? {} : { remoteAddress: hostname }) }),
    );
    const name = host.includes(':') ? `[${host}]` : host;
    const url = socket === undefined ? `http${key === undefined ? '' : 's'}://${name}:${server.addr.port}` : `unix:${socket}`;
    const close = (): Promise<void> => {
      stopping.begin();
      return withDeadline(server.shutdown(), () => cut.abort(), options.shutdownTimeout);
    };
    return { url, close };
  }
}
