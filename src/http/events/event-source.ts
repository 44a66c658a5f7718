import type { ServerEvent } from './server-event.js';

/** Events, as a generator of either kind gives them. */
export type Events = AsyncIterable<ServerEvent | string> | Iterable<ServerEvent | string>;

/** What a source may learn of the client that it is for. */
export interface EventClient {
  /** Aborts when the client leaves, or the server stops. */
  readonly signal: AbortSignal;
}

/**
 * Makes the events of one client.
 *
 * @param lastEventId the `id` of the last event that it has seen, if it was here before.
 */
export type EventsFor = (lastEventId: string | undefined, client: EventClient) => Events | Promise<Events>;

export function isEventSource(value: unknown): value is Events {
  if (typeof value !== 'object' || value === null) return false;
  const { [Symbol.asyncIterator]: several, [Symbol.iterator]: one } = value as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof several === 'function' || typeof one === 'function';
}

/** The line that tells browsers when to come back. Throws for what is no time. */
export function retryLine(retry: unknown): string {
  if (!Number.isSafeInteger(retry) || (retry as number) < 0) {
    throw new TypeError(`A server-sent event has \`retry\` ${String(retry)}; it has to be a whole number of milliseconds.`);
  }
  return `retry: ${retry as number}\n`;
}
