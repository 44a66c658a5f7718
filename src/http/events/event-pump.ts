import type { Reply } from '../answer/reply.js';
import { type EventClient, type Events, type EventsFor, isSource } from './event-source.js';
import { Heartbeat } from '../../support/heartbeat.js';
import { formatEvent } from './server-event.js';
import { stopReason } from '../gateway/stopping.js';
import type { DeferredCallbacks } from '../answer/streams.js';
import { isThenable } from '../../support/value-kinds.js';

type EventIterator = AsyncIterator<unknown> | Iterator<unknown>;

const COMMENT = ':\n\n';

/**
 * Moves one client's events, and the heartbeats between them. There may be very many of these at a time, nearly all of them idle:
 * hence this holds as little as possible, and writes without a promise in between.
 */
export class EventPump {
  readonly #reply: Reply;
  /** Until the head is sent. */
  #turns: DeferredCallbacks | undefined;
  /** What the first piece begins with. */
  #prelude: string;
  readonly #heartbeat: Heartbeat | undefined;
  #slot = -1;
  #iterator: EventIterator | undefined = undefined;
  #client: Client | undefined = undefined;
  /** Whether the client has yet to take what was written. */
  #blocked = false;
  /** Whether the source owes us a step. */
  #pulling = false;
  #over = false;
  /** Made once, as they are handed over at every step. */
  readonly #onStep: (step: IteratorResult<unknown>) => void;
  readonly #onError: (error: unknown) => void;

  /** @param heartbeat How often the client hears a heartbeat, in milliseconds; 0 for never. */
  constructor(reply: Reply, turns: DeferredCallbacks, prelude: string, heartbeat: number) {
    this.#reply = reply;
    this.#turns = turns;
    this.#prelude = prelude;
    this.#heartbeat = heartbeat === 0 ? undefined : Heartbeat.every(heartbeat);
    this.#onStep = this.#arrived.bind(this);
    this.#onError = this.#fail.bind(this);
  }

