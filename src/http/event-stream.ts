import { HTTPResponse } from './errors.js';
import type { Exchange } from './exchange.js';
import { HeaderDict, type HeaderSource } from './headers.js';
import { beatEvery } from './heartbeat.js';
import { formatEvent, retryLine, type ServerEvent } from './server-event.js';
import { DeferredBody, isThenable, type StreamSource } from './streams.js';

export type { ServerEvent } from './server-event.js';

/** Events, as a generator of either kind gives them. */
export type Events = AsyncIterable<ServerEvent | string> | Iterable<ServerEvent | string>;

/**
 * Makes the events of one client.
 *
 * @param lastEventId the `id` of the last event that it has seen, if it was here before.
 * @param signal aborts when it leaves.
 */
export type EventsFor = (lastEventId: string | undefined, signal: AbortSignal) => Events | Promise<Events>;

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
 * The head is sent at once, unless the source fails at once: then there is a clean error page.
 *
 * @param source an iterable of events, or a function that makes one for each client.
 * @throws TypeError for a source or options that make no sense.
 * @example
 * @Get('/ticks')
 * ticks() {
 *   return eventStream(async function* (lastEventId, signal) {
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
  if (typeof source !== 'function' && !isSource(source)) {
    throw new TypeError('eventStream: the source has to be an iterable of events, or a function that gives one.');
  }
  const prelude = retry === undefined ? '' : `${retryLine(retry)}\n`;
  const response = new HTTPResponse(new EventBody(source, prelude, heartbeat));
  response.headers.set('Content-Type', 'text/event-stream');
  // Neither caches nor proxies that compress or collect may hold events back.
  response.headers.set('Cache-Control', 'no-cache, no-transform');
  response.headers.set('X-Accel-Buffering', 'no');
  if (headers !== undefined) for (const [name, value] of new HeaderDict(headers)) response.headers.set(name, value);
  return response;
}

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

  open(exchange: Exchange): StreamSource {
    return new EventSource(this.#source, this.#prelude, this.#heartbeat, exchange);
  }
}

type Step = IteratorResult<string>;
type EventIterator = AsyncIterator<unknown> | Iterator<unknown>;

const COMMENT = ':\n\n';
const END: Step = { done: true, value: undefined };

/** One client's events as a body: merges those of the source with the heartbeats. */
class EventSource implements StreamSource {
  readonly type = undefined;
  readonly length = undefined;
  /** What is needed until the source is open. */
  #opening: { source: Events | EventsFor; exchange: Exchange } | undefined;
  readonly #heartbeat: number;
  #prelude: string;
  #iterator: EventIterator | undefined = undefined;
  /** The client's next step, while it waits for one. */
  #waiting: { resolve(step: Step): void; reject(error: unknown): void } | undefined = undefined;
  /** Whether the source owes us a step. */
  #pulling = false;
  /** A step that came while nobody waited for it, because the client was slow to take a heartbeat. */
  #ready: { step: Step } | { error: unknown } | undefined = undefined;
  #over = false;
  #begun = false;
  #abort: AbortController | undefined = undefined;
  #stopBeating: (() => void) | undefined = undefined;

  constructor(source: Events | EventsFor, prelude: string, heartbeat: number, exchange: Exchange) {
    this.#opening = { source, exchange };
    this.#prelude = prelude;
    this.#heartbeat = heartbeat;
  }

  next(): Step | Promise<Step> {
    const ready = this.#ready;
    if (ready !== undefined) {
      this.#ready = undefined;
      if ('error' in ready) throw ready.error;
      return ready.step;
    }
    if (this.#opening !== undefined) {
      const { source, exchange } = this.#opening;
      this.#opening = undefined;
      return this.#open(source, exchange);
    }
    return (this.#pulling ? undefined : this.#pull()) ?? this.#wait();
  }

  #open(source: Events | EventsFor, exchange: Exchange): Step | Promise<Step> {
    const events = typeof source === 'function' ? source(lastEventId(exchange), this.#signal()) : source;
    let first: Step | undefined;
    if (isThenable(events)) {
      this.#pulling = true;
      events.then(this.#opened, this.#failed);
    } else {
      this.#iterator = iteratorOf(events);
      first = this.#pull();
    }
    // The browser's `open` must not wait for the first event; but a source that fails at once still gets its error page.
    if (first === undefined) setImmediate(() => this.#begun || this.beat());
    if (this.#heartbeat > 0) this.#stopBeating = beatEvery(this.#heartbeat, this);
    return first ?? this.#wait();
  }

  #opened = (events: Events): void => {
    this.#pulling = false;
    try {
      this.#iterator = iteratorOf(events);
      // The client left while the source was made.
      if (this.#over) this.#closeSource();
      else this.#pullOn();
    } catch (error) {
      this.#failed(error);
    }
  };

  /** Asks the source for its next event. `undefined` if that is still to come. */
  #pull(): Step | undefined {
    const iterator = this.#iterator as EventIterator;
    for (;;) {
      const step = iterator.next();
      if (isThenable(step)) {
        this.#pulling = true;
        step.then(this.#arrived, this.#failed);
        return undefined;
      }
      const piece = this.#format(step);
      if (piece !== undefined) return piece;
    }
  }

  #pullOn(): void {
    const step = this.#pull();
    if (step !== undefined) this.#deliver({ step });
  }

  #arrived = (step: IteratorResult<unknown>): void => {
    this.#pulling = false;
    if (this.#over) return;
    try {
      const piece = this.#format(step);
      if (piece === undefined) this.#pullOn();
      else this.#deliver({ step: piece });
    } catch (error) {
      this.#failed(error);
    }
  };

  #failed = (error: unknown): void => {
    this.#pulling = false;
    if (!this.#over) this.#deliver({ error });
  };

  #deliver(outcome: { step: Step } | { error: unknown }): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#ready = outcome;
    else if ('error' in outcome) waiting.reject(outcome.error);
    else waiting.resolve(outcome.step);
  }

  #wait(): Promise<Step> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** A step as text; `undefined` for one that there is nothing to send of. */
  #format(step: IteratorResult<unknown>): Step | undefined {
    if (step.done) {
      if (this.#prelude === '') return END;
      this.#ready = { step: END };
      return this.#piece('');
    }
    if (step.value === undefined || step.value === null) return undefined;
    const text = formatEvent(step.value);
    return text === '' ? undefined : this.#piece(text);
  }

  #piece(text: string): Step {
    const value = this.#prelude + text;
    this.#prelude = '';
    this.#begun = true;
    return { done: false, value };
  }

  /** Sends a comment, unless the client has yet to take what was sent before: then it knows that the connection lives. */
  beat(): void {
    if (this.#over || this.#waiting === undefined) return;
    this.#deliver({ step: this.#piece(this.#prelude === '' ? COMMENT : '') });
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#opening = undefined;
    this.#waiting = undefined;
    this.#stopBeating?.();
    this.#abort?.abort(new DOMException('The client has gone away.', 'AbortError'));
    this.#closeSource();
  }

  #closeSource(): void {
    try {
      const returned = this.#iterator?.return?.();
      if (isThenable(returned)) returned.then(undefined, () => undefined);
    } catch {
      // The source's own clean-up failed; the response is over either way.
    }
  }

  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }
}

/** The header is UTF-8, which HTTP libraries hand over byte by byte. */
function lastEventId(exchange: Exchange): string | undefined {
  const header = exchange.header('last-event-id');
  return header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8');
}

function isSource(value: unknown): value is Events {
  if (typeof value !== 'object' || value === null) return false;
  const { [Symbol.asyncIterator]: several, [Symbol.iterator]: one } = value as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof several === 'function' || typeof one === 'function';
}

function iteratorOf(events: unknown): EventIterator {
  if (!isSource(events)) throw new TypeError('The source of an eventStream gave no iterable of events.');
  return Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
}
