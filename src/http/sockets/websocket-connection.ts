import type { Beating } from '../../support/heartbeat.js';
import { Heartbeat } from '../../support/heartbeat.js';
import { parseJson } from '../body/json.js';
import type { SocketLink, SocketSink } from '../gateway/socket-link.js';
import { checkedClose, closeFor, type SocketClose, toPayload } from './close-codes.js';

export type { SocketClose } from './close-codes.js';

/** One message as it came: text as a string, binary as bytes. */
export type SocketMessage = string | Uint8Array;

/** What plugins do around one piece of work: a message, or a `scope`. The app makes these. */
export interface SocketUnit {
  /** What plugins provide to it, by keyword. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The work is done. Rejects when what plugins do then fails. */
  end(): Promise<void>;
  /** The work has failed. Gives the error as plugins leave it. */
  fail(error: unknown): Promise<unknown>;
}

/** What the app knows and the connection needs. */
export interface SocketHost {
  readonly protocol: string;
  /** How much may wait to be sent before the client counts as too slow, in bytes. */
  readonly maxBuffered: number;
  /** How often to ask whether the peer is alive, in milliseconds; 0 for never. */
  readonly pingInterval: number;
  /** Answers the handshake. */
  open(sink: SocketSink): SocketLink;
  /** Begins a piece of work; `undefined` where no plugin wants to know. */
  readonly begin: (() => Promise<SocketUnit>) | undefined;
}

/** From how many bytes on a sender is asked to wait, and a reader to read. */
const HIGH_WATER = 64 * 1024;
const ROOM = Promise.resolve(true);
const CLOSED = Promise.resolve(false);
const DONE: IteratorResult<SocketMessage> = { done: true, value: undefined };

/** How the app drives a connection; methods of the class would be there for handlers to see. */
export interface SocketDriver {
  open(connection: WebSocketConnection): void;
  isOpen(connection: WebSocketConnection): boolean;
  /** The unit that is at work now, in which plugins' values are valid. */
  unit(connection: WebSocketConnection): SocketUnit | undefined;
  /** The method has returned: completes the last unit and closes. */
  finish(connection: WebSocketConnection): Promise<void>;
  /** The method has thrown: undoes the last unit and closes. Gives the error to report. */
  fail(connection: WebSocketConnection, error: unknown): Promise<unknown>;
}

let driver!: SocketDriver;

/** See {@link SocketDriver}. */
export function socketDriver(): SocketDriver {
  return driver;
}

/**
 * A WebSocket, as a `@WebSocket` method gets it: by the name `socket`, or by this type. It lives as long as the method runs:
 * when that returns, the connection is closed with 1000, and with 1011 when it throws.
 *
 * @example
 * @WebSocket('/echo')
 * async echo(socket: WebSocketConnection) {
 *   for await (const message of socket) await socket.send(message);
 * }
 * @see https://www.rfc-editor.org/rfc/rfc6455
 */
export class WebSocketConnection implements AsyncIterable<SocketMessage> {
  readonly #host: SocketHost;
  #link: SocketLink | undefined = undefined;
  #queue: SocketMessage[] = [];
  #queued = 0;
  #isPaused = false;
  #reader: ((isOver: boolean) => void) | undefined = undefined;
  #isReading = false;
  #loopLeft = false;
  #room: { promise: Promise<boolean>; resolve: (room: boolean) => void } | undefined = undefined;
  /** We have closed it, or it is closed. */
  #isClosing = false;
  #close: SocketClose | undefined = undefined;
  #closed: { promise: Promise<SocketClose>; resolve: (close: SocketClose) => void } | undefined = undefined;
  #unit: SocketUnit | undefined = undefined;
  #isAlive = true;
  #slot = -1;

  /** Made by the app, for each connection. */
  constructor(host: SocketHost) {
    this.#host = host;
  }

  /** The subprotocol that was agreed on, or `''`. */
  get protocol(): string {
    return this.#host.protocol;
  }

  /** How many bytes wait to be sent. */
  get bufferedAmount(): number {
    return this.#link?.bufferedAmount ?? 0;
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#link !== undefined && !this.#isClosing;
  }

