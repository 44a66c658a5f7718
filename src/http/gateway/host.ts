import type { Exchange } from './exchange.js';
import { BAD_HOST } from './framing.js';

/** `uri-host [ ":" port ]` of RFC 9110 §7.2: an IP literal, or a registered name (RFC 3986 §3.2.2). A name may be empty. */
const HOST = /^(?:\[(?:[\da-f:.]+|v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/** The host of nearly every request. The engine matches it faster than the full grammar. */
const PLAIN = /^[\w.-]+(?::\d+)?$/;

/** Whether a `Host` header has a valid value. Links, redirects and cache keys are built from it (RFC 9112 §3.2). */
export function isValidHost(host: string): boolean {
  if (PLAIN.test(host)) return true;
  if (!HOST.test(host)) return false;
  // The pattern accepts too many or too few groups of an IPv6 address.
  const literal = /^\[[^v][^\]]*\]/i.exec(host)?.[0];
  return literal === undefined || URL.canParse(`http://${literal}`);
}

/**
 * Answers a request with an invalid `Host` with 400. For servers that pass the header on unchecked.
 *
 * @returns whether it has answered. The app must not serve the request then.
 */
export function refuseInvalidHost(exchange: Exchange): boolean {
  const host = exchange.header('host');
  if (host === undefined || isValidHost(host)) return false;
  const { status, text } = BAD_HOST;
  const headers = ['Content-Type', 'text/plain; charset=UTF-8', 'Content-Length', String(text.length)];
  exchange.send(status, '', headers, exchange.method === 'HEAD' ? null : text);
  return true;
}
