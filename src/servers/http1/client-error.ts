import type { Socket } from 'node:net';
import { reasonPhrase } from '../../http/fields/status.js';
import { openResponse } from './connections.js';

/** How long a client that sent nonsense may take to read what was wrong, in milliseconds. */
const LINGER = 500;

interface ParseError extends Error {
  code?: string;
}

const refused = new WeakSet<Socket>();

/**
 * Answers what is no HTTP request, and closes the connection. The answers to the requests before it on the same connection go
 * out first: node's own handling would drop them, or put its answer in their place.
 */
export function answerClientError(error: ParseError, socket: Socket): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const open = openResponse(socket);
  if (open === undefined) {
    refuse(error, socket);
    return;
  }
  if (open.req.complete) {
    // The nonsense follows a request that is still being answered.
    open.once('finish', () => refuse(error, socket));
    open.once('close', () => socket.destroySoon());
    return;
  }
  // It is the body of the latest request that is broken; whoever reads it is told, unless an answer is on its way already.
  const end = (): void => {
    if (open.headersSent) socket.destroy();
    else refuse(error, socket);
  };
  if (open.socket === null) open.once('socket', end);
  else end();
}

function refuse(error: ParseError, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS[error.code ?? ''] ?? 400;
  const text = `${status} ${reasonPhrase(status)}: ${EXPLAINED[status]}\n`;
  const head = [
    `HTTP/1.1 ${status} ${reasonPhrase(status)}`,
    'Content-Type: text/plain; charset=UTF-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  // Closing while the client still sends would reset the connection, and with it the answer.
  setTimeout(() => socket.destroy(), LINGER).unref();
}

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const EXPLAINED: Readonly<Record<number, string>> = {
  400: 'what was sent is no HTTP request.',
  408: 'the request did not arrive in time.',
  413: 'the chunk extensions are too large.',
  431: 'the URL and the headers together are too large.',
};