  /** Resolves when the connection has come to its end, however it did: `{ code, reason }`. Never rejects. */
  get closed(): Promise<SocketClose> {
    // After its loop, a handler that waits for the end has done its work on the last message.
    const unit = this.#loopLeft ? this.#takeUnit() : undefined;
    if (this.#closed === undefined) {
      let resolve!: (close: SocketClose) => void;
      const promise = new Promise<SocketClose>((settle) => {
        resolve = settle;
      });
      this.#closed = { promise, resolve };
      if (this.#close !== undefined) resolve(this.#close);
    }
    const { promise } = this.#closed;
    return unit === undefined ? promise : unit.end().then(() => promise);
  }

  /**
   * Sends a message: a string as text, bytes as binary, anything else as JSON.
   *
   * @returns resolves once there is room for more: with `true`, or with `false` when the connection is closed. It never rejects, so
   *   who does not care need not wait; but a client for which `maxBuffered` bytes wait is cut off.
   * @throws TypeError for what cannot be sent.
   */
  send(data: unknown): Promise<boolean> {
    const payload = toPayload(data);
    const link = this.#link;
    if (link === undefined || this.#isClosing) return CLOSED;
    link.send(payload);
    const buffered = link.bufferedAmount;
    if (buffered < HIGH_WATER) return ROOM;
    if (buffered > this.#host.maxBuffered) {
      link.terminate();
      return CLOSED;
    }
    if (this.#room === undefined) {
      let resolve!: (room: boolean) => void;
      const promise = new Promise<boolean>((settle) => {
        resolve = settle;
      });
      this.#room = { promise, resolve };
    }
    return this.#room.promise;
  }

  /**
   * Closes the connection. What was sent before still arrives; messages that have not been read are dropped.
   *
   * @param code 1000 (default), 1001 to 1003, 1007 to 1014, or 3000 to 4999 for codes of your own.
   * @param reason at most 123 bytes of UTF-8.
   * @throws RangeError for a code or reason that a server must not send (RFC 6455 §7.4).
   */
  close(code = 1000, reason = ''): void {
    checkedClose(code, reason);
    this.#begin(code, reason);
  }

  /**
   * The messages, one after the other, until the connection ends. What plugins provide per message (a `db`) is valid from when a
   * message is handed over until the next is asked for; the work on it is completed then.
   *
   * @throws (rejects) Error when two loops read at the same time.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SocketMessage> {
    const iterator: AsyncIterableIterator<SocketMessage> = {
      next: () => this.#next(),
      return: async () => {
        // Whether the loop was left by `break` or by an error cannot be known here; the method's end tells.
        this.#loopLeft = true;
        return DONE;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** The messages, parsed as JSON. A message that is none closes the connection with 1007. */
  async *json<T = unknown>(): AsyncGenerator<T> {
    for await (const message of this) {
      let value: unknown;
      try {
        value = parseJson(typeof message === 'string' ? message : Buffer.from(message).toString('utf8'));
      } catch {
        this.#begin(1007, 'The message is no valid JSON.');
        return;
      }
      yield value as T;
    }
  }

  /**
   * Runs work outside of the handling of a message: before the loop, or for what the server sends of its own accord. It gets what
   * plugins provide per message, and is completed (a database's transaction committed) when it returns, undone when it throws.
   *
   * @example await socket.scope(({ db }) => db.prepare('SELECT …').all());
   */
  async scope<R, V extends object = Record<string, never>>(work: (values: V) => R | Promise<R>): Promise<R> {
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

  async #next(): Promise<IteratorResult<SocketMessage>> {
    if (this.#isReading)
      throw new Error('Two loops read from one WebSocket at the same time. Read in one, and hand messages on.');
    this.#isReading = true;
    this.#loopLeft = false;
    try {
      await this.#takeUnit()?.end();
      while (this.#queue.length === 0) {
        if (this.#isClosing) return DONE;
        const isOver = await new Promise<boolean>((resolve) => {
          this.#reader = resolve;
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
    this.#queued -= message.length;
    if (this.#isPaused && this.#queued < HIGH_WATER / 2) {
      this.#isPaused = false;
      this.#isAlive = true;
      this.#link?.resume();
    }
    return message;
  }

  #takeUnit(): SocketUnit | undefined {
    const unit = this.#unit;
    this.#unit = undefined;
    return unit;
  }

  #begin(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#queue = [];
    this.#queued = 0;
    const link = this.#link;
    if (link === undefined) return;
    // The peer's answer must get through.
    if (this.#isPaused) link.resume();
    this.#isPaused = false;
    link.close(code, reason);
    this.#leave();
  }

  /** Wakes who waits for something that will not come any more. */
  #leave(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(true);
    this.#room?.resolve(false);
    this.#room = undefined;
  }

  #open(): void {
    if (this.#link !== undefined) return;
    const { pingInterval } = this.#host;
    const heartbeat = pingInterval > 0 ? Heartbeat.every(pingInterval) : undefined;
    const beating: Beating = { beat: () => this.#beat() };
    this.#link = this.#host.open({
      message: (data) => this.#message(data),
      alive: () => {
        this.#isAlive = true;
      },
      sent: () => {
        if (this.#room === undefined || this.bufferedAmount >= HIGH_WATER) return;
        this.#room.resolve(true);
        this.#room = undefined;
      },
      closed: (code, reason) => {
        heartbeat?.leave(beating, this.#slot);
        this.#close = { code, reason };
        this.#isClosing = true;
        this.#leave();
        this.#closed?.resolve(this.#close);
      },
    });
    if (heartbeat !== undefined) this.#slot = heartbeat.join(beating);
  }

  #message(data: SocketMessage): void {
    this.#isAlive = true;
    if (this.#isClosing) return;
    this.#queue.push(data);
    this.#queued += data.length;
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(false);
    // An empty message is not for nothing, either.
    if (this.#isPaused || (this.#queued < HIGH_WATER && this.#queue.length < 1024)) return;
    this.#isPaused = true;
    this.#link?.pause();
  }

  /** A peer that has said nothing since the last ping is gone, unless it is we who do not listen. */
  #beat(): void {
    const link = this.#link as SocketLink;
    if (this.#isPaused) return;
    if (!this.#isAlive) {
      link.terminate();
      return;
    }
    this.#isAlive = false;
    link.ping();
  }

  async #finish(): Promise<void> {
    try {
      await this.#takeUnit()?.end();
    } catch (error) {
      const { code, reason } = closeFor(error);
      this.#begin(code, reason);
      throw error;
    }
    this.#begin(1000, '');
  }

  async #fail(error: unknown): Promise<unknown> {
    const failure = (await this.#takeUnit()?.fail(error)) ?? error;
    const { code, reason } = closeFor(failure);
    this.#begin(code, reason);
    return failure;
  }

  static {
    driver = {
      open: (connection) => connection.#open(),
      isOpen: (connection) => connection.#link !== undefined,
      unit: (connection) => connection.#unit,
      finish: (connection) => connection.#finish(),
      fail: (connection, error) => connection.#fail(error),
    };
  }
}
