import type { Exchange } from '../gateway/exchange.js';
import { ExchangeFilter } from '../gateway/exchange-filter.js';
import type { SocketLink, SocketOptions, SocketSink } from '../gateway/socket-link.js';
import { type AnswerFilter, AnswerHead, type AnswerSink, deliver, link } from './answer-filter.js';
import { byteLengthOf } from '../../support/bytes.js';

/** How a response ended: completely, or aborted by the client or by an error. */
type Ending = 'complete' | 'aborted';

/** A finished response. */
export interface Sent {
  /** The status that was sent, or 0. 101 for a WebSocket. A WebSocket finishes when it is closed. */
  readonly status: number;
  /** The number of bytes of the body, as sent. */
  readonly bytes: number;
  readonly ending: Ending;
}

/** The exchange of a request with answer filters or finish listeners. The answer passes the filters, last added first. */
export class AnswerChain extends ExchangeFilter {
  readonly #exchangeSink: ExchangeSink;
  #firstSink: AnswerSink;
  #hasBegun = false;
  /** Whether a filter failed after a part of the answer was sent. Nothing more can be sent then. */
  #isBroken = false;

  /** @param finish called once, when the answer has finished. */
  constructor(inner: Exchange, finish: (sent: Sent) => void) {
    super(inner);
    this.#exchangeSink = new ExchangeSink(inner, finish);
    this.#firstSink = this.#exchangeSink;
  }

  /** @throws TypeError after the answer has begun. */
  add(filter: AnswerFilter): void {
    if (this.#hasBegun) throw new TypeError('The answer has begun. Add filters before it does, in `around` or `apply`.');
    link(filter, this.#firstSink);
    this.#firstSink = filter;
  }

  override send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void {
    if (this.#isBroken) return;
    this.#run(() => {
      deliver(this.#firstSink, new AnswerHead(status, reason, headers, false));
      if (body !== null) this.#firstSink.write(body);
      this.#firstSink.end();
    });
  }

  override begin(status: number, reason: string, headers: string[]): void {
    this.onClose(() => this.#exchangeSink.finish('aborted'));
    this.#run(() => deliver(this.#firstSink, new AnswerHead(status, reason, headers, true)));
  }

  #run(step: () => void): void {
    this.#hasBegun = true;
    try {
      step();
    } catch (error) {
      if (this.#exchangeSink.hasBegun) {
        // A part of the answer has been sent. Aborting shows the client that the answer is incomplete.
        this.#isBroken = true;
        this.#exchangeSink.abort();
      } else {
        // The error page bypasses the filters, because the failed filter would fail again.
        this.#firstSink = this.#exchangeSink;
      }
      throw error;
    }
  }

  /** Ends the chain without an answer, because code outside of the app answers the request. */
  abandon(): void {
    this.#exchangeSink.finish('aborted');
  }

  override write(chunk: string | Uint8Array): boolean {
    return this.#firstSink.write(chunk);
  }

  override onDrain(listener: () => void): void {
    this.#firstSink.onDrain(listener);
  }

  override end(): void {
    this.#firstSink.end();
  }

  override destroy(): void {
    this.#firstSink.abort();
  }

  override get upgrade(): Exchange['upgrade'] {
    const open = super.upgrade;
    return open === undefined ? undefined : (options, sink) => this.#openSocket(open, options, sink);
  }

  /** A handshake has a head and no body. Its response finishes when the connection is closed. */
  #openSocket(open: NonNullable<Exchange['upgrade']>, options: SocketOptions, sink: SocketSink): SocketLink {
    const head = new AnswerHead(101, '', [...options.headers], true);
    const exit = this.#exchangeSink;
    exit.isHandshake = true;
    deliver(this.#firstSink, head);
    const countingSink: SocketSink = {
      message: (data) => sink.message(data),
      alive: () => sink.alive(),
      sent: () => sink.sent(),
      closed: (code, reason) => {
        sink.closed(code, reason);
        exit.finish(code === 1006 ? 'aborted' : 'complete');
      },
    };
    const connection = open({ ...options, headers: head.flat }, countingSink);
    exit.status = 101;
    return connection;
  }
}

/** The last sink of the chain. Writes the answer to the server, and counts its bytes. */
class ExchangeSink implements AnswerSink {
  readonly #exchange: Exchange;
  readonly #onFinish: (sent: Sent) => void;
  #head: AnswerHead | undefined = undefined;
  /** The buffered body of an answer that is not streamed. */
  #body: string | Uint8Array | undefined = undefined;
  #bytes = 0;
  #isFinished = false;
  status = 0;
  hasBegun = false;
  isHandshake = false;

  constructor(exchange: Exchange, finish: (sent: Sent) => void) {
    this.#exchange = exchange;
    this.#onFinish = finish;
  }

  head(head: AnswerHead): void {
    this.#head = head;
    // The error page replaces the chunks that a filter passed on before it failed.
    this.#body = undefined;
    if (head.streamed && !this.isHandshake) this.#begin(head);
  }

  #begin({ status, reason, flat }: AnswerHead): void {
    this.hasBegun = true;
    this.status = status;
    this.#exchange.begin(status, reason, flat);
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.hasBegun) return this.#write(chunk);
    if (this.#body === undefined) {
      this.#body = chunk;
      return true;
    }
    // A filter has split one chunk into several, so the length is unknown.
    const first = this.#body;
    const head = this.#head as AnswerHead;
    head.delete('Content-Length');
    this.#begin(head);
    this.#write(first);
    return this.#write(chunk);
  }

  #write(chunk: string | Uint8Array): boolean {
    this.#bytes += byteLengthOf(chunk);
    return this.#exchange.write(chunk);
  }

  end(): void {
    if (this.hasBegun) this.#exchange.end();
    else this.#send(this.#head as AnswerHead);
    this.finish('complete');
  }

  #send(head: AnswerHead): void {
    const body = this.#body;
    if (body !== undefined) {
      this.#bytes = byteLengthOf(body);
      head.set('Content-Length', this.#bytes);
    }
    this.hasBegun = true;
    this.status = head.status;
    this.#exchange.send(head.status, head.reason, head.flat, body ?? null);
  }

  onDrain(listener: () => void): void {
    this.#exchange.onDrain(listener);
  }

  abort(): void {
    this.#exchange.destroy();
    this.finish('aborted');
  }

  finish(ending: Ending): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#onFinish({ status: this.status, bytes: this.#bytes, ending });
  }
}
