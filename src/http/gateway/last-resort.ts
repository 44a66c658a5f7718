import type { Exchange } from './exchange.js';

const TEXT = '500 Internal Server Error';

/** Sends a fixed 500, for errors that neither an error handler nor the error page could answer. */
export function sendLastResort(exchange: Exchange): void {
  const body = exchange.method === 'HEAD' ? null : TEXT;
  exchange.send(500, '', ['Content-Type', 'text/plain', 'Content-Length', String(TEXT.length)], body);
}

/** The same as a `fetch` response, for errors that a runtime caught. */
export function fetchLastResort(): globalThis.Response {
  return new globalThis.Response(TEXT, { status: 500, headers: { 'Content-Type': 'text/plain' } });
}
