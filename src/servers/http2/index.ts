import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { type Http1Options, http1Server, timeouts } from '../http1/index.js';
import { listen } from '../listening.js';
import { type TlsOptions, tlsOptions } from '../tls-options.js';
import { type SessionOptions, Sessions } from './sessions.js';

/** Options of the `http2` adapter. Without a key and a certificate, it speaks `h2c`. */
export interface Http2ServerOptions extends Http1Options, SessionOptions, TlsOptions {}

/** How every client of HTTP/2 begins (RFC 9113 §3.4), and none of HTTP/1. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');
/** How soon after closing those are cut who have said nothing yet, in milliseconds. */
const SILENCE = 50;

/**
 * Serves HTTP/2 on `node:http2`, and HTTP/1.1 on the same port to clients that speak no other, WebSockets included: over TLS, the
 * client says which (ALPN); in the clear, its first bytes do (`h2c` with prior knowledge, RFC 9113 §3.3), as proxies send them.
 * Browsers speak HTTP/2 over TLS only.
 */
export class Http2Server implements ServerAdapter {
  async listen(app: ServedApp, options: Http2ServerOptions): Promise<RunningServer> {
    const tls = tlsOptions(options);
    const times = timeouts(options);
    const front: Server =
      tls === undefined
        ? createServer({ allowHalfOpen: true, noDelay: true })
        : (await import('node:tls')).createServer({ ...tls, ALPNProtocols: ['h2', 'http/1.1'] });
    const http1 = await http1Server(app, options, { acceptor: front });
    const sessions = new Sessions(app, options, times, http1.connections.stopping);
    const undecided = new Set<Socket>();

    const speak = (socket: Socket, isHttp2: boolean): void => {
      undecided.delete(socket);
      if (isHttp2) sessions.serve(socket);
      else http1.server.emit('connection', socket);
    };
    const decide = (socket: Socket): void => {
      undecided.add(socket);
      socket.once('close', () => undecided.delete(socket));
      hear(socket, times.headersTimeout, (isHttp2) => speak(socket, isHttp2));
    };
    if (tls === undefined) front.on('connection', decide);
    else front.on('secureConnection', (socket: TLSSocket) => speak(socket, socket.alpnProtocol === 'h2'));
    // Who fails to agree on a cipher has been told so.
    front.on('tlsClientError', (_error, socket: TLSSocket) => socket.destroy());

    const url = await listen(front, options, { scheme: tls === undefined ? 'http' : 'https', log: (error) => app.log?.(error) });
    // node watches over the connections of servers that listen; this one has another do it.
    http1.server.emit('listening');
    const close = (): Promise<void> => {
      sessions.close();
      setTimeout(() => {
        for (const socket of undecided) socket.destroy();
      }, SILENCE);
      return http1.close();
    };
    return { url, close };
  }
}

/** Reads so much of what a client says first as tells which protocol it is, and puts it back. */
function hear(socket: Socket, timeout: number, decide: (isHttp2: boolean) => void): void {
  let heard: Buffer = Buffer.alloc(0);
  const give = (isHttp2: boolean): void => {
    socket.off('data', listen);
    socket.off('end', ended);
    socket.off('timeout', destroy);
    socket.off('error', destroy);
    socket.setTimeout(0);
    // Of HTTP/2, the beginning is read out of the buffer. HTTP/1 has to flow on: paused here and resumed, a connection would not be
    // held back later by a request whose reader is slow.
    if (isHttp2) socket.pause();
    if (heard.length > 0) socket.unshift(heard);
    decide(isHttp2);
  };
  const listen = (chunk: Buffer): void => {
    heard = heard.length === 0 ? chunk : Buffer.concat([heard, chunk]);
    const length = Math.min(heard.length, PREFACE.length);
    const isHttp2 = heard.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (!isHttp2 || length === PREFACE.length) give(isHttp2);
  };
  const ended = (): void => give(false);
  const destroy = (): void => {
    socket.destroy();
  };
  socket.setTimeout(timeout, destroy);
  socket.on('error', destroy);
  socket.on('end', ended);
  socket.on('data', listen);
}
