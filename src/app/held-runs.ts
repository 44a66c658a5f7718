import type { RunningServer } from '../http/gateway/server-adapter.js';
import type { App } from './wiring/app-core.js';

let held: App[] | undefined;

/**
 * From now on `run()` starts no server, and only notes the app: for whoever loads a module to do something else with its app, as
 * the command line does. Bottle's `NORUN`.
 *
 * @returns the apps that were to be run, as they come.
 */
export function holdRuns(): readonly App[] {
  held ??= [];
  return held;
}

/** What `run()` gives while it is held: nothing listens. */
export function heldRun(app: App): RunningServer | undefined {
  if (held === undefined) return undefined;
  held.push(app);
  return { url: '', close: () => Promise.resolve() };
}
