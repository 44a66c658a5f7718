import type { Reply } from '../answer/reply.js';
import { scopeOfStream } from '../answer/stream-scope.js';
import { type EventClient, type Events, type EventsFor, isEventSource } from './event-source.js';
import { Heartbeat } from '../../support/heartbeat.js';
import { formatEvent } from './server-event.js';
import type { DeferredCallbacks } from '../answer/streams.js';
import { disconnectReason, stopReason } from '../../support/abort-reasons.js';
import { isThenable } from '../../support/value-kinds.js';

type EventIterator = AsyncIterator<unknown> | Iterator<unknown>;

const HEARTBEAT = ':\n\n';

/**
 * Sends the events of one client, and heartbeats between them. A server may have very many idle event streams, so an instance uses
 * little memory, and writes do not use promises.
 */
export class EventPump {
  readonly #reply: Reply;
  /** Callbacks of the caster; `undefined` after the head has been sent. */
  #callbacks: DeferredCallbacks | undefined;
  /** Text before the first event. */
  #prelude: string;
  readonly #heartbeat: Heartbeat | undefined;
  #slot = -1;
  #iterator: EventIterator | undefined = undefined;
  #client: Client | undefined = undefined;
  /** Whether the last write has to drain. */
  #needsDrain = false;
  /** Whether a step of the source is pending. */
  #isPulling = false;
  #isDone = false;
  /** Bound once, because each step uses them. */
  readonly #onStep: (step: IteratorResult<unknown>) => void;
  readonly #onError: (error: unknown) => void;

  /** @param heartbeat the interval of heartbeats, in milliseconds; 0 for none. */
  constructor(reply: Reply, callbacks: DeferredCallbacks, prelude: string, heartbeat: number) {
    this.#reply = reply;
    this.#callbacks = callbacks;
    this.#prelude = prelude;
    this.#heartbeat = heartbeat === 0 ? undefined : Heartbeat.every(heartbeat);
    this.#onStep = this.#handleAsyncStep.bind(this);
    this.#onError = this.#fail.bind(this);
  }

