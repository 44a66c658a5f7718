import type { RunningServer } from '../http/gateway/server-adapter.js';
import type { App } from './wiring/app-core.js';

let deferred: App[] | undefined;

/**
 * Makes `run()` record the app instead of starting a server. The command line uses it to load a module and serve its app itself.
 * Bottle's `NORUN`.
 *
 * @returns The recorded apps. Later calls of `run()` append to this list.
 */
export function deferRuns(): readonly App[] {
  deferred ??= [];
  return deferred;
}

/** The result of a deferred `run()`, without a server. `undefined` if runs are not deferred. */
export function deferredRun(app: App): RunningServer | undefined {
  if (deferred === undefined) return undefined;
  deferred.push(app);
  return { url: '', close: () => Promise.resolve() };
}
