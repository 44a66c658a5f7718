import { tagOf } from '../../support/value-kinds.js';

/** Any realm's and any package's `Response`. */
export function isFetchResponse(value: object): value is globalThis.Response {
  return (
    tagOf(value) === 'Response' &&
    'body' in value &&
    'headers' in value &&
    typeof (value as { status?: unknown }).status === 'number'
  );
}

/** Headers of one connection only (RFC 9110 §7.6.1), and those of the coding that `fetch` has already undone. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'trailer']);
const CODING_HEADERS = new Set(['content-encoding', 'content-length']);

/** The headers to send for a `fetch` response: all of its own, and of one that came over the network those that still hold. */
export function forwardedHeaders(response: globalThis.Response): (readonly [string, string])[] {
  const headers = [...response.headers];
  // Only a response that came over the network has a URL.
  if (response.url === '') return headers;
  const isDecoded = response.headers.has('content-encoding');
  return headers.filter(([name]) => !HOP_BY_HOP.has(name) && !(isDecoded && CODING_HEADERS.has(name)));
}
