import type { SocketLink, SocketOptions, SocketSink } from './socket-link.js';
import type { Stopping } from './stopping.js';

/**
 * The gateway interface: one request and its response, as a server adapter implements them. It is to bottlenose what WSGI is to
 * Bottle. The core does not depend on anything else of servers.
 *
 * A response is sent either by one `send`, or streamed by `begin`, any number of `write`s and one `end`.
 */
export interface Exchange {
  /** The method that the client sent. */
  readonly method: string;
  /** The request target in origin form, exactly as received: `/path?query`, still percent-encoded. */
  readonly target: string;
  /**
   * The path prefix of the app, percent-encoded, if a front end sets one: `/shop`, or CGI's `SCRIPT_NAME`. The client's path is this
   * prefix followed by the path of `target`. `undefined` or `''` at the root.
   */
  readonly scriptName?: string | undefined;
  /** `1.0`, `1.1`, `2` … */
  readonly httpVersion: string;
  /** Whether the connection to this process is encrypted. */
  readonly secure: boolean;
  /** The address of the peer, or `undefined` without a connection (in-process calls). */
  readonly remoteAddress: string | undefined;
  /** The addresses that the request passed, client first. Set only if proxies are trusted. */
  readonly remoteRoute?: readonly string[] | undefined;
  /** The request object of the server. */
  readonly environ: unknown;

  /** A request header by its lower-case name. Repeated headers are joined by `, ` (`cookie` by `; `). */
  header(name: string): string | undefined;
  /** Every request header as received: name, value, name, value … */
  rawHeaders(): readonly string[];

  /** False when the request certainly has no body. */
  readonly hasBody: boolean;
  /** Starts to deliver the body. Called at most once. Until then, the server applies back-pressure. */
  readBody(sink: BodySink): void;
  pauseBody(): void;
  resumeBody(): void;
  /** Discards the rest of the body. The server drains it or closes the connection. */
  dropBody(): void;

  /** Whether the server adds `Content-Length` to the response of `send`, except for HEAD. */
  readonly addsLength?: boolean;
  /** Sends a complete response. `headers` is flat: name, value, name, value …. `null` sends no body. */
  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void;
  /** Sends the head of a response whose body follows. */
  begin(status: number, reason: string, headers: string[]): void;
  /** Sends a chunk of the body. Returns `false` if the caller has to wait for `onDrain`. */
  write(chunk: string | Uint8Array): boolean;
  /** Calls the listener once the buffer has drained after a `write` that returned `false`. */
  onDrain(listener: () => void): void;
  end(): void;
  /** Closes the connection, so that the client sees that the response is incomplete. */
  destroy(): void;

  /** Calls the listener once if the client disconnects before the response is complete. */
  onClose(listener: () => void): void;

  /** Signals that the server begins to stop, for responses that do not end by themselves. `undefined` without a server. */
  readonly stopping?: Stopping | undefined;

  /** Opens the WebSocket. Defined only for WebSocket requests. May throw if the client has disconnected. */
  readonly upgrade?: ((options: SocketOptions, sink: SocketSink) => SocketLink) | undefined;

  /**
   * Receives the errors that the app logs for this request, so that in-process callers see the cause of a 500. Returns `true` if it has
   * logged the error itself.
   */
  readonly onReport?: ((error: unknown) => unknown) | undefined;
}

/** Receives a body as it arrives. */
export interface BodySink {
  /** The sink owns the chunk. An adapter copies it if its server reuses the memory. */
  data(chunk: Uint8Array): void;
  end(): void;
  /** The body is incomplete: the client has disconnected, or the transfer was malformed. */
  error(error: Error): void;
}
