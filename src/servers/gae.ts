import { NODE_OPTIONS } from './option-names.js';
import type { RunningServer, ServedApp, ServerAdapter } from '../http/gateway/server-adapter.js';
import { NodeServer, type NodeServerOptions } from './node.js';

/**
 * Cloud Run and App Engine kill an instance ten seconds after SIGTERM. Open requests are ended before that, so that the plugins
 * can close.
 */
const SHUTDOWN_TIMEOUT = 8_000;
/** Google's front ends keep idle connections for 600 seconds. They answer 502 when the server closes one earlier. */
const KEEP_ALIVE_TIMEOUT = 620_000;

/**
 * The `node` adapter for Google App Engine and Cloud Run. It listens on `PORT` (which overrides the option `port`) of all
 * interfaces. It trusts the one proxy in front (`X-Forwarded-For`, `X-Forwarded-Proto`), unless the app sets `trustProxy`. Set it
 * to 2 behind a load balancer of your own.
 *
 * The app may define routes for `/_ah/warmup` and `/_ah/start`. App Engine also accepts a 404.
 *
 * @example await app.run({ server: 'gae' });
 * @see https://cloud.google.com/run/docs/container-contract
 */
export class GaeServer implements ServerAdapter {
  readonly options = NODE_OPTIONS;

  listen(app: ServedApp, options: NodeServerOptions): Promise<RunningServer> {
    app.config?.setDefault('trustProxy', 1);
    return new NodeServer().listen(app, gaeOptions(options, process.env.PORT));
  }
}

/** Adds the defaults of Google's platforms, and the environment's `PORT`, to the options of the `node` adapter. Exported for its test. */
export function gaeOptions(options: NodeServerOptions, port: string | undefined): NodeServerOptions {
  const portOption = port === undefined || port === '' ? {} : { port: Number(port) };
  return { host: '0.0.0.0', shutdownTimeout: SHUTDOWN_TIMEOUT, keepAliveTimeout: KEEP_ALIVE_TIMEOUT, ...options, ...portOption };
}
