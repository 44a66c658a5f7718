import { brand } from '../../support/brand.js';
import type { SocketClose } from './close-codes.js';
import type { SocketMessage, SocketSession } from './socket-session.js';

export type { SocketClose } from './close-codes.js';
export type { SocketMessage } from './socket-session.js';

/** @internal Returns the session of a connection. Handlers cannot access it. */
export let sessionOf: (connection: WebSocketConnection) => SocketSession;

/**
 * A WebSocket, as a `@WebSocket` method receives it: by the name `socket`, or by this type. It is open while the method runs. When the
 * method returns, the connection is closed with 1000. When it throws, the connection is closed with 1011.
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

  /** Called by the app for each connection. */
  constructor(session: SocketSession) {
    this.#session = session;
  }

  /** The negotiated subprotocol, or `''`. */
  get protocol(): string {
    return this.#session.protocol;
  }

  /** The number of bytes that have not been sent. */
  get bufferedAmount(): number {
    return this.#session.bufferedAmount;
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  /** Resolves with `{ code, reason }` when the connection is closed or lost. Never rejects. */
  get closed(): Promise<SocketClose> {
    return this.#session.closed;
  }

  /**
   * Sends a message: a string as text, bytes as binary, anything else as JSON.
   *
   * @returns resolves to `true` when the message is accepted for delivery and the buffer has drained. Resolves to `false` when the
   *   connection is closed or closing before that. It never rejects, so waiting is optional. But a message for a client with more
   *   than `maxBuffered` buffered bytes terminates the connection.
   * @throws TypeError for a value that cannot be sent.
   */
  send(data: unknown): Promise<boolean> {
    return this.#session.send(data);
  }

  /**
   * Closes the connection. Sent messages are still delivered. Received messages that have not been read are discarded.
   *
   * @param code 1000 (default), 1001 to 1003, 1007 to 1014, or 3000 to 4999 for codes of your own.
   * @param reason at most 123 bytes of UTF-8.
   * @throws RangeError for a code or reason that a server must not send (RFC 6455 §7.4).
   */
  close(code = 1000, reason = ''): void {
    this.#session.close(code, reason);
  }

  /**
   * Iterates over the messages until the connection is closed. Values that plugins provide per message (a `db`) are valid until the next
   * message is requested. The unit of work of the message is completed then.
   *
   * @throws (rejects) Error when two loops read at the same time.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SocketMessage> {
    return this.#session.messages();
  }

  /** Iterates over the messages, parsed as JSON. An invalid message closes the connection with 1007. */
  json<T = unknown>(): AsyncGenerator<T> {
    return this.#session.json<T>();
  }

  /**
   * Runs work outside of the handling of a message: before the loop, or for messages that the server initiates. The work receives the
   * values that plugins provide per message. It is completed when it returns (a transaction is committed), and rolled back when it throws.
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

brand(WebSocketConnection, 'WebSocketConnection');
