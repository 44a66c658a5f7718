import type { Exchange } from '../gateway/exchange.js';
import { type HTTPError, HTTPResponse } from '../http-error.js';

const TEXT = '500 Internal Server Error';

/** Sends a fixed 500, for errors that neither an error handler nor the error page could answer. */
export function sendLastResort(exchange: Exchange): void {
  const body = exchange.method === 'HEAD' ? null : TEXT;
  exchange.send(500, '', ['Content-Type', 'text/plain', 'Content-Length', String(TEXT.length)], body);
}

/** The answer to an error when its page fails: the status line only. */
export function bareErrorPage(error: HTTPError): HTTPResponse {
  const headers = { 'Content-Type': 'text/plain; charset=UTF-8', 'X-Content-Type-Options': 'nosniff' };
  return new HTTPResponse(`${error.statusLine}\n`, { status: error.statusLine, headers });
}
