import { tagOf } from '../../support/value-kinds.js';

/** Whether a value is a fetch `Response`, of any realm or package. */
export function isFetchResponse(value: object): value is globalThis.Response {
  return (
    tagOf(value) === 'Response' &&
    'body' in value &&
    'headers' in value &&
    typeof (value as { status?: unknown }).status === 'number'
  );
}

/** Hop-by-hop headers (RFC 9110 §7.6.1), and headers of the content coding, which `fetch` has decoded. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'trailer']);
const CODING_HEADERS = new Set(['content-encoding', 'content-length']);

/** The headers to send for a fetch response. For a response from the network, only those that still apply. */
export function forwardedHeaders(response: globalThis.Response): (readonly [string, string])[] {
  const headers = [...response.headers];
  // Only a response from the network has a URL.
  if (response.url === '') return headers;
  const isDecoded = response.headers.has('content-encoding');
  return headers.filter(([name]) => !HOP_BY_HOP.has(name) && !(isDecoded && CODING_HEADERS.has(name)));
}
