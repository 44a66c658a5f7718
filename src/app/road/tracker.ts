import type { Context } from '../../http/context.js';
import { sharedValue } from '../../support/brand.js';

/** Runs a request so that code inside it can find its context. */
export type Tracker = <T>(context: Context, run: () => T) => T;

/** The installed tracker; without one by default. Shared, so that `bottlenose/context` of a library works in apps of another copy. */
export const tracking = sharedValue<{ tracker?: Tracker }>('tracking', () => ({}));