  start(source: Events | EventsFor): void {
    this.#reply.exchange.onClose(() => this.#clientLeft());
    try {
      const events = typeof source === 'function' ? this.#call(source) : source;
      if (isThenable(events)) events.then((made) => this.#open(made), this.#onError);
      else this.#open(events);
    } catch (error) {
      this.#fail(error);
    }
    if (this.#over) return;
    // The browser's `open` must not wait for the first event; but a source that fails at once still gets its error page.
    if (this.#turns !== undefined) setImmediate(() => this.#begin());
    if (this.#heartbeat !== undefined) this.#slot = this.#heartbeat.join(this);
    this.#reply.exchange.stopping?.join(this);
  }

  /** Ends well, so that nobody waits for events while the server stops. Browsers come back, to whoever serves them then. */
  serverStops(): void {
    if (this.#over) return;
    const reason = stopReason();
    this.#close(reason);
    // To plugins it is a stream that broke off: what the source had begun is not complete.
    this.#streamEnded(reason);
    try {
      this.#conclude();
    } catch (error) {
      this.#tell(error);
    }
  }

  #call(source: EventsFor): Events | Promise<Events> {
    this.#client = new Client();
    return source(lastEventId(this.#reply.exchange.rawHeaders()), this.#client);
  }

  #open(events: Events): void {
    try {
      this.#iterator = iteratorOf(events);
      if (this.#over) this.#closeSource();
      else this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Asks the source for events, and sends them, until it or the client makes us wait. */
  #pull(): void {
    const iterator = this.#iterator as EventIterator;
    while (!this.#over && !this.#blocked) {
      const step = iterator.next();
      if (isThenable(step)) {
        this.#pulling = true;
        step.then(this.#onStep, this.#onError);
        return;
      }
      this.#take(step);
    }
  }

  #arrived(step: IteratorResult<unknown>): void {
    this.#pulling = false;
    if (this.#over) return;
    try {
      this.#take(step);
      this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(step: IteratorResult<unknown>): void {
    if (step.done === true) {
      this.#end();
      return;
    }
    if (step.value === undefined || step.value === null) return;
    const text = formatEvent(step.value);
    if (text !== '') this.#write(text);
  }

  #write(text: string): void {
    let piece = text;
    if (this.#turns !== undefined) {
      piece = this.#prelude + text;
      // The head may yet turn out to be unsendable: that error still gets a page.
      this.#turns.begin(this.#reply, piece);
      this.#turns = undefined;
      this.#prelude = '';
    }
    if (this.#reply.exchange.write(piece) || this.#blocked || this.#over) return;
    this.#blocked = true;
    this.#reply.exchange.onDrain(() => this.#drained());
  }

  #drained(): void {
    this.#blocked = false;
    // A step that was owed before a heartbeat filled the pipe may still be on its way: that one goes on.
    if (this.#pulling || this.#over) return;
    try {
      this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Sends the head, if that has not happened with the first event. */
  #begin(): void {
    if (this.#over || this.#turns === undefined) return;
    try {
      this.#write(this.#prelude === '' ? COMMENT : '');
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Sends a comment, unless the client has yet to take what was sent before: then it knows that the connection lives. */
  beat(): void {
    if (!this.#over && !this.#blocked && this.#turns === undefined) this.#write(COMMENT);
  }

  #end(): void {
    this.#close(gone());
    try {
      this.#reply.streamEnded(undefined);
    } catch (error) {
      this.#tell(error);
      return;
    }
    this.#conclude();
  }

  #conclude(): void {
    const { exchange } = this.#reply;
    if (this.#turns === undefined) exchange.end();
    else if (this.#prelude === '') this.#turns.empty(this.#reply);
    else {
      this.#turns.begin(this.#reply, this.#prelude);
      exchange.write(this.#prelude);
      exchange.end();
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#close(gone());
    this.#streamEnded(error);
    this.#tell(error);
  }

  #tell(error: unknown): void {
    if (this.#turns !== undefined) {
      this.#turns.failure(this.#reply, error);
      return;
    }
    // After the first byte, an honest end is impossible: the client must notice, and come back.
    this.#reply.report(error);
    this.#reply.exchange.destroy();
  }

  #clientLeft(): void {
    if (this.#over) return;
    const reason = gone();
    this.#close(reason);
    this.#streamEnded(reason);
  }

  #streamEnded(error: unknown): void {
    try {
      this.#reply.streamEnded(error);
    } catch (thrown) {
      if (thrown !== error) this.#reply.report(thrown);
    }
  }

  #close(reason: DOMException): void {
    this.#over = true;
    this.#heartbeat?.leave(this, this.#slot);
    this.#reply.exchange.stopping?.leave(this);
    this.#client?.leave(reason);
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
}

/** A signal is as large as all the rest of an idle connection, so there is one only for who asks. */
class Client implements EventClient {
  #abort: AbortController | undefined = undefined;
  #reason: DOMException | undefined = undefined;

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.leave(this.#reason);
    }
    return this.#abort.signal;
  }

  leave(reason: DOMException): void {
    this.#reason = reason;
    this.#abort?.abort(reason);
  }
}

let left: DOMException | undefined;

/** One for all: its stack says nothing, and taking that costs more than all the rest of an end. */
function gone(): DOMException {
  left ??= new DOMException('The client has gone away.', 'AbortError');
  return left;
}

/** The header is UTF-8, which HTTP libraries hand over byte by byte. Read from the raw list, as node builds its object on first use. */
function lastEventId(raw: readonly string[]): string | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 13 && name.toLowerCase() === 'last-event-id')
      return Buffer.from(raw[i + 1] as string, 'latin1').toString('utf8');
  }
  return undefined;
}

function iteratorOf(events: unknown): EventIterator {
  if (!isSource(events)) throw new TypeError('The source of an eventStream gave no iterable of events.');
  return Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
}
