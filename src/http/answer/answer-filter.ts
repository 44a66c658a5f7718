import { addFlatVary, flatHeader, removeFlatHeader, setFlatHeader } from '../fields/raw-headers.js';
import { checkedHeader } from '../fields/headers.js';
import { parseStatus } from '../fields/status.js';

/** The status and headers of an answer, before they are sent. Header names are case-insensitive. */
export class AnswerHead {
  #status: number;
  #reason: string;
  /** Whether the body is streamed: a generator, a stream, a file. Otherwise it has one chunk, or none. */
  readonly streamed: boolean;
  readonly #headers: string[];

  /** @internal `headers` is flat (name, value, name, value …) and is edited in place. */
  constructor(status: number, reason: string, headers: string[], streamed: boolean) {
    this.#status = status;
    this.#reason = reason;
    this.#headers = headers;
    this.streamed = streamed;
  }

  get status(): number {
    return this.#status;
  }

  /** @throws RangeError for an invalid status. */
  set status(status: number) {
    this.#status = parseStatus(status).code;
    this.#reason = '';
  }

  /** The reason phrase, or `''` for the registered one. */
  get reason(): string {
    return this.#reason;
  }

  /** The value of a header. Several values are joined by `, `. */
  get(name: string): string | undefined {
    return flatHeader(this.#headers, name.toLowerCase());
  }

  /** Sets a header. Replaces existing values. @throws TypeError on CR, LF or NUL. */
  set(name: string, value: string | number): void {
    setFlatHeader(this.#headers, name, checkedHeader(name, value));
  }

  /** Adds a header. Keeps existing values. @throws TypeError on CR, LF or NUL. */
  append(name: string, value: string | number): void {
    this.#headers.push(name, checkedHeader(name, value));
  }

  delete(name: string): void {
    removeFlatHeader(this.#headers, name.toLowerCase());
  }

  /** Adds the name of a request header to `Vary`, if it is not listed yet (RFC 9110 §12.5.5). */
  vary(name: string): void {
    addFlatVary(this.#headers, checkedHeader('Vary', name));
  }

  /** @internal All headers, flat. */
  get flat(): string[] {
    return this.#headers;
  }
}

/** A receiver of an answer: a filter, or the server. */
export interface AnswerSink {
  head(head: AnswerHead): void;
  write(chunk: string | Uint8Array): boolean;
  end(): void;
  onDrain(listener: () => void): void;
  abort(): void;
}

/** @internal Connects a filter to the next sink. */
export let link: (filter: AnswerFilter, next: AnswerSink) => void;
/** @internal Delivers a head to a sink. */
export let deliver: (sink: AnswerSink, head: AnswerHead) => void;

/**
 * Processes an answer before it is sent, whatever produced it: a method, an error handler, a mounted app. `context.filter` adds one.
 * The filter added last receives the answer first.
 *
 * An answer consists of one `head`, any number of `write`s and one `end`. Override the methods that you need, and call `super` to pass
 * the answer on. A `head` that is not passed on is sent with the first chunk that is passed on, or at the end. A filter can therefore
 * collect the body, change the head afterwards, and pass both on in `end`.
 *
 * `write` returns false when the client is slow; the producer then waits for `onDrain`. A filter that changes the length of a streamed
 * body has to delete `Content-Length`. The length of a body with one chunk is corrected. For a WebSocket handshake, only `head` is
 * called, with status 101.
 *
 * @example a header on every answer
 * class Served extends AnswerFilter {
 *   override head(head: AnswerHead) { head.set('X-Served-By', 'web-1'); super.head(head); }
 * }
 * const served: Plugin = { around: (next) => (context) => { context.filter(new Served()); return next(context); } };
 */
export class AnswerFilter implements AnswerSink {
  #next: AnswerSink | undefined = undefined;
  /** The head, from its arrival until it is passed on. */
  #pendingHead: AnswerHead | undefined = undefined;

  /** Called once, before anything is sent. */
  head(head: AnswerHead): void {
    this.#forwardHead(head);
  }

  /** Called for each chunk of the body. */
  write(chunk: string | Uint8Array): boolean {
    this.#flushHead();
    return this.#sink.write(chunk);
  }

  /** Called once, at the end of a complete answer. */
  end(): void {
    this.#flushHead();
    this.#sink.end();
  }

  /** Calls the listener once the buffer has drained after a `write` that returned false. A filter with its own buffer overrides it. */
  onDrain(listener: () => void): void {
    this.#sink.onDrain(listener);
  }

  /** Called instead of `end` when the answer is aborted. */
  abort(): void {
    this.#sink.abort();
  }

  #forwardHead(head: AnswerHead): void {
    this.#pendingHead = undefined;
    deliver(this.#sink, head);
  }

  #flushHead(): void {
    if (this.#pendingHead !== undefined) this.#forwardHead(this.#pendingHead);
  }

  get #sink(): AnswerSink {
    if (this.#next === undefined) throw new TypeError('An AnswerFilter works once it is added: context.filter(new Filter()).');
    return this.#next;
  }

  static {
    link = (filter, next) => {
      if (filter.#next !== undefined) throw new TypeError('An AnswerFilter serves one answer: add a new one for each request.');
      filter.#next = next;
    };
    deliver = (sink, head) => {
      if (#pendingHead in sink) sink.#pendingHead = head;
      sink.head(head);
    };
  }
}
