import { HTTPResponse } from '../http-error.js';
import { type Events, type EventsFor, isEventSource, retryLine } from './event-source.js';
import { HeaderDict, type HeaderSource } from '../fields/headers.js';
import type { Reply } from '../answer/reply.js';
import { LateModule } from '../../support/late-module.js';
import { DeferredBody, type DeferredCallbacks } from '../answer/streams.js';
import { isThenable } from '../../support/value-kinds.js';

export type { EventClient, Events, EventsFor } from './event-source.js';
export type { ServerEvent } from './server-event.js';

/** What `eventStream` takes. */
export interface EventStreamOptions {
  /** How long browsers wait before they connect anew, in milliseconds. Default: their own, a few seconds. */
  retry?: number;
  /** How often a comment is sent where nothing else may be, so that no proxy takes the connection for dead, in milliseconds; 0
   * for never. Default: 15,000. */
  heartbeat?: number;
  /** Further headers, or others in place of those that are set here. */
  headers?: HeaderSource;
}

/**
 * Sends Server-Sent Events: return it from a method. Events are strings or `{ data, event, id, retry, comment }`. The source is
 * closed when the client leaves: what waits inside a generator then is woken through `signal`.
 *
 * When the server stops, the signal aborts as well, the source is closed and the stream ends, so that browsers come back.
 *
 * The head is sent at once, unless the source fails at once: then there is a clean error page.
 *
 * @param source an iterable of events, or a function that makes one for each client.
 * @throws TypeError for a source or options that make no sense.
 * @example
 * @Get('/ticks')
 * ticks() {
 *   return eventStream(async function* (lastEventId, { signal }) {
 *     for (let id = Number(lastEventId ?? 0) + 1; ; id++) {
 *       yield { id, event: 'tick', data: { now: Date.now() } };
 *       await setTimeout(1000, undefined, { signal });
 *     }
 *   });
 * }
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream(source: Events | EventsFor, options: EventStreamOptions = {}): HTTPResponse {
  const { heartbeat = 15_000, retry, headers } = options;
  if (!(heartbeat >= 0 && heartbeat < 2 ** 31)) {
    throw new TypeError(`eventStream: heartbeat has to be a number of milliseconds, or 0, not ${String(heartbeat)}.`);
  }
  if (typeof source !== 'function' && !isEventSource(source)) {
    throw new TypeError('eventStream: the source has to be an iterable of events, or a function that gives one.');
  }
  const prelude = retry === undefined ? '' : `${retryLine(retry)}\n`;
  const response = new HTTPResponse(new EventBody(source, prelude, heartbeat), { headers: HEADERS });
  if (headers !== undefined) for (const [name, value] of new HeaderDict(headers)) response.headers.set(name, value);
  return response;
}

/** Neither caches nor proxies that compress or collect may hold events back. */
const HEADERS = new HeaderDict({
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
});

const eventPumps = new LateModule(() => import('./event-pump.js'));

class EventBody extends DeferredBody {
  readonly #source: Events | EventsFor;
  readonly #prelude: string;
  readonly #heartbeat: number;

  constructor(source: Events | EventsFor, prelude: string, heartbeat: number) {
    super();
    this.#source = source;
    this.#prelude = prelude;
    this.#heartbeat = heartbeat;
  }

  send(reply: Reply, turns: DeferredCallbacks): void {
    const started = eventPumps.use(({ EventPump }) =>
      new EventPump(reply, turns, this.#prelude, this.#heartbeat).start(this.#source),
    );
    if (isThenable(started)) started.then(undefined, (error: unknown) => turns.failure(reply, error));
  }
}
