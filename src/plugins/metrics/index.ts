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

/** What is measured, and where one may ask. */
export interface MetricsOptions {
  /** Where one asks; `false` for nowhere, if you serve `registry` elsewhere. Default: `/metrics`. */
  path?: string | false;
  /** What the names of all metrics begin with, such as `shop_`. Default: nothing. */
  prefix?: string;
  /** The upper bounds of the histogram's buckets, in seconds. Default: 5 ms to 10 s. */
  buckets?: readonly number[];
  /** Whether to tell of the process as well: CPU, memory, garbage collection, the event loop. Default: true. */
  process?: boolean;
  /** Where your own metrics are: a `Registry` of prom-client, to have these beside them. Default: one of its own. */
  registry?: object;
  /** Plugins that the route skips, such as `'basicAuth'`; `overload` it skips in any case. */
  skip?: string | readonly string[];
}

/** The plugin, and what it counts in. */
export interface MetricsPlugin extends Plugin {
  /** A `Registry` of prom-client. There when the plugin is installed. */
  readonly registry: object | undefined;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Counts what is answered, and tells Prometheus at `/metrics`: `http_requests_total` by method, route and class of status,
 * `http_request_duration_seconds` (to the end of streamed answers) by method and route, `http_requests_in_flight`, and the state of
 * the process. Needs the package `prom-client`.
 *
 * `route` is the rule, never the path, and empty where there was no route; methods that HTTP does not know are `OTHER`. So clients
 * cannot make the number of series grow. Routes with `skip: 'metrics'` are not counted. In a cluster each worker counts for itself.
 *
 * @throws TypeError for options that make no sense. Error, where it is installed, when `prom-client` is not.
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
  /** The same plugin may be installed in several apps around a request, which counts once. */
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
      // Installed anew, its route is still there; brought along by some routes, it has nothing to serve it on.
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
