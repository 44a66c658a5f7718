import { NODE_OPTIONS } from './option-names.js';
import type { RunningServer, ServedApp, ServerAdapter } from '../http/gateway/server-adapter.js';
import { type Http1Options, http1Server } from './http1/index.js';
import { type BoundSocket, listen } from './listening.js';
import { type TlsOptions, tlsOptions } from './tls-options.js';

/** Options of the `node` adapter. It serves https when `key` and `cert` (PEM) are set. */
export interface NodeServerOptions extends Http1Options, TlsOptions {}

/** `close` may leave idle connections open for a while: see `Connections.close`. */
interface RunningNodeServer extends RunningServer {
  close(lingering?: number): Promise<void>;
}

/**
 * Serves on `node:http`, or on `node:https` when `key` and `cert` are set.
 *
 * @example await app.run({ server: 'node', port: 8080 });
 * @see https://nodejs.org/api/http.html
 */
export class NodeServer implements ServerAdapter {
  readonly options = NODE_OPTIONS;

  async listen(app: ServedApp, options: NodeServerOptions & BoundSocket): Promise<RunningNodeServer> {
    const tls = tlsOptions(options);
    const { server, close } = await http1Server(app, options, { tls });
    const url = await listen(server, options, { scheme: tls === undefined ? 'http' : 'https', log: (error) => app.log?.(error) });
    return { url, close };
  }
}
