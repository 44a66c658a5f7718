import { badOption, checkOptions, guard, HTTPError, type Plugin, shown } from '../../kit/index.js';
import { LoadMonitor } from './load-monitor.js';

/** Options of `overload`. */
export interface OverloadOptions {
  /** The highest mean delay of the event loop, in milliseconds; `Infinity` for no limit. Default: 200. */
  maxDelay?: number;
  /** The highest utilization of the event loop, from 0 to 1. Default: 1, which disables the limit. */
  maxUtilization?: number;
  /** The time between two measurements, in milliseconds. Default: 500. */
  interval?: number;
  /** The value of `Retry-After`, in seconds. Default: 5. */
  retryAfter?: number;
  /** Rules of routes that are always answered, with the prefixes of their controllers. Routes that skip this plugin need no entry. */
  exempt?: readonly string[];
}

const OPTIONS = ['maxDelay', 'maxUtilization', 'interval', 'retryAfter', 'exempt'] as const;

/**
 * Makes a guard that rejects requests while the process is overloaded, so that accepted requests are still answered in time. The response
 * is 503 with `Retry-After` (RFC 9110 section 10.2.3), before the body is read. The guard measures the delay of the event loop in the
 * background; a request only reads a flag.
 *
 * An installed guard holds for every request of the app, an applied guard for those routes. Install it before other guards, so that
 * rejected requests do not run them. The routes of `health` and routes with `skip: 'overload'` are always answered. Open WebSockets stay
 * open.
 *
 * @throws TypeError for invalid options.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { health, overload } from 'bottlenose/plugins';
 *
 * const app = new Bottle();
 * app.install(overload({ maxDelay: 100, retryAfter: 10 }));
 * app.install(health());
 * @see https://nodejs.org/api/perf_hooks.html#perf_hooksmonitoreventloopdelayoptions
 */
export function overload(options: OverloadOptions = {}): Plugin {
  checkOptions('overload', options, OPTIONS);
  const { maxDelay = 200, maxUtilization = 1, interval = 500, retryAfter = 5, exempt = [] } = options;
  checkNumber('maxDelay', maxDelay, maxDelay > 0, 'give milliseconds');
  checkNumber('maxUtilization', maxUtilization, maxUtilization > 0 && maxUtilization <= 1, 'give a number from 0 to 1');
  checkNumber('interval', interval, interval >= 10 && interval <= 60_000, 'give milliseconds from 10 to 60000');
  checkNumber('retryAfter', retryAfter, Number.isSafeInteger(retryAfter) && retryAfter >= 0, 'give whole seconds');
  if (!Array.isArray(exempt) || exempt.some((rule: unknown) => typeof rule !== 'string')) {
    throw badOption('overload', 'exempt', `is ${shown(exempt)}`, "give a list of rules, as in ['/status']");
  }
  const monitor = new LoadMonitor({ maxDelay, maxUtilization, interval });
  const check = (): void => {
    if (!monitor.isOverloaded) return;
    throw new HTTPError(503, 'The server is overloaded. Try again later.', {
      code: 'BN_OVERLOADED',
      headers: { 'Retry-After': String(retryAfter) },
    });
  };
  return guard('overload', check, {
    identifies: false,
    where: ({ route }) => route === undefined || !exempt.includes(route.rule),
    openapi: { responses: { 503: 'The server is overloaded.' } },
    setup: () => monitor.start(),
    close: () => monitor.stop(),
  });
}

function checkNumber(option: string, value: number, isValid: boolean, remedy: string): void {
  if (typeof value !== 'number' || !isValid) throw badOption('overload', option, `is ${shown(value)}`, remedy);
}
