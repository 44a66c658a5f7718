import type { SocketLink, SocketOptions, SocketSink } from '../../http/gateway/socket-link.js';
import type { StopListener, Stopping } from '../../http/gateway/stopping.js';
import { closeOnStop } from '../runtime-socket.js';
import { byteLengthOf } from '../../support/bytes.js';

/** The members of Bun's `ServerWebSocket` that are used. */
interface BunPeer {
  readonly data: BunSocket;
  send(data: string | Uint8Array): number;
  ping(): number;
  close(code: number, reason: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  getBufferedAmount(): number;
}

/** The WebSocket options of `Bun.serve`. `maxMessage` is in bytes. */
export function bunHandlers(maxMessage: number): object {
  return {
    maxPayloadLength: maxMessage,
    // The app sends pings and measures unsent data itself.
    idleTimeout: 0,
    sendPings: false,
    backpressureLimit: 0xffff_ffff,
    perMessageDeflate: false,
    open: (peer: BunPeer) => peer.data.opened(peer),
    message: ({ data }: BunPeer, message: string | Buffer) => data.message(message),
    drain: ({ data }: BunPeer) => data.sink.sent(),
    pong: ({ data }: BunPeer) => data.sink.alive(),
    close: ({ data }: BunPeer, code: number, reason: string) => data.closed(code, reason),
  };
}

/** A WebSocket of Bun. It is the `data` of Bun's object. Calls after it closes do nothing. */
export class BunSocket implements SocketLink {
  readonly sink: SocketSink;
  readonly #maxMessage: number;
  readonly #stopping: Stopping;
  readonly #stopListener: StopListener = closeOnStop(this);
  #peer: BunPeer | undefined = undefined;

  constructor({ maxMessage }: SocketOptions, sink: SocketSink, stopping: Stopping) {
    this.sink = sink;
    this.#maxMessage = maxMessage;
    this.#stopping = stopping;
  }

  opened(peer: BunPeer): void {
    this.#peer = peer;
    this.#stopping.addListener(this.#stopListener);
  }

  /** The server accepts messages up to the largest limit of all routes. */
  message(data: string | Buffer): void {
    if (byteLengthOf(data) > this.#maxMessage) this.close(1009, '');
    else this.sink.message(data);
  }

  closed(code: number, reason: string): void {
    this.#peer = undefined;
    this.#stopping.removeListener(this.#stopListener);
    this.sink.closed(code, reason);
  }

  get bufferedAmount(): number {
    return this.#peer?.getBufferedAmount() ?? 0;
  }

  send(data: string | Uint8Array): boolean {
    if (this.#peer === undefined) return false;
    // Bun returns the number of bytes, -1 when the client is slow, and 0 for a dropped message.
    return this.#peer.send(data) !== 0 || data.length === 0;
  }

  ping(): void {
    this.#peer?.ping();
  }

  close(code: number, reason: string): void {
    this.#peer?.close(code, reason);
  }

  terminate(): void {
    this.#peer?.terminate();
  }

  pause(): void {
    this.#peer?.pause();
  }

  resume(): void {
    this.#peer?.resume();
  }
}
