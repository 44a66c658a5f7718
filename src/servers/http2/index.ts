import { HTTP2_OPTIONS } from '../option-names.js';
import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { type Http1Options, http1Server, timeouts } from '../http1/index.js';
import { listen } from '../listening.js';
import { type TlsOptions, tlsOptions } from '../tls-options.js';
import { type SessionOptions, Sessions } from './sessions.js';

/** Options of the `http2` adapter. Without a key and a certificate, it serves `h2c`. */
export interface Http2ServerOptions extends Http1Options, SessionOptions, TlsOptions {}

/** The connection preface of every HTTP/2 client (RFC 9113 §3.4). HTTP/1 requests do not begin like this. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');
/** How long after the start of shutdown connections without any data are closed, in milliseconds. */
const SILENT_TIMEOUT = 50;

/**
 * Serves HTTP/2 on `node:http2`, and HTTP/1.1 on the same port, including WebSockets. Over TLS, the client chooses the protocol
 * (ALPN). Without TLS, the first bytes of the connection decide (`h2c` with prior knowledge, RFC 9113 §3.3), as proxies send
 * them. Browsers use HTTP/2 over TLS only.
 *
 * @throws (rejects) Error when the address is not available; TypeError or RangeError for invalid options.
 * @example await app.run({ server: 'http2', port: 8443, key, cert });
 * @see https://nodejs.org/api/http2.html
 */
export class Http2Server implements ServerAdapter {
  readonly options = HTTP2_OPTIONS;

  async listen(app: ServedApp, options: Http2ServerOptions): Promise<RunningServer> {
    const tls = tlsOptions(options);
    const times = timeouts(options);
    const acceptor: Server =
      tls === undefined
        ? createServer({ allowHalfOpen: true, noDelay: true })
        : (await import('node:tls')).createServer({ ...tls, ALPNProtocols: ['h2', 'http/1.1'] });
    const http1 = await http1Server(app, options, { acceptor: acceptor });
    const sessions = new Sessions(app, options, times, http1.connections.stopping);
    const undetected = new Set<Socket>();

    const dispatch = (socket: Socket, isHttp2: boolean): void => {
      undetected.delete(socket);
      if (isHttp2) sessions.serve(socket);
      else http1.server.emit('connection', socket);
    };
    const detect = (socket: Socket): void => {
      undetected.add(socket);
      socket.once('close', () => undetected.delete(socket));
      detectProtocol(socket, times.headersTimeout, (isHttp2) => dispatch(socket, isHttp2));
    };
    if (tls === undefined) acceptor.on('connection', detect);
    else acceptor.on('secureConnection', (socket: TLSSocket) => dispatch(socket, socket.alpnProtocol === 'h2'));
    // The client has already received a TLS alert.
    acceptor.on('tlsClientError', (_error, socket: TLSSocket) => socket.destroy());

    const url = await listen(acceptor, options, {
      scheme: tls === undefined ? 'http' : 'https',
      log: (error) => app.log?.(error),
    });
    const close = (): Promise<void> => {
      sessions.close();
      setTimeout(() => {
        for (const socket of undetected) socket.destroy();
      }, SILENT_TIMEOUT);
      return http1.close();
    };
    return { url, close };
  }
}

/** Reads the first bytes of a connection until they tell the protocol, and puts them back. */
function detectProtocol(socket: Socket, timeout: number, detect: (isHttp2: boolean) => void): void {
  let received: Buffer = Buffer.alloc(0);
  const done = (isHttp2: boolean): void => {
    socket.off('data', listen);
    socket.off('end', destroy);
    socket.off('timeout', destroy);
    socket.off('error', destroy);
    socket.setTimeout(0);
    // HTTP/2 reads the first bytes from the buffer. HTTP/1 needs a flowing socket: after a pause and resume here, a request with
    // a slow reader would not slow the connection down.
    if (isHttp2) socket.pause();
    if (received.length > 0) socket.unshift(received);
    detect(isHttp2);
  };
  const listen = (chunk: Buffer): void => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const length = Math.min(received.length, PREFACE.length);
    const isHttp2 = received.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (!isHttp2 || length === PREFACE.length) done(isHttp2);
  };
  const destroy = (): void => {
    socket.destroy();
  };
  socket.setTimeout(timeout, destroy);
  socket.on('error', destroy);
  // No request fits into fewer bytes. An HTTP server would not notice an end that came before it got the connection.
  socket.on('end', destroy);
  socket.on('data', listen);
}
