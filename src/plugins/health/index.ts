import { type App, badOption, chain, checkOptions, type Context, HTTPError, type Plugin, shown } from '../../kit/index.js';
import { Checks, type HealthCheck } from './health-checks.js';

export type { HealthCheck } from './health-checks.js';

/** Options of `health`. */
export interface HealthOptions {
  /**
   * Checks of the services that the app depends on, by name. A check fails if it throws, rejects, returns `false`, or takes longer than
   * `timeout`. On a timeout its signal aborts.
   */
  checks?: Readonly<Record<string, HealthCheck>>;
  /** The time limit of a check, in milliseconds. Default: 3000. */
  timeout?: number;
  /** The path of the routes. Readiness and liveness are `/ready` and `/live` below it. Default: `/health`. */
  path?: string;
  /**
   * Whether responses contain the error message of a failed check. Messages may contain hosts and paths, and every client that reaches
   * the path can read them. Default: false.
   */
  details?: boolean;
  /** Further plugins that these routes skip, such as `'basicAuth'`. They always skip `overload`. */
  skip?: string | readonly string[];
}

/**
 * Adds routes with which load balancers and orchestrators probe the app. `/health/live` always answers 200. `/health/ready` and `/health`
 * answer 200 while the checks pass and the server is not stopping, and 503 otherwise. The body lists the failed checks, with `details`
 * also their error messages. Requests that arrive while the checks run share their result.
 *
 * Installed guards protect these routes like any other, unless `skip` names them.
 *
 * @throws TypeError for invalid options.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { health } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(health({ checks: { cache: async () => (await fetch('http://cache.internal/ping')).ok }, timeout: 1000 }));
 * // GET /health/ready → {"status":"pass","checks":{"cache":{"status":"pass"}}}
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export function health(options: HealthOptions = {}): Plugin {
  checkOptions('health', options, ['checks', 'timeout', 'path', 'details', 'skip']);
  const { checks: given = {}, timeout = 3000, path = '/health', details = false, skip = [] } = options;
  if (typeof path !== 'string' || !/^\/[^<>:\\?#]*[^/<>:\\?#]$/.test(path)) {
    throw badOption('health', 'path', `is ${shown(path)}`, "give a path without wildcards, such as '/health'");
  }
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout <= 0x7fffffff)) {
    throw badOption('health', 'timeout', `is ${shown(timeout)}`, 'give milliseconds');
  }
  for (const [name, check] of Object.entries(given)) {
    if (typeof check !== 'function')
      throw badOption('health', 'checks', `has no function at '${name}'`, 'give functions by name');
  }
  const checks = new Checks(given, timeout, details);
  const served = new WeakSet<App>();
  const plugin: Plugin = {
    name: 'health',
    setup(app) {
      // A second `install` in the same app keeps the existing routes.
      if (served.has(app)) return;
      served.add(app);
      const routeOptions = { config: { openapi: false }, skip: ['overload', ...[skip].flat()] };
      const serve = (rule: string, report: (context: Context) => Report | Promise<Report>): void => {
        app.get(
          rule,
          (_args, context) => {
            if (!app.plugins.includes(plugin)) throw new HTTPError(404);
            return chain(
              () => report(context),
              (result) => respond(result, context),
            );
          },
          routeOptions,
        );
      };
      const ready = ({ request }: Context): Report | Promise<Report> =>
        request.stopping.aborted ? { status: 'fail', reason: request.stopping.reason.message } : checks.report();
      serve(path, ready);
      serve(`${path}/ready`, ready);
      serve(`${path}/live`, () => ({ status: 'pass' }));
    },
  };
  return plugin;
}

interface Report {
  readonly status: 'pass' | 'fail';
  readonly [member: string]: unknown;
}

function respond(report: Report, { response }: Context): string {
  response.status = report.status === 'pass' ? 200 : 503;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  // A string, because an app may have the JSON conversion turned off.
  return JSON.stringify(report);
}
