import { type HeartbeatListener, Heartbeat } from '../../support/heartbeat.js';
import { parseJson } from '../body/json.js';
import type { SocketLink, SocketSink } from '../gateway/socket-link.js';
import { validateClose, closeForError, type SocketClose, toPayload } from './close-codes.js';
import { type Deferred, deferred } from '../../support/deferred.js';

/** A received message: text as a string, binary as bytes. */
export type SocketMessage = string | Uint8Array;

/** A unit of work of plugins: a message, or a `scope`. The app creates it. */
export interface SocketUnit {
  /** The values that plugins provide, by keyword. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Completes the unit. Rejects with the error of a plugin. */
  end(): Promise<void>;
  /** Fails the unit. Returns the error, which plugins may replace. */
  fail(error: unknown): Promise<unknown>;
}

/** The settings and functions that the app provides to a connection. */
interface SocketHost {
  readonly protocol: string;
  /** The maximum number of buffered bytes. A further message above it terminates the connection. */
  readonly maxBuffered: number;
  /** The interval of pings, in milliseconds; 0 for none. */
  readonly pingInterval: number;
  /** Answers the handshake. */
  open(sink: SocketSink): SocketLink;
  /** Begins a unit of work; `undefined` if no plugin uses units. */
  readonly begin: (() => Promise<SocketUnit>) | undefined;
}

/** The number of buffered bytes from which on senders wait, and reading is paused. */
const HIGH_WATER_MARK = 64 * 1024;
const READY = Promise.resolve(true);
const CLOSED = Promise.resolve(false);
const DONE: IteratorResult<SocketMessage> = { done: true, value: undefined };

/** The state of one WebSocket, from the handshake to the close. Methods use it through `WebSocketConnection`. */
export class SocketSession {
  readonly #host: SocketHost;
  #link: SocketLink | undefined = undefined;
  #queue: SocketMessage[] = [];
  #queuedSize = 0;
  #isPaused = false;
  #pendingRead: ((isOver: boolean) => void) | undefined = undefined;
  #isReading = false;
  #hasLeftLoop = false;
  #drain: Deferred<boolean> | undefined = undefined;
  /** Whether the closing handshake has begun, or the connection is closed. */
  #isClosing = false;
  #close: SocketClose | undefined = undefined;
  #closed: Deferred<SocketClose> | undefined = undefined;
  #unit: SocketUnit | undefined = undefined;
  #isAlive = true;
  #slot = -1;

  constructor(host: SocketHost) {
    this.#host = host;
  }

  get protocol(): string {
    return this.#host.protocol;
  }

  get bufferedAmount(): number {
    return this.#link?.bufferedAmount ?? 0;
  }

  get isOpen(): boolean {
    return this.#link !== undefined && !this.#isClosing;
  }

