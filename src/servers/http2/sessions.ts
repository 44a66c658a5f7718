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
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import type { Http1Options } from '../http1/index.js';
import { Http2Exchange, type Peer } from './http2-exchange.js';

/** Further options of HTTP/2. */
export interface SessionOptions {
  /** How many requests a client may have open on one connection. Default: 128. */
  maxConcurrentStreams?: number;
}

/** How much of a body a client may send ahead of its reader, in bytes. Node's 64 KiB are little for the way to another continent. */
const WINDOW = 256 * 1024;

interface Times {
  keepAliveTimeout: number;
  requestTimeout: number;
}

/** The HTTP/2 connections of a server that another one accepts. */
export class Sessions {
  readonly #server: Http2Server;
  readonly #app: ServedApp;
  readonly #stopping: Stopping;
  readonly #times: Times;
  readonly #sessions = new Map<ServerHttp2Session, Set<ServerHttp2Stream>>();
  /** Bodies that are still arriving, and since when. */
  readonly #arriving = new Map<ServerHttp2Stream, number>();
  #isClosing = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(app: ServedApp, options: Http1Options & SessionOptions, times: Times, stopping: Stopping) {
    this.#app = app;
    this.#stopping = stopping;
    this.#times = times;
    const { maxHeaderSize = 16_384, maxConcurrentStreams = 128 } = options;
    this.#server = createServer({
      settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderSize, initialWindowSize: WINDOW },
    });
    this.#server.on('session', (session) => this.#opened(session));
    // Whoever breaks the protocol has been told so, and has lost the connection.
    this.#server.on('sessionError', () => undefined);
  }

  /** Speaks HTTP/2 on a connection. */
  serve(socket: Socket): void {
    // A client that closes its side takes no more answers.
    socket.allowHalfOpen = false;
    this.#server.emit('connection', socket);
  }

  #opened(session: ServerHttp2Session): void {
    const streams = new Set<ServerHttp2Stream>();
    this.#sessions.set(session, streams);
    session.once('close', () => this.#sessions.delete(session));
    const socket = session.socket as Partial<TLSSocket>;
    const peer: Peer = { secure: socket.encrypted === true, remoteAddress: socket.remoteAddress, stopping: this.#stopping };
    const { keepAliveTimeout } = this.#times;
    if (keepAliveTimeout > 0) {
      session.setTimeout(keepAliveTimeout, () => {
        if (streams.size === 0) session.close();
      });
    }
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
      // The exchange hears of it by the stream's end.
      stream.on('error', () => undefined);
      this.#watch(stream);
      this.#answer(stream, headers, raw, peer);
    });
    if (this.#isClosing) session.close();
  }

  #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[], peer: Peer): void {
    if (headers[':path'] === undefined) {
      // CONNECT: this is no proxy.
      stream.respond({ ':status': constants.HTTP_STATUS_NOT_IMPLEMENTED }, { endStream: true });
      return;
    }
    void this.#app.handle(new Http2Exchange(stream, headers, raw, peer));
  }

  /** Looks now and then for requests that take too long to arrive, as `node:http` does. */
  #watch(stream: ServerHttp2Stream): void {
    const { requestTimeout } = this.#times;
    if (requestTimeout === 0 || stream.endAfterHeaders) return;
    const arriving = this.#arriving;
    arriving.set(stream, performance.now());
    const arrived = (): void => {
      arriving.delete(stream);
    };
    stream.once('end', arrived);
    stream.once('close', arrived);
    this.#looking ??= setInterval(
      () => {
        const oldest = performance.now() - requestTimeout;
        for (const [late, since] of arriving) if (since < oldest) refuse(late);
      },
      Math.max(10, Math.min(30_000, requestTimeout / 4)),
    ).unref();
  }

  /**
   * Tells every client which of its requests is the last that is answered: those beyond it it may safely send elsewhere (GOAWAY,
   * RFC 9113 §6.8). The connections end with those that are open. To announce it first, and take all that was on its way, as the
   * RFC suggests, is not to be had of node: it reads no more from a connection that has said so and has no open request.
   */
  close(): void {
    this.#isClosing = true;
    clearInterval(this.#looking);
    for (const session of this.#sessions.keys()) session.close();
  }
}

function refuse(stream: ServerHttp2Stream): void {
  if (stream.headersSent) stream.close(constants.NGHTTP2_CANCEL);
  else {
    stream.respond({ ':status': constants.HTTP_STATUS_REQUEST_TIMEOUT }, { endStream: true });
    stream.close(constants.NGHTTP2_NO_ERROR);
  }
}