  start(source: Events | EventsFor): void {
    this.#reply.exchange.onClose(() => this.#onDisconnect());
    try {
      const events = typeof source === 'function' ? this.#call(source) : source;
      if (isThenable(events)) events.then((made) => this.#open(made), this.#onError);
      else this.#open(events);
    } catch (error) {
      this.#fail(error);
    }
    if (this.#isDone) return;
    // The browser's `open` event must not wait for the first event. A source that fails immediately still gets an error page.
    if (this.#callbacks !== undefined) setImmediate(() => this.#begin());
    if (this.#heartbeat !== undefined) this.#slot = this.#heartbeat.join(this);
    this.#reply.exchange.stopping?.addListener(this);
  }

  /** Completes the stream when the server stops. Browsers reconnect. */
  onStop(): void {
    if (this.#isDone) return;
    const reason = stopReason();
    this.#close(reason);
    // For plugins, the stream was aborted, because the source has not ended.
    this.#streamEnded(reason);
    try {
      this.#complete();
    } catch (error) {
      this.#sendError(error);
    }
  }

  #call(source: EventsFor): Events | Promise<Events> {
    this.#client = new Client();
    return source(lastEventId(this.#reply.exchange.rawHeaders()), this.#client);
  }

  #open(events: Events): void {
    try {
      this.#iterator = iteratorOf(events);
      if (this.#isDone) this.#closeSource();
      else this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Pulls events and sends them until the source or the client has to be awaited. */
  #pull(): void {
    const iterator = this.#iterator as EventIterator;
    while (!this.#isDone && !this.#needsDrain) {
      const step = iterator.next();
      if (isThenable(step)) {
        this.#isPulling = true;
        step.then(this.#onStep, this.#onError);
        return;
      }
      this.#handleStep(step);
    }
  }

  #handleAsyncStep(step: IteratorResult<unknown>): void {
    this.#isPulling = false;
    if (this.#isDone) return;
    try {
      this.#handleStep(step);
      this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  #handleStep(step: IteratorResult<unknown>): void {
    if (step.done === true) {
      this.#end();
      return;
    }
    if (step.value === undefined || step.value === null) return;
    const text = formatEvent(step.value);
    if (text !== '') this.#write(text);
  }

  #write(text: string): void {
    let data = text;
    if (this.#callbacks !== undefined) {
      data = this.#prelude + text;
      // `begin` may throw, for example for an invalid header. Such an error still gets an error page.
      this.#callbacks.begin(this.#reply, data);
      this.#callbacks = undefined;
      this.#prelude = '';
    }
    if (this.#reply.exchange.write(data) || this.#needsDrain || this.#isDone) return;
    this.#needsDrain = true;
    // The event of the connection has another asynchronous context than the method.
    const scope = scopeOfStream(this.#reply);
    this.#reply.exchange.onDrain(() => (scope === undefined ? this.#onDrain() : scope(() => this.#onDrain())));
  }

  #onDrain(): void {
    this.#needsDrain = false;
    // A step may still be pending if a heartbeat filled the buffer. It continues pulling when it settles.
    if (this.#isPulling || this.#isDone) return;
    try {
      this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Sends the head, unless the first event has sent it. */
  #begin(): void {
    if (this.#isDone || this.#callbacks === undefined) return;
    try {
      this.#write(this.#prelude === '' ? HEARTBEAT : '');
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Sends a comment, unless earlier data has to drain. That data keeps the connection alive. */
  beat(): void {
    if (!this.#isDone && !this.#needsDrain && this.#callbacks === undefined) this.#write(HEARTBEAT);
  }

  #end(): void {
    this.#close(disconnectReason());
    try {
      this.#reply.streamEnded(undefined);
    } catch (error) {
      this.#sendError(error);
      return;
    }
    this.#complete();
  }

  #complete(): void {
    const { exchange } = this.#reply;
    if (this.#callbacks === undefined) exchange.end();
    else if (this.#prelude === '') this.#callbacks.empty(this.#reply);
    else {
      this.#callbacks.begin(this.#reply, this.#prelude);
      exchange.write(this.#prelude);
      exchange.end();
    }
  }

  #fail(error: unknown): void {
    if (this.#isDone) return;
    this.#close(disconnectReason());
    this.#streamEnded(error);
    this.#sendError(error);
  }

  #sendError(error: unknown): void {
    if (this.#callbacks !== undefined) {
      this.#callbacks.failure(this.#reply, error);
      return;
    }
    // After the first byte, an error page is impossible. Destroying the connection makes the client reconnect.
    this.#reply.report(error);
    this.#reply.exchange.destroy();
  }

  #onDisconnect(): void {
    if (this.#isDone) return;
    const reason = disconnectReason();
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
    this.#isDone = true;
    this.#heartbeat?.leave(this, this.#slot);
    this.#reply.exchange.stopping?.removeListener(this);
    this.#client?.abort(reason);
    this.#closeSource();
  }

  #closeSource(): void {
    try {
      const returned = this.#iterator?.return?.();
      if (isThenable(returned)) returned.then(undefined, () => undefined);
    } catch {
      // The cleanup of the source failed. The response has already ended.
    }
  }
}

/** Creates the signal on first access, because it needs much memory compared to an idle stream. */
class Client implements EventClient {
  #controller: AbortController | undefined = undefined;
  #reason: DOMException | undefined = undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: DOMException): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** Decodes the header as UTF-8. Reads the raw list, because Node builds its `headers` object on first use. */
function lastEventId(raw: readonly string[]): string | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 13 && name.toLowerCase() === 'last-event-id')
      return Buffer.from(raw[i + 1] as string, 'latin1').toString('utf8');
  }
  return undefined;
}

function iteratorOf(events: unknown): EventIterator {
  if (!isEventSource(events)) throw new TypeError('The source of an eventStream did not return an iterable of events.');
  return Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
}