  get closed(): Promise<SocketClose> {
    // A handler that awaits the close after its loop has finished the last message.
    const unit = this.#hasLeftLoop ? this.#detachUnit() : undefined;
    if (this.#closed === undefined) {
      this.#closed = deferred();
      if (this.#close !== undefined) this.#closed.resolve(this.#close);
    }
    const { promise } = this.#closed;
    return unit === undefined ? promise : unit.end().then(() => promise);
  }

  send(data: unknown): Promise<boolean> {
    const payload = toPayload(data);
    const link = this.#link;
    if (link === undefined || this.#isClosing) return CLOSED;
    // Only earlier messages count, because a single message may be larger than the limit.
    if (link.bufferedAmount > this.#host.maxBuffered) {
      link.terminate();
      return CLOSED;
    }
    if (!link.send(payload)) return CLOSED;
    if (link.bufferedAmount < HIGH_WATER_MARK) return READY;
    this.#drain ??= deferred();
    return this.#drain.promise;
  }

  close(code: number, reason: string): void {
    validateClose(code, reason);
    this.#startClosing(code, reason);
  }

  messages(): AsyncIterableIterator<SocketMessage> {
    const iterator: AsyncIterableIterator<SocketMessage> = {
      next: () => this.#next(),
      return: async () => {
        // `return` is called for `break` and for errors. The result of the method shows which one it was.
        this.#hasLeftLoop = true;
        return DONE;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  async *json<T>(): AsyncGenerator<T> {
    for await (const message of this.messages()) {
      let value: unknown;
      try {
        value = parseJson(typeof message === 'string' ? message : Buffer.from(message).toString('utf8'));
      } catch {
        this.#startClosing(1007, 'The message is not valid JSON.');
        return;
      }
      yield value as T;
    }
  }

  async scope<R, V extends object>(work: (values: V) => R | Promise<R>): Promise<R> {
    const unit = await this.#host.begin?.();
    if (unit === undefined) return work({} as V);
    let result: R;
    try {
      result = await work(unit.values as V);
    } catch (error) {
      throw await unit.fail(error);
    }
    await unit.end();
    return result;
  }

  /** Whether the handshake has been answered. */
  get hasOpened(): boolean {
    return this.#link !== undefined;
  }

  /** The current unit of work. The values of plugins are valid in it. */
  get unit(): SocketUnit | undefined {
    return this.#unit;
  }

  async #next(): Promise<IteratorResult<SocketMessage>> {
    if (this.#isReading)
      throw new Error('Two loops read from one WebSocket at the same time. Read in one loop, and pass messages on.');
    this.#isReading = true;
    this.#hasLeftLoop = false;
    try {
      await this.#detachUnit()?.end();
      while (this.#queue.length === 0) {
        if (this.#isClosing) return DONE;
        const isOver = await new Promise<boolean>((resolve) => {
          this.#pendingRead = resolve;
        });
        if (isOver) return DONE;
      }
      const value = this.#shift();
      this.#unit = await this.#host.begin?.();
      return { done: false, value };
    } finally {
      this.#isReading = false;
    }
  }

  #shift(): SocketMessage {
    const message = this.#queue.shift() as SocketMessage;
    this.#queuedSize -= message.length;
    if (this.#isPaused && this.#queuedSize < HIGH_WATER_MARK / 2) {
      this.#isPaused = false;
      this.#isAlive = true;
      this.#link?.resume();
    }
    return message;
  }

  #detachUnit(): SocketUnit | undefined {
    const unit = this.#unit;
    this.#unit = undefined;
    return unit;
  }

  #startClosing(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#queue = [];
    this.#queuedSize = 0;
    const link = this.#link;
    if (link === undefined) return;
    // Resumes reading to receive the close frame of the peer.
    if (this.#isPaused) link.resume();
    this.#isPaused = false;
    link.close(code, reason);
    this.#resolvePending();
  }

  /** Resolves pending reads and sends when the connection closes. */
  #resolvePending(): void {
    const reader = this.#pendingRead;
    this.#pendingRead = undefined;
    reader?.(true);
    this.#drain?.resolve(false);
    this.#drain = undefined;
  }

  /** Answers the handshake. */
  open(): void {
    if (this.#link !== undefined) return;
    const { pingInterval } = this.#host;
    const heartbeat = pingInterval > 0 ? Heartbeat.every(pingInterval) : undefined;
    const listener: HeartbeatListener = { beat: () => this.#checkAlive() };
    this.#link = this.#host.open({
      message: (data) => this.#onMessage(data),
      alive: () => {
        this.#isAlive = true;
      },
      sent: () => {
        if (this.#drain === undefined || this.bufferedAmount >= HIGH_WATER_MARK) return;
        this.#drain.resolve(true);
        this.#drain = undefined;
      },
      closed: (code, reason) => {
        heartbeat?.leave(listener, this.#slot);
        this.#close = { code, reason };
        this.#isClosing = true;
        this.#resolvePending();
        this.#closed?.resolve(this.#close);
      },
    });
    if (heartbeat !== undefined) this.#slot = heartbeat.join(listener);
  }

  #onMessage(data: SocketMessage): void {
    this.#isAlive = true;
    if (this.#isClosing) return;
    this.#queue.push(data);
    this.#queuedSize += data.length;
    const reader = this.#pendingRead;
    this.#pendingRead = undefined;
    reader?.(false);
    // The number of messages is limited too, because empty messages also need memory.
    if (this.#isPaused || (this.#queuedSize < HIGH_WATER_MARK && this.#queue.length < 1024)) return;
    this.#isPaused = true;
    this.#link?.pause();
  }

  /** Terminates a peer that has sent nothing since the last ping, unless reading is paused. */
  #checkAlive(): void {
    const link = this.#link as SocketLink;
    if (this.#isPaused) return;
    if (!this.#isAlive) {
      link.terminate();
      return;
    }
    this.#isAlive = false;
    link.ping();
  }

  /** Called when the method has returned. Completes the last unit and closes the connection. */
  async finish(): Promise<void> {
    try {
      await this.#detachUnit()?.end();
    } catch (error) {
      const { code, reason } = closeForError(error);
      this.#startClosing(code, reason);
      throw error;
    }
    this.#startClosing(1000, '');
  }

  /** Called when the method has thrown. Fails the last unit and closes the connection. Returns the error to report. */
  async fail(error: unknown): Promise<unknown> {
    const failure = (await this.#detachUnit()?.fail(error)) ?? error;
    const { code, reason } = closeForError(failure);
    this.#startClosing(code, reason);
    return failure;
  }
}
