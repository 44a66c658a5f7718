import { Readable } from 'node:stream';
import type { Context } from '../../http/context.js';
import { HTTPError } from '../../http/http-error.js';
import type { FetchHandler } from './mount-target.js';

/**
 * Calls a `fetch` handler. The path of its URL is relative to the mount point, as for all mounted handlers. The body is streamed.
 * Headers that hooks and plugins have set remain, unless the response of the handler overrides them.
 */
export function callFetch(handler: FetchHandler, context: Context): unknown {
  const { request } = context;
  const headers = new Headers();
  for (const [name, value] of request.headers) headers.append(name, value);
  const hasBody = context.exchange.hasBody && request.method !== 'GET' && request.method !== 'HEAD';
  const init: RequestInit & { duplex?: 'half' } = { method: request.method, headers, signal: request.signal };
  if (hasBody) {
    init.body = Readable.toWeb(request.stream) as ReadableStream<Uint8Array>;
    init.duplex = 'half';
  }
  const { scheme, netloc, query } = request.urlParts;
  const url = `${scheme}://${netloc}${request.rawPath}${query === '' ? '' : `?${query}`}`;
  if (!URL.canParse(url)) throw new HTTPError(400, 'The Host header and the path do not form a valid URL.', { code: 'BN_URL' });
  return handler(new globalThis.Request(url, init));
}
