import type { ServedApp } from '../http/gateway/server-adapter.js';
import { DEFAULT_MAX_MESSAGE } from '../http/gateway/socket-link.js';

/** The largest limit that can be set, in bytes. The servers store it in 32 bits, and `uws` accepts twice as much. */
const LARGEST = 2 ** 31 - 1;

/**
 * The largest WebSocket message of a server that has one limit for all routes, in bytes.
 *
 * @param maxMessage the option of the server. Default: the largest `maxMessage` of the routes, at least that of a route without the
 *   option.
 * @throws TypeError when a route accepts larger messages than the server.
 */
export function messageLimit(server: string, { largestMessage = 0 }: ServedApp, maxMessage?: number): number {
  const limit = maxMessage ?? Math.max(largestMessage, DEFAULT_MAX_MESSAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST) {
    throw new TypeError(`The server '${server}' takes a maxMessage of 1 to ${LARGEST} bytes, not ${String(limit)}.`);
  }
  if (largestMessage <= limit) return limit;
  throw new TypeError(
    `A WebSocket route accepts messages of ${largestMessage} bytes, but its server only of ${limit} bytes. Use ` +
      `run({ server: '${server}', maxMessage: ${largestMessage} }), or lower the maxMessage of the route.`,
  );
}
