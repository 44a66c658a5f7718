import type { SocketLink, SocketOptions, SocketSink } from '../../http/gateway/socket-link.js';
import type { StopListener, Stopping } from '../../http/gateway/stopping.js';
import { closeOnStop } from '../runtime-socket.js';
import { UnreadMessages } from '../unread-messages.js';
import { byteLengthOf } from '../../support/bytes.js';

/** The members of Deno's WebSocket that are used. */
export interface DenoPeer {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null;
  onerror: (() => void) | null;
}

const CONNECTING = 0;
const OPEN = 1;
/** How often unsent data is checked, in milliseconds. Deno has no event for it. */
const CHECK_INTERVAL = 10;
/** The amount of unsent data that starts the check, in bytes. */
const HIGH_WATER = 64 * 1024;

/** A WebSocket of Deno. It is usable after its handshake is answered. Earlier calls are queued. */
export class DenoSocket implements SocketLink {
  readonly #peer: DenoPeer;
  readonly #sink: SocketSink;
  readonly #maxMessage: number;
  readonly #stopping: Stopping;
  readonly #stopListener: StopListener = closeOnStop(this);
  #pendingCalls: (() => void)[] = [];
  #pendingBytes = 0;
  readonly #unread: UnreadMessages;
  #sentCheck: ReturnType<typeof setTimeout> | undefined = undefined;
  #close: { code: number; reason: string } | undefined = undefined;
  #isClosed = false;

  constructor(peer: DenoPeer, { maxMessage }: SocketOptions, sink: SocketSink, stopping: Stopping) {
    this.#peer = peer;
    this.#sink = sink;
    this.#unread = new UnreadMessages((message) => sink.message(message));
    this.#maxMessage = maxMessage;
    this.#stopping = stopping;
    peer.binaryType = 'arraybuffer';
    peer.onopen = () => {
      const pendingCalls = this.#pendingCalls;
      this.#pendingCalls = [];
      this.#pendingBytes = 0;
      for (const call of pendingCalls) call();
    };
    peer.onmessage = ({ data }) => this.#message(typeof data === 'string' ? data : new Uint8Array(data));
    // The event `close` follows with the same information.
    peer.onerror = () => undefined;
    peer.onclose = ({ code, reason, wasClean }) => {
      // Deno reports code 0 instead of 1006, and may not know the code of our own close.
      if (!wasClean && this.#close === undefined) this.#end(code === 0 ? 1006 : code, reason);
      else if (code <= 1005 && code !== 1000 && this.#close !== undefined) this.#end(this.#close.code, this.#close.reason);
      else this.#end(code, reason);
    };
    stopping.addListener(this.#stopListener);
  }

  #message(message: string | Uint8Array): void {
    if (this.#isClosed || this.#close !== undefined) return;
    const length = byteLengthOf(message);
    if (length > this.#maxMessage) this.close(1009, '');
    else if (!this.#unread.add(message, length)) this.close(1013, 'Too many unread messages.');
  }

  #end(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#sentCheck);
    this.#stopping.removeListener(this.#stopListener);
    this.#pendingCalls = [];
    this.#unread.flush();
    this.#sink.closed(code, reason);
  }

  get bufferedAmount(): number {
    return this.#isClosed ? 0 : this.#pendingBytes + this.#peer.bufferedAmount;
  }

  send(data: string | Uint8Array): boolean {
    if (this.#isClosed) return false;
    if (this.#peer.readyState === CONNECTING) {
      this.#pendingBytes += data.length;
      this.#pendingCalls.push(() => this.send(data));
    } else if (this.#peer.readyState === OPEN) this.#peer.send(data);
    else return false;
    if (this.bufferedAmount >= HIGH_WATER) this.#checkSent();
    return true;
  }

  #checkSent(): void {
    this.#sentCheck ??= setTimeout(() => {
      this.#sentCheck = undefined;
      if (this.bufferedAmount >= HIGH_WATER) this.#checkSent();
      else this.#sink.sent();
    }, CHECK_INTERVAL);
  }

  /**
   * Deno sends pings itself (`idleTimeout`) and closes a connection whose peer does not answer. An open connection is therefore
   * alive.
   */
  ping(): void {
    this.#sink.alive();
  }

  close(code: number, reason: string): void {
    if (this.#peer.readyState === CONNECTING) {
      this.#pendingCalls.push(() => this.close(code, reason));
      return;
    }
    if (this.#peer.readyState !== OPEN) return;
    this.#close ??= { code, reason };
    this.#peer.close(code, reason);
  }

  /** Deno cannot drop a connection. It is closed regularly, and the sink is told at once. */
  terminate(): void {
    this.close(1011, '');
    this.#end(1006, '');
  }

  pause(): void {
    this.#unread.pause();
  }

  resume(): void {
    this.#unread.resume();
  }
}
