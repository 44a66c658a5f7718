import type { Context } from '../../http/context.js';

/** Runs a request in such a way that its context can be found from everywhere inside it. */
export type Tracker = <T>(context: Context, run: () => T) => T;

/** Set when somebody tracks requests. */
export let tracker: Tracker | undefined;

/** Turns the tracking of the current request on. Only `bottlenose/context` does: whoever does not import it does not pay. */
export function track(by: Tracker): void {
  tracker = by;
}
