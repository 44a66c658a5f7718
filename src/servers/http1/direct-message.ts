import { IncomingMessage } from 'node:http';
import type { BodySink } from '../../http/gateway/exchange.js';
import type { DirectBody } from '../../http/gateway/node-exchange.js';
import { interruptedBody } from '../../http/gateway/unread-body.js';
import { Connections } from './connections.js';

/**
 * The members of Node's `IncomingMessage` that this class overrides. Node's server calls `_dump` when the response is complete;
 * no public name exists for it.
 */
interface OverriddenMembers {
  readonly readableEnded: boolean;
  _dumped: boolean;
  _dump(): void;
  push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean;
  _read(size: number): void;
  _destroy(error: Error | null, done: (error?: Error | null) => void): void;
}

const BaseMessage = IncomingMessage as unknown as new (
  ...args: ConstructorParameters<typeof IncomingMessage>
) => Omit<IncomingMessage, keyof OverriddenMembers> & OverriddenMembers;

/** The delivery of a request body to a sink. */
class SinkDelivery {
  sink: BodySink;
  isPaused = false;
  /** The sink has received the end or an error. */
  isDone = false;

  constructor(sink: BodySink) {
    this.sink = sink;
  }

  /** Delivers a chunk, or `null` for the end. Returns false to ask the parser to wait. */
  push(chunk: Uint8Array | null): boolean {
    if (this.isDone) return true;
    if (chunk === null) {
      this.isDone = true;
      this.sink.end();
    } else this.sink.data(chunk);
    return !this.isPaused;
  }
}

const DELIVERY: unique symbol = Symbol('delivery');
const READ_STARTED: unique symbol = Symbol('read started');

/**
 * A request whose body goes from Node's parser directly to its reader, without a stream. A request without a body does not end a
 * stream that nobody reads. Passed to `createServer` as `IncomingMessage`.
 *
 * It exists for speed only: `bench/direct-message.mjs` shows what it saves. If a version of Node no longer calls the overridden
 * members, its tests fail. Then remove this file and the option `IncomingMessage`: `NodeExchange` also reads ordinary requests.
 *
 * A mounted listener or a user of `environ` can still read the stream, as long as it starts before the response is complete.
 */
export class DirectMessage extends BaseMessage implements DirectBody {
  // Declared on the prototype: each additional own property makes every request slower (benchmark: `bench --only json`).
  declare [DELIVERY]: SinkDelivery | undefined;
  /** Reading of the stream has begun. */
  declare [READ_STARTED]: boolean;

  attachSink(sink: BodySink): boolean {
    // Existing listeners expect the events of a stream.
    if (this[DELIVERY] !== undefined || !isUnread(this) || this.readableLength > 0 || this.destroyed || hasEndListeners(this))
      return false;
    this[DELIVERY] = new SinkDelivery(sink);
    if (this.complete) this[DELIVERY].push(null);
    return true;
  }

  replaceSink(sink: BodySink): boolean {
    const delivery = this[DELIVERY];
    if (delivery === undefined) return false;
    delivery.sink = sink;
    if (delivery.isDone) sink.end();
    return true;
  }

  pauseBody(): void {
    const delivery = this[DELIVERY];
    if (delivery === undefined) this.pause();
    else delivery.isPaused = true;
  }

  resumeBody(): void {
    const delivery = this[DELIVERY];
    if (delivery === undefined) {
      this.resume();
      return;
    }
    delivery.isPaused = false;
    if (!delivery.isDone) super._read(0);
  }

  /**
   * Node's parser calls this with each chunk of the body, and with `null` at its end. Returns false to ask the parser to wait.
   */
  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    const delivery = this[DELIVERY];
    if (delivery !== undefined) return delivery.push(chunk);
    // A later reader gets the end from `_read`.
    if (chunk === null && isUnread(this)) return true;
    return super.push(chunk, encoding);
  }

  override _read(size: number): void {
    this[READ_STARTED] = true;
    if (this.complete) super.push(null);
    else super._read(size);
  }

  /**
   * Node's server calls this when the response is complete. The unread rest of the body is discarded. A complete body has no
   * rest.
   */
  override _dump(): void {
    Connections.forget(this as unknown as IncomingMessage);
    const delivery = this[DELIVERY];
    if ((delivery === undefined && !(this.complete && isUnread(this))) || hasEndListeners(this)) {
      super._dump();
      return;
    }
    this._dumped = true;
    if (delivery !== undefined) this.resumeBody();
  }

  /** Node keeps a request in memory until its stream has ended. */
  override get readableEnded(): boolean {
    return super.readableEnded || (this._dumped && this.complete) || this[DELIVERY]?.isDone === true;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const delivery = this[DELIVERY];
    if (delivery !== undefined && !delivery.isDone) {
      delivery.isDone = true;
      delivery.sink.error(error ?? interruptedBody());
    }
    super._destroy(error, done);
  }
}

// These are functions, because a private method adds an own property.

/** Whether nothing has read from the stream or started to. */
function isUnread(message: DirectMessage): boolean {
  return message.readableFlowing === null && !message[READ_STARTED];
}

function hasEndListeners(message: DirectMessage): boolean {
  return message.listenerCount('end') > 0 || message.listenerCount('close') > 0;
}

DirectMessage.prototype[DELIVERY] = undefined;
DirectMessage.prototype[READ_STARTED] = false;
