import type { Bottle } from 'bottlenose';

/** A new app with every route that the cases ask for. */
export function makeApp(): Bottle;
/** One of them, for `bottlenose test/conformance/app.mjs` and its like. */
export declare const app: Bottle;
