import type { RunningServer, ServedApp, ServerAdapter } from '../http/gateway/server-adapter.js';
import { NodeServer, type NodeServerOptions } from './node.js';

/** Cloud Run and App Engine kill an instance ten seconds after SIGTERM: what takes longer is cut before, and the plugins closed. */
const SHUTDOWN = 8_000;
/** Google's front ends keep idle connections for 600 seconds, and answer 502 when a server has hung up before. */
const KEEP_ALIVE = 620_000;

/**
 * The `node` adapter as Google App Engine and Cloud Run want it: on `PORT` (which counts more than the option `port`) of all
 * interfaces, believing the one proxy that every request comes through (`X-Forwarded-For`, `-Proto`), unless the app has a
 * `trustProxy` of its own: behind a load balancer of your own it is 2.
 *
 * `/_ah/warmup` and `/_ah/start` are the app's: it may have routes for them, and a 404 is as good to App Engine.
 *
 * @example await app.run({ server: 'gae' });
 */
export class GaeServer implements ServerAdapter {
  listen(app: ServedApp, options: NodeServerOptions): Promise<RunningServer> {
    app.config?.setDefault('trustProxy', 1);
    return new NodeServer().listen(app, gaeOptions(options, process.env.PORT));
  }
}

/** The options of the `node` adapter for a `PORT` of the environment. */
export function gaeOptions(options: NodeServerOptions, port: string | undefined): NodeServerOptions {
  const given = port === undefined || port === '' ? {} : { port: Number(port) };
  return { host: '0.0.0.0', shutdownTimeout: SHUTDOWN, keepAliveTimeout: KEEP_ALIVE, ...options, ...given };
}
