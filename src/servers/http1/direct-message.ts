import { IncomingMessage } from 'node:http';
import type { BodySink } from '../../http/gateway/exchange.js';
import type { DirectBody } from '../../http/gateway/node-exchange.js';
import { Connections } from './connections.js';

/** Of a request of node's, what is made otherwise here. `_dump` is how its server lets go of an answered one; it has no other name. */
interface Overridden {
  readonly readableEnded: boolean;
  _dumped: boolean;
  _dump(): void;
  push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean;
  _read(size: number): void;
  _destroy(error: Error | null, done: (error?: Error | null) => void): void;
}

const Message = IncomingMessage as unknown as new (
  ...args: ConstructorParameters<typeof IncomingMessage>
) => Omit<IncomingMessage, keyof Overridden> & Overridden;

/** A body that goes to a sink. */
class Taken {
  sink: BodySink;
  isPaused = false;
  /** The sink has been told of the end, or of what came in its place. */
  isOver = false;

  constructor(sink: BodySink) {
    this.sink = sink;
  }

  /** Takes a piece, or `null` for the end; `false` asks to wait. */
  push(chunk: Uint8Array | null): boolean {
    if (this.isOver) return true;
    if (chunk === null) {
      this.isOver = true;
      this.sink.end();
    } else this.sink.data(chunk);
    return !this.isPaused;
  }
}

const TAKEN: unique symbol = Symbol('taken');
const ASKED: unique symbol = Symbol('asked');

/**
 * A request whose body goes from node's parser straight to its reader, without a stream in between, which is what reading a small
 * body costs most of; and whose end, where there is no body, is not sent through a stream that nobody reads. Given to
 * `createServer` as its `IncomingMessage`.
 *
 * Whoever wants the stream all the same (a mounted listener, a user of `environ`) finds it whole, as long as it is asked for before
 * the response is complete.
 */
export class DirectMessage extends Message implements DirectBody {
  // On the prototype until they are needed: node's own properties fill the object, and each one more costs every request 2 %.
  declare [TAKEN]: Taken | undefined;
  /** Somebody has begun to read the stream. */
  declare [ASKED]: boolean;

  takeBody(sink: BodySink): boolean {
    // Who listens already expects the events of a stream.
    if (this[TAKEN] !== undefined || !isUntouched(this) || this.readableLength > 0 || this.destroyed || isHeard(this))
      return false;
    this[TAKEN] = new Taken(sink);
    if (this.complete) this[TAKEN].push(null);
    return true;
  }

  giveBodyTo(sink: BodySink): boolean {
    const taken = this[TAKEN];
    if (taken === undefined) return false;
    taken.sink = sink;
    if (taken.isOver) sink.end();
    return true;
  }

  pauseBody(): void {
    const taken = this[TAKEN];
    if (taken === undefined) this.pause();
    else taken.isPaused = true;
  }

  resumeBody(): void {
    const taken = this[TAKEN];
    if (taken === undefined) {
      this.resume();
      return;
    }
    taken.isPaused = false;
    if (!taken.isOver) super._read(0);
  }

  /** Called by node's parser with every piece of the body, and with `null` at its end. `false` asks it to wait. */
  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    const taken = this[TAKEN];
    if (taken !== undefined) return taken.push(chunk);
    // Whoever reads it later is told by `_read`.
    if (chunk === null && isUntouched(this)) return true;
    return super.push(chunk, encoding);
  }

  override _read(size: number): void {
    this[ASKED] = true;
    if (this.complete) super.push(null);
    else super._read(size);
  }

  /** Called when the response is complete. What is left of the body is passed over. Of a whole one there is nothing left. */
  override _dump(): void {
    Connections.forget(this as unknown as IncomingMessage);
    const taken = this[TAKEN];
    if ((taken === undefined && !(this.complete && isUntouched(this))) || isHeard(this)) {
      super._dump();
      return;
    }
    this._dumped = true;
    if (taken !== undefined) this.resumeBody();
  }

  /** Node keeps a request until its stream has ended. */
  override get readableEnded(): boolean {
    return super.readableEnded || (this._dumped && this.complete) || this[TAKEN]?.isOver === true;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const taken = this[TAKEN];
    if (taken !== undefined && !taken.isOver) {
      taken.isOver = true;
      taken.sink.error(error ?? new Error('The connection was closed before the whole request body had arrived.'));
    }
    super._destroy(error, done);
  }
}

// Functions, for a private method is one more property.

/** Whether nobody has read from the stream, or means to. */
function isUntouched(message: DirectMessage): boolean {
  return message.readableFlowing === null && !message[ASKED];
}

function isHeard(message: DirectMessage): boolean {
  return message.listenerCount('end') > 0 || message.listenerCount('close') > 0;
}

DirectMessage.prototype[TAKEN] = undefined;
DirectMessage.prototype[ASKED] = false;
