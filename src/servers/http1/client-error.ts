import type { Socket } from 'node:net';
import { reasonPhrase } from '../../http/fields/status.js';
import { openResponse } from './connections.js';

/** How long a client that sent a malformed request may take to read the answer, in milliseconds. */
const LINGER_TIMEOUT = 500;

interface ParseError extends Error {
  code?: string;
}

const refused = new WeakSet<Socket>();

/**
 * Answers a malformed request with 400 (or 408, 413, 431) and closes the connection. The answers to earlier requests on the same
 * connection are sent first. Node's own handling would drop them, or send its answer before them.
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
    // The malformed data follows a request that is still being answered.
    open.once('finish', () => refuse(error, socket));
    open.once('close', () => socket.destroySoon());
    return;
  }
  // The body of the latest request is malformed. The reader of the body gets an error, unless its answer has already begun.
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
  const text = `${status} ${reasonPhrase(status)}: ${EXPLANATIONS[status]}\n`;
  const head = [
    `HTTP/1.1 ${status} ${reasonPhrase(status)}`,
    'Content-Type: text/plain; charset=UTF-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  // If the connection were closed while the client still sends, TCP would reset it and the client would lose the answer.
  setTimeout(() => socket.destroy(), LINGER_TIMEOUT).unref();
}

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const EXPLANATIONS: Readonly<Record<number, string>> = {
  400: 'this is not an HTTP request.',
  408: 'the request did not arrive in time.',
  413: 'the chunk extensions are too large.',
  431: 'the URL and the headers together are too large.',
};
