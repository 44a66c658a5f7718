import type { SocketClose } from './close-codes.js';
import type { SocketMessage, SocketSession } from './socket-session.js';

export type { SocketClose } from './close-codes.js';
export type { SocketMessage } from './socket-session.js';

/** @internal What drives a connection: out of the reach of handlers. */
export let sessionOf: (connection: WebSocketConnection) => SocketSession;

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
  readonly #session: SocketSession;

  /** Made by the app, for each connection. */
  constructor(session: SocketSession) {
    this.#session = session;
  }

  /** The subprotocol that was agreed on, or `''`. */
  get protocol(): string {
    return this.#session.protocol;
  }

  /** How many bytes wait to be sent. */
  get bufferedAmount(): number {
    return this.#session.bufferedAmount;
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  /** Resolves when the connection has come to its end, however it did: `{ code, reason }`. Never rejects. */
  get closed(): Promise<SocketClose> {
    return this.#session.closed;
  }

  /**
   * Sends a message: a string as text, bytes as binary, anything else as JSON.
   *
   * @returns resolves once there is room for more: with `true`, or with `false` when the connection is closed. It never rejects, so
   *   who does not care need not wait; but a client for which `maxBuffered` bytes wait is cut off.
   * @throws TypeError for what cannot be sent.
   */
  send(data: unknown): Promise<boolean> {
    return this.#session.send(data);
  }

  /**
   * Closes the connection. What was sent before still arrives; messages that have not been read are dropped.
   *
   * @param code 1000 (default), 1001 to 1003, 1007 to 1014, or 3000 to 4999 for codes of your own.
   * @param reason at most 123 bytes of UTF-8.
   * @throws RangeError for a code or reason that a server must not send (RFC 6455 §7.4).
   */
  close(code = 1000, reason = ''): void {
    this.#session.close(code, reason);
  }

  /**
   * The messages, one after the other, until the connection ends. What plugins provide per message (a `db`) is valid from when a
   * message is handed over until the next is asked for; the work on it is completed then.
   *
   * @throws (rejects) Error when two loops read at the same time.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SocketMessage> {
    return this.#session.messages();
  }

  /** The messages, parsed as JSON. A message that is none closes the connection with 1007. */
  json<T = unknown>(): AsyncGenerator<T> {
    return this.#session.json<T>();
  }

  /**
   * Runs work outside of the handling of a message: before the loop, or for what the server sends of its own accord. It gets what
   * plugins provide per message, and is completed (a database's transaction committed) when it returns, undone when it throws.
   *
   * @example await socket.scope(({ db }) => db.prepare('SELECT …').all());
   */
  scope<R, V extends object = Record<string, never>>(work: (values: V) => R | Promise<R>): Promise<R> {
    return this.#session.scope(work);
  }

  static {
    sessionOf = (connection) => connection.#session;
  }
}
