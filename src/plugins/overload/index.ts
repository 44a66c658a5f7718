import { badOption, checkOptions, guard, HTTPError, type Plugin, shown } from '../../kit/index.js';
import { LoadMonitor } from './load-monitor.js';

/** When the process counts as overloaded, and what clients are told then. */
export interface OverloadOptions {
  /** How late the event loop may come round on average, in milliseconds; `Infinity` for no such limit. Default: 200. */
  maxDelay?: number;
  /** How much of its time the event loop may be busy, from 0 to 1. Default: 1, which is no limit. */
  maxUtilization?: number;
  /** How often both are looked at, in milliseconds. Default: 500. */
  interval?: number;
  /** After how many seconds clients may come again. Default: 5. */
  retryAfter?: number;
  /** Rules of routes that are answered in any case, besides those that skip this plugin. They include the prefixes of controllers. */
  exempt?: readonly string[];
}

const OPTIONS = ['maxDelay', 'maxUtilization', 'interval', 'retryAfter', 'exempt'] as const;

/**
 * A guard that refuses requests while the process has more to do than it can: 503 with `Retry-After` (RFC 9110 §10.2.3), before their
 * bodies are read, so that those that have been taken are still answered in time. It measures how late the event loop comes round; a
 * request costs the reading of one flag.
 *
 * Installed, it holds for everything that the app answers; applied, for those routes. Install it before other guards, whose work it
 * then saves. The routes of `health` are answered all the same, and so are routes with `skip: 'overload'`. An open WebSocket stays open.
 *
 * @throws TypeError for options that make no sense.
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
    throw new HTTPError(503, 'The server has too much to do. Try again later.', {
      code: 'BN_OVERLOADED',
      headers: { 'Retry-After': String(retryAfter) },
    });
  };
  return guard('overload', check, {
    identifies: false,
    where: ({ route }) => route === undefined || !exempt.includes(route.rule),
    openapi: { responses: { 503: 'The server has too much to do.' } },
    setup: () => monitor.start(),
    close: () => monitor.stop(),
  });
}

function checkNumber(option: string, value: number, isRight: boolean, remedy: string): void {
  if (typeof value !== 'number' || !isRight) throw badOption('overload', option, `is ${shown(value)}`, remedy);
}
