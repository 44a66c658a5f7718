import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { refuseInvalidHost } from '../../http/gateway/host.js';
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import type { Http1Options } from '../http1/index.js';
import { Http2Exchange, type ConnectionInfo } from './http2-exchange.js';

/** Further options of HTTP/2. */
export interface SessionOptions {
  /** The most open requests per connection. Default: 128. */
  maxConcurrentStreams?: number;
}

/**
 * How much of a body a client may send ahead of its reader, in bytes. Node's default of 64 KiB limits the throughput on
 * connections with a long round trip.
 */
const WINDOW_SIZE = 256 * 1024;

interface Times {
  keepAliveTimeout: number;
  requestTimeout: number;
  sendTimeout: number;
}

/** The HTTP/2 connections of a server. Another server accepts them. */
export class Sessions {
  readonly #server: Http2Server;
  readonly #app: ServedApp;
  readonly #stopping: Stopping;
  readonly #times: Times;
  readonly #maxHeaderSize: number;
  readonly #sessions = new Map<ServerHttp2Session, Set<ServerHttp2Stream>>();
  /** Streams whose body is arriving, with their start times. */
  readonly #arriving = new Map<ServerHttp2Stream, number>();
  #isClosing = false;
  #timeoutCheck: NodeJS.Timeout | undefined;

  constructor(app: ServedApp, options: Http1Options & SessionOptions, times: Times, stopping: Stopping) {
    this.#app = app;
    this.#stopping = stopping;
    this.#times = times;
    const { maxHeaderSize = 16_384, maxConcurrentStreams = 128 } = options;
    this.#maxHeaderSize = maxHeaderSize;
    this.#server = createServer({
      settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderSize, initialWindowSize: WINDOW_SIZE },
    });
    this.#server.on('session', (session) => this.#onSession(session));
    // Node has already reported the protocol error to the client and closed the connection.
    this.#server.on('sessionError', () => undefined);
  }

  /** Serves HTTP/2 on a connection. */
  serve(socket: Socket): void {
    // A client that closes its side reads no more answers.
    socket.allowHalfOpen = false;
    this.#server.emit('connection', socket);
  }

  #onSession(session: ServerHttp2Session): void {
    const streams = new Set<ServerHttp2Stream>();
    this.#sessions.set(session, streams);
    session.once('close', () => this.#sessions.delete(session));
    const socket = session.socket as Partial<TLSSocket>;
    const peer: ConnectionInfo = {
      secure: socket.encrypted === true,
      remoteAddress: socket.remoteAddress,
      stopping: this.#stopping,
    };
    const { keepAliveTimeout, sendTimeout } = this.#times;
    if (keepAliveTimeout > 0) {
      session.setTimeout(keepAliveTimeout, () => {
        if (streams.size === 0) session.close();
        else probe(session, keepAliveTimeout);
      });
    }
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
      // The exchange detects the error by the end of the stream.
      stream.on('error', () => undefined);
      this.#trackArrival(stream);
      if (sendTimeout > 0) {
        stream.setTimeout(sendTimeout, () => {
          if (stream.writableLength > 0) stream.close(constants.NGHTTP2_CANCEL);
        });
      }
      this.#answer(stream, headers, raw, peer);
    });
    if (this.#isClosing) session.close();
  }

  #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[], peer: ConnectionInfo): void {
    if (headers[':path'] === undefined) {
      // CONNECT is for proxies.
      stream.respond({ ':status': constants.HTTP_STATUS_NOT_IMPLEMENTED }, { endStream: true });
      return;
    }
    // Node applies the limit only when the client has acknowledged it, and then resets the stream.
    if (headSize(raw) > this.#maxHeaderSize) {
      stream.respond({ ':status': constants.HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE }, { endStream: true });
      stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    const exchange = new Http2Exchange(stream, headers, raw, peer);
    if (!refuseInvalidHost(exchange)) void this.#app.handle(exchange);
  }

  /** Checks periodically for requests that take too long to arrive, as `node:http` does. */
  #trackArrival(stream: ServerHttp2Stream): void {
    const { requestTimeout } = this.#times;
    if (requestTimeout === 0 || stream.endAfterHeaders) return;
    const arriving = this.#arriving;
    arriving.set(stream, performance.now());
    const arrived = (): void => {
      arriving.delete(stream);
    };
    stream.once('end', arrived);
    stream.once('close', arrived);
    this.#timeoutCheck ??= setInterval(
      () => {
        const oldest = performance.now() - requestTimeout;
        for (const [late, since] of arriving) if (since < oldest) refuse(late);
      },
      Math.max(10, Math.min(30_000, requestTimeout / 4)),
    ).unref();
  }

  /**
   * Tells every client which of its requests is the last that will be answered. Clients can safely repeat later ones elsewhere
   * (GOAWAY, RFC 9113 §6.8). Connections end when their open requests are answered. The RFC suggests to announce the shutdown
   * first and to accept all requests on their way. Node cannot do that: after the announcement it reads nothing more from a
   * connection without open requests.
   */
  close(): void {
    this.#isClosing = true;
    clearInterval(this.#timeoutCheck);
    for (const session of this.#sessions.keys()) session.close();
  }
}

/**
 * Ends a connection whose client no longer answers. After a violation of the protocol, Node reads nothing more from a connection with
 * open streams, and does not notice its end either.
 *
 * @param timeout in milliseconds.
 */
function probe(session: ServerHttp2Session, timeout: number): void {
  const deadline = setTimeout(() => session.destroy(), timeout);
  // Called with an error when the connection ends.
  session.ping((error) => {
    clearTimeout(deadline);
    if (error === null) session.setTimeout(timeout);
  });
}

/** The size of a head as HTTP/2 counts it, in bytes (RFC 9113 §6.5.2). */
function headSize(raw: readonly string[]): number {
  let size = 0;
  for (let i = 0; i < raw.length; i += 2) size += (raw[i] as string).length + (raw[i + 1] as string).length + 32;
  return size;
}

function refuse(stream: ServerHttp2Stream): void {
  if (stream.headersSent) stream.close(constants.NGHTTP2_CANCEL);
  else {
    stream.respond({ ':status': constants.HTTP_STATUS_REQUEST_TIMEOUT }, { endStream: true });
    stream.close(constants.NGHTTP2_NO_ERROR);
  }
}
