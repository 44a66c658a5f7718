import type { RunningServer, ServedApp, ServerAdapter } from '../http/gateway/server-adapter.js';
import { type Http1Options, http1Server } from './http1/index.js';
import { type Bound, listen } from './listening.js';
import { type TlsOptions, tlsOptions } from './tls-options.js';

/** Options of the `node` adapter: with a key and a certificate (PEM), it serves https. */
export interface NodeServerOptions extends Http1Options, TlsOptions {}

/** Closes at leisure: see `Connections.close`. */
export interface RunningNodeServer extends RunningServer {
  close(lingering?: number): Promise<void>;
}

/** Serves on `node:http`, or `node:https` given a key and a certificate. */
export class NodeServer implements ServerAdapter {
  async listen(app: ServedApp, options: NodeServerOptions & Bound): Promise<RunningNodeServer> {
    const tls = tlsOptions(options);
    const { server, close } = await http1Server(app, options, { tls });
    const url = await listen(server, options, { scheme: tls === undefined ? 'http' : 'https', log: (error) => app.log?.(error) });
    return { url, close };
  }
}
