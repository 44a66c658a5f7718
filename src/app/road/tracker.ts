import type { Context } from '../../http/context.js';

/** Runs a request so that code inside it can find its context. */
export type Tracker = <T>(context: Context, run: () => T) => T;

/** The installed tracker. `undefined` by default. */
export let tracker: Tracker | undefined;

/** Enables tracking of the current request. Only `bottlenose/context` calls it, so that other programs avoid the cost. */
export function track(newTracker: Tracker): void {
  tracker = newTracker;
}
