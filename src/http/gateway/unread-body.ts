/** The number of bytes of an unwanted body that a server reads to keep the connection. A longer body closes the connection. */
export const DRAIN_BYTES = 256 * 1024;

/** The error of a body that the client did not send completely. */
export function interruptedBody(): Error {
  return new Error('The connection was closed before the whole request body had arrived.');
}

/** The error of a body that cannot be read any more. */
export function unavailableBody(): Error {
  return new Error('The request body has already been read, or its connection is closed.');
}
