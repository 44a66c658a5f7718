import { ServerNotice, type ServedApp } from '../http/gateway/server-adapter.js';
import { LIMIT_OPTIONS } from './option-names.js';

/** @throws RangeError when a route allows larger messages than its server. */
export function checkMaxMessage(server: string, ofRoute: number, ofServer: number): void {
  if (ofRoute <= ofServer) return;
  throw new RangeError(
    `The WebSocket accepts messages of ${ofRoute} bytes, but its server only of ${ofServer} bytes. Use run({ server: '${server}', maxMessage: ${ofRoute} }).`,
  );
}

/** Options of `node:http` that servers with limits of their own do not support. */
const UNSUPPORTED_OPTIONS = [...LIMIT_OPTIONS, 'backlog'] as const;

/** Logs a notice for options that the server ignores: those above, and `others`. */
export function warnIgnoredOptions<O extends object>(
  server: string,
  app: ServedApp,
  options: O,
  others: (keyof O & string)[] = [],
): void {
  const ignored = [...UNSUPPORTED_OPTIONS, ...others].filter((name) => options[name as keyof O] !== undefined);
  if (ignored.length === 0) return;
  app.log?.(new ServerNotice(`The server '${server}' has its own limits and ignores ${ignored.join(', ')}.`));
}
