import { checkKnownOptions } from '../../support/known-options.js';
import { HTTPResponse } from '../http-error.js';
import { type Events, type EventsFor, isEventSource, retryLine } from './event-source.js';
import { HeaderDict, type HeaderSource } from '../fields/headers.js';
import type { Reply } from '../answer/reply.js';
import { LateModule } from '../../support/late-module.js';
import { DeferredBody, type DeferredCallbacks } from '../answer/streams.js';
import { isThenable } from '../../support/value-kinds.js';

export type { EventClient, Events, EventsFor } from './event-source.js';
export type { ServerEvent } from './server-event.js';

/** Options of `eventStream`. */
export interface EventStreamOptions {
  /** The reconnection time of browsers, in milliseconds. Default: the browser's own, a few seconds. */
  retry?: number;
  /** The interval of comments that keep an idle connection open through proxies, in milliseconds; 0 for none. Default: 15,000. */
  heartbeat?: number;
  /** Additional headers. They replace default headers of the same name. */
  headers?: HeaderSource;
}

/**
 * Sends Server-Sent Events: return it from a method. Events are strings or `{ data, event, id, retry, comment }`. The source is
 * closed when the client disconnects. Use `signal` to end waits inside of a generator.
 *
 * When the server stops, the signal aborts, the source is closed and the stream ends, so that browsers reconnect.
 *
 * The head is sent immediately, unless the source fails immediately: then the client gets an error page.
 *
 * @param source an iterable of events, or a function that creates one for each client.
 * @throws TypeError for an invalid source or option.
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
  checkKnownOptions('eventStream()', options, ['heartbeat', 'retry', 'headers']);
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

/** Prevents caching, compression and buffering by proxies, which would delay events. */
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

  send(reply: Reply, callbacks: DeferredCallbacks): void {
    const started = eventPumps.use(({ EventPump }) =>
      new EventPump(reply, callbacks, this.#prelude, this.#heartbeat).start(this.#source),
    );
    if (isThenable(started)) started.then(undefined, (error: unknown) => callbacks.failure(reply, error));
  }
}
