import type { SocketLink, SocketOptions, SocketSink } from '../../http/gateway/socket-link.js';
import type { Endless, Stopping } from '../../http/gateway/stopping.js';
import { closeOnStop } from '../runtime-socket.js';

/** What is used of the WebSocket that `Deno.upgradeWebSocket` gives. */
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
/** How much may wait of a client that sends more than is read, in bytes: Deno cannot let it wait. */
const MOST_WAITING = 4 * 1024 * 1024;
/** How often to look whether what was sent has left, in milliseconds: Deno does not tell. */
const LOOK = 10;
/** From how many bytes on somebody waits for that. */
const HIGH_WATER = 64 * 1024;

/** A WebSocket of Deno. It can only be used once its handshake is answered; until then, what is done to it waits. */
export class DenoSocket implements SocketLink {
  readonly #peer: DenoPeer;
  readonly #sink: SocketSink;
  readonly #maxMessage: number;
  readonly #stopping: Stopping;
  readonly #endless: Endless = closeOnStop(this);
  #early: (() => void)[] = [];
  #earlyBytes = 0;
  #isPaused = false;
  #waiting: (string | Uint8Array)[] = [];
  #waitingBytes = 0;
  #look: ReturnType<typeof setTimeout> | undefined = undefined;
  #close: { code: number; reason: string } | undefined = undefined;
  #isOver = false;

  constructor(peer: DenoPeer, { maxMessage }: SocketOptions, sink: SocketSink, stopping: Stopping) {
    this.#peer = peer;
    this.#sink = sink;
    this.#maxMessage = maxMessage;
    this.#stopping = stopping;
    peer.binaryType = 'arraybuffer';
    peer.onopen = () => {
      const early = this.#early;
      this.#early = [];
      this.#earlyBytes = 0;
      for (const act of early) act();
    };
    peer.onmessage = ({ data }) => this.#message(typeof data === 'string' ? data : new Uint8Array(data));
    // 'close' follows, and tells as much.
    peer.onerror = () => undefined;
    peer.onclose = ({ code, reason, wasClean }) => {
      // Deno's 0 is the 1006 of the protocol; and of our own close it may not know the code.
      if (!wasClean && this.#close === undefined) this.#end(code === 0 ? 1006 : code, reason);
      else if (code <= 1005 && code !== 1000 && this.#close !== undefined) this.#end(this.#close.code, this.#close.reason);
      else this.#end(code, reason);
    };
    stopping.join(this.#endless);
  }

  #message(message: string | Uint8Array): void {
    const length = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
    if (this.#isOver || this.#close !== undefined) return;
    if (length > this.#maxMessage) this.close(1009, '');
    else if (!this.#isPaused) this.#sink.message(message);
    else {
      this.#waiting.push(message);
      this.#waitingBytes += length + 64;
      if (this.#waitingBytes > MOST_WAITING) this.close(1008, 'More was sent than can be taken.');
    }
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#look);
    this.#stopping.leave(this.#endless);
    this.#waiting = [];
    this.#early = [];
    this.#sink.closed(code, reason);
  }

  get bufferedAmount(): number {
    return this.#isOver ? 0 : this.#earlyBytes + this.#peer.bufferedAmount;
  }

  send(data: string | Uint8Array): void {
    if (this.#peer.readyState === CONNECTING) {
      this.#earlyBytes += data.length;
      this.#early.push(() => this.send(data));
    } else if (this.#peer.readyState === OPEN) this.#peer.send(data);
    if (this.bufferedAmount >= HIGH_WATER) this.#watch();
  }

  #watch(): void {
    this.#look ??= setTimeout(() => {
      this.#look = undefined;
      if (this.bufferedAmount >= HIGH_WATER) this.#watch();
      else this.#sink.sent();
    }, LOOK);
  }

  /** Deno pings by itself (`idleTimeout`), and ends a connection whose peer does not answer: who is there yet is alive. */
  ping(): void {
    this.#sink.alive();
  }

  close(code: number, reason: string): void {
    if (this.#peer.readyState === CONNECTING) {
      this.#early.push(() => this.close(code, reason));
      return;
    }
    if (this.#peer.readyState !== OPEN) return;
    this.#close ??= { code, reason };
    this.#peer.close(code, reason);
  }

  /** Deno has no way to cut a connection: it is closed as politely as is possible, but is no more of ours. */
  terminate(): void {
    this.close(1011, '');
    this.#end(1006, '');
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    while (!this.#isPaused && this.#waiting.length > 0) {
      const message = this.#waiting.shift() as string | Uint8Array;
      this.#waitingBytes -= (typeof message === 'string' ? Buffer.byteLength(message) : message.length) + 64;
      this.#sink.message(message);
    }
  }
}
