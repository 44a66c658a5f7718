/**
 * The placeholder for the nonce of the request (`'nonce-…'`) in a list of sources of `secureHeaders`.
 *
 * @example secureHeaders({ contentSecurityPolicy: { scriptSrc: ["'self'", NONCE] } });
 * @see https://www.w3.org/TR/CSP3/#framework-directive-source-list
 */
export const NONCE: unique symbol = Symbol('bottlenose.nonce');
