import {
  type App,
  badOption,
  type Callback,
  checkOptions,
  type Context,
  HTTPError,
  neededPeer,
  type Plugin,
  shown,
} from '../../kit/index.js';
import type { PromClient, Registry } from './prom-client.js';
import { RequestMetrics } from './request-metrics.js';

/** Options of `metrics`. */
export interface MetricsOptions {
  /** The path of the metrics; `false` adds no route, so that you can serve `registry` yourself. Default: `/metrics`. */
  path?: string | false;
  /** The prefix of all metric names, such as `shop_`. Default: none. */
  prefix?: string;
  /** The upper bounds of the histogram's buckets, in seconds. Default: 5 ms to 10 s. */
  buckets?: readonly number[];
  /** Whether to add metrics of the process: CPU, memory, garbage collection, the event loop. Default: true. */
  process?: boolean;
  /** A `Registry` of prom-client that holds your own metrics as well. Default: a new one. */
  registry?: object;
  /** Plugins that the route skips, such as `'basicAuth'`. It always skips `overload`. */
  skip?: string | readonly string[];
}

/** The plugin, with its registry. */
export interface MetricsPlugin extends Plugin {
  /** The `Registry` of prom-client; `undefined` until the plugin is installed, unless the option `registry` names one. */
  readonly registry: object | undefined;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Measures responses, and serves the metrics to Prometheus at `/metrics`: `http_requests_total` by method, route and status class,
 * `http_request_duration_seconds` by method and route (streamed responses to their end), `http_requests_in_flight`, and metrics of the
 * process. Requires the package `prom-client`.
 *
 * `route` is the rule, never the path, and empty if no route matched. Unknown methods are `OTHER`. So clients cannot increase the number
 * of series. Routes with `skip: 'metrics'` are not counted. In a cluster, each worker counts its own requests.
 *
 * @throws TypeError for invalid options. `install` throws an Error if `prom-client` is not installed.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { metrics } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(metrics());
 * app.get('/posts/<id:int>', ({ id }) => ({ id }));
 * // http_requests_total{method="GET",route="/posts/<id:int>",status="2xx"} 1
 * @see https://prometheus.io/docs/practices/naming/
 */
export function metrics(options: MetricsOptions = {}): MetricsPlugin {
  checkOptions('metrics', options, ['path', 'prefix', 'buckets', 'process', 'registry', 'skip']);
  const { path = '/metrics', prefix = '', buckets = BUCKETS, process = true, skip = [] } = options;
  if (path !== false && (typeof path !== 'string' || !/^\/[^<>:\\?#]+$/.test(path))) {
    throw badOption('metrics', 'path', `is ${shown(path)}`, "give a path without wildcards, such as '/metrics', or false");
  }
  if (typeof prefix !== 'string' || !/^(?:[a-zA-Z_][a-zA-Z0-9_]*)?$/.test(prefix)) {
    throw badOption('metrics', 'prefix', `is ${shown(prefix)}`, 'give letters, digits and underscores');
  }
  if (!Array.isArray(buckets) || buckets.some((one: unknown, i) => !(Number(one) > (i === 0 ? 0 : buckets[i - 1])))) {
    throw badOption('metrics', 'buckets', `is ${shown(buckets)}`, 'give seconds in ascending order');
  }
  let registry = options.registry as Registry | undefined;
  let requests: RequestMetrics | undefined;
  // If the same plugin is installed in an app and in an app mounted there, a request counts once.
  const counted = new WeakSet<Context>();
  const served = new WeakSet<App>();
  const serve = (app: App, at: string): void => {
    const routeOptions = { config: { openapi: false }, skip: ['overload', ...[skip].flat()] };
    app.get(
      at,
      async (_args, { response }) => {
        if (!app.plugins.includes(plugin) || registry === undefined) throw new HTTPError(404);
        const text = await registry.metrics();
        response.setHeader('Content-Type', registry.contentType);
        response.setHeader('Cache-Control', 'no-store');
        return text;
      },
      routeOptions,
    );
  };
  const plugin: Plugin = {
    name: 'metrics',
    setup(app) {
      if (requests === undefined) {
        const client = neededPeer<PromClient>('prom-client', 'metrics() needs');
        registry ??= new client.Registry();
        requests = new RequestMetrics(client, registry, prefix, buckets);
        if (process) client.collectDefaultMetrics({ register: registry, prefix });
      }
      // A second `install` in the same app keeps the existing route.
      if (path === false || served.has(app)) return;
      served.add(app);
      serve(app, path);
    },
    around(next: Callback): Callback {
      return (context) => {
        if (!counted.has(context)) {
          counted.add(context);
          requests?.count(context);
        }
        return next(context);
      };
    },
  };
  return Object.defineProperty(plugin, 'registry', { get: () => registry, enumerable: true }) as MetricsPlugin;
}
