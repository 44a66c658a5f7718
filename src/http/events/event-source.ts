import type { ServerEvent } from './server-event.js';

/** A sync or async iterable of events, such as a generator. */
export type Events = AsyncIterable<ServerEvent | string> | Iterable<ServerEvent | string>;

/** The client of an event stream. */
export interface EventClient {
  /** Aborts when the client disconnects, or the server stops. */
  readonly signal: AbortSignal;
}

/**
 * Creates the events for one client.
 *
 * @param lastEventId the `id` of the last event that the client received, if it reconnects.
 */
export type EventsFor = (lastEventId: string | undefined, client: EventClient) => Events | Promise<Events>;

export function isEventSource(value: unknown): value is Events {
  if (typeof value !== 'object' || value === null) return false;
  const { [Symbol.asyncIterator]: several, [Symbol.iterator]: one } = value as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof several === 'function' || typeof one === 'function';
}

/** The line that sets the reconnection time of browsers. Throws for an invalid time. */
export function retryLine(retry: unknown): string {
  if (!Number.isSafeInteger(retry) || (retry as number) < 0) {
    throw new TypeError(`A server-sent event has \`retry\` ${String(retry)}; it has to be a whole number of milliseconds.`);
  }
  return `retry: ${retry as number}\n`;
}
