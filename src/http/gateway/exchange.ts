import type { SocketLink, SocketOptions, SocketSink } from './socket-link.js';
import type { Stopping } from './stopping.js';

/**
 * The gateway interface: what a server adapter supplies for one request, and takes for its response. It is to bottlenose what
 * WSGI is to Bottle. The core knows nothing else about servers.
 *
 * A response is sent either whole, by one `send`, or in pieces, by `begin`, any number of `write`s and one `end`.
 */
export interface Exchange {
  /** The verb as the client sent it. */
  readonly method: string;
  /** The request target in origin form, exactly as received: `/path?query`, still percent-encoded. */
  readonly target: string;
  /**
   * Where the app stands below its host, percent-encoded, if a front end tells: `/shop`, or CGI's `SCRIPT_NAME`. The client's path is
   * this and that of `target` together. Not there, or `''`, at the root.
   */
  readonly scriptName?: string | undefined;
  /** `1.0`, `1.1`, `2` … */
  readonly httpVersion: string;
  /** Whether the connection to this process is encrypted. */
  readonly secure: boolean;
  /** The address of the peer, or `undefined` where there is none (in-process calls). */
  readonly remoteAddress: string | undefined;
  /** The addresses that the request came through, client first; there only where proxies are believed. */
  readonly remoteRoute?: readonly string[] | undefined;
  /** The server's own request, whatever it is. */
  readonly environ: unknown;

  /** A request header by its lower-case name; repeated ones joined by `, ` (`cookie` by `; `). */
  header(name: string): string | undefined;
  /** Every request header as received: name, value, name, value … */
  rawHeaders(): readonly string[];

  /** False when the request certainly has no body. */
  readonly hasBody: boolean;
  /** Starts to deliver the body. Called at most once, now or later: until then the server holds the body back. */
  readBody(sink: BodySink): void;
  pauseBody(): void;
  resumeBody(): void;
  /** Nobody wants the rest of the body: the server drains it or closes the connection, as it sees fit. */
  dropBody(): void;

  /** Whether the server tells the length of what `send` gets by itself, but to HEAD: where nobody asked, it is not even counted. */
  readonly addsLength?: boolean;
  /** Sends a whole response. `headers` is flat: name, value, name, value …. A `null` body sends none. */
  send(status: number, reason: string, headers: string[], body: string | Uint8Array | null): void;
  /** Sends the head of a response whose body follows. */
  begin(status: number, reason: string, headers: string[]): void;
  /** Sends a piece of the body; `false` asks to wait for `onDrain`. */
  write(chunk: string | Uint8Array): boolean;
  /** Calls once when there is room again after a `write` that gave `false`. */
  onDrain(listener: () => void): void;
  end(): void;
  /** Cuts the connection, so that the client notices that the response is incomplete. */
  destroy(): void;

  /** Calls once if the client leaves before the response is complete. */
  onClose(listener: () => void): void;

  /** Tells when the server begins to stop; not there where none does. Requests that end by themselves need not care. */
  readonly stopping?: Stopping | undefined;

  /** Opens the WebSocket that this request asks for, and is there only if it asks for one. May throw when the client has left. */
  readonly upgrade?: ((options: SocketOptions, sink: SocketSink) => SocketLink) | undefined;

  /**
   * Told of what the app logs while it answers, for callers in process who want to know what stands behind a 500, and for what logs
   * it in the app's place: that gives `true`.
   */
  readonly onReport?: ((error: unknown) => unknown) | undefined;
}

/** Takes a body as it arrives. */
export interface BodySink {
  /** The bytes are the sink's from then on: an adapter whose server uses their memory again gives a copy. */
  data(chunk: Uint8Array): void;
  end(): void;
  /** The body broke off: the client vanished, or the transfer was malformed. */
  error(error: Error): void;
}
