import { type App, badOption, chain, checkOptions, type Context, HTTPError, type Plugin, shown } from '../../kit/index.js';
import { Checks, type HealthCheck } from './health-checks.js';

export type { HealthCheck } from './health-checks.js';

/** What is checked, and where one may ask. */
export interface HealthOptions {
  /**
   * What the app cannot do its work without, by name. A check fails if it throws, rejects, gives `false`, or takes longer than
   * `timeout`; its signal aborts then.
   */
  checks?: Readonly<Record<string, HealthCheck>>;
  /** How long a check may take, in milliseconds. Default: 3000. */
  timeout?: number;
  /** Where one asks; readiness and liveness are `/ready` and `/live` below. Default: `/health`. */
  path?: string;
  /**
   * Whether the answers say why a check failed, in the words of its error. These may name hosts and paths, and whoever reaches the
   * path reads them. Default: false.
   */
  details?: boolean;
  /** Further plugins that these routes skip, such as `'basicAuth'`; `overload` they skip in any case. */
  skip?: string | readonly string[];
}

/**
 * Tells load balancers and orchestrators how the app is: `/health/live` says 200 as long as the process answers at all,
 * `/health/ready` (and `/health`) when its checks pass and the server does not stop; else 503. The body tells which checks failed,
 * and with `details` why.
 * Those who ask while the checks run share their outcome.
 *
 * The routes are ordinary ones: guards that are installed guard them too, unless they are named in `skip`.
 *
 * @throws TypeError for options that make no sense.
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
      // Installed anew, its routes are still there.
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
              (found) => answer(found, context),
            );
          },
          routeOptions,
        );
      };
      const ready = (context: Context): Report | Promise<Report> =>
        context.request.stopping.aborted ? { status: 'fail', reason: 'The server stops.' } : checks.report();
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

function answer(report: Report, { response }: Context): string {
  response.status = report.status === 'pass' ? 200 : 503;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  // Text, as an app may have JSON turned off.
  return JSON.stringify(report);
}
