import type { Exchange } from '../gateway/exchange.js';

const TEXT = '500 Internal Server Error';

/** Sends the answer that needs nothing: for failures that neither an error handler nor the error page could answer. */
export function sendLastResort(exchange: Exchange): void {
  const body = exchange.method === 'HEAD' ? null : TEXT;
  exchange.send(500, '', ['Content-Type', 'text/plain', 'Content-Length', String(TEXT.length)], body);
}
