/** Stands in a list of sources for the nonce of the request: `'nonce-…'`. */
export const NONCE: unique symbol = Symbol('bottlenose.nonce');
