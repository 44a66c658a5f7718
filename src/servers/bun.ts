import type { RunningServer, ServedApp, ServerAdapter } from '../http/server.js';
import { Stopping } from '../http/stopping.js';
import { noRuntime, type RuntimeServerOptions, runtimePlace, withDeadline } from './runtimes.js';

/** What is used of `Bun.serve`. */
interface BunRuntime {
  serve(options: object): BunHandle;
}

interface BunHandle {
  readonly port: number;
  readonly hostname: string;
  requestIP(request: globalThis.Request): { address: string } | null;
  stop(closeActive?: boolean): Promise<void>;
}

/**
 * Bun's own server, `Bun.serve`. It opens no WebSockets: `node` does, on Bun too.
 *
 * @throws Error on other runtimes.
 */
export class BunServer implements ServerAdapter {
  async listen(app: ServedApp, options: RuntimeServerOptions): Promise<RunningServer> {
    const { Bun } = globalThis as { Bun?: BunRuntime };
    if (Bun === undefined) throw noRuntime('bun', 'Bun');
    const stopping = new Stopping();
    const { host, port, socket } = runtimePlace(options);
    const { key, cert } = options;
    const server = Bun.serve({
      ...(socket === undefined ? { hostname: host, port } : { unix: socket }),
      ...(key === undefined ? {} : { tls: { key, cert } }),
      // The app has limits of its own, and streams may be silent for long.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      idleTimeout: 0,
      fetch: (request: globalThis.Request, handle: BunHandle) => {
        const peer = handle.requestIP(request)?.address;
        return app.fetch(request, { environ: request, stopping, ...(peer === undefined ? {} : { remoteAddress: peer }) });
      },
      error: (error: Error) => {
        app.log?.(error);
        return new globalThis.Response('500 Internal Server Error', { status: 500 });
      },
    });
    const name = host.includes(':') ? `[${host}]` : host;
    const url = socket === undefined ? `http${key === undefined ? '' : 's'}://${name}:${server.port}` : `unix:${socket}`;
    const close = (): Promise<void> => {
      stopping.begin();
      return withDeadline(server.stop(), () => server.stop(true), options.shutdownTimeout);
    };
    return { url, close };
  }
}
