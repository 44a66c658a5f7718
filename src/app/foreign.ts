import { Readable } from 'node:stream';
import type { Context } from '../controllers/context.js';
import type { FetchHandler, NodeListener } from './mount-target.js';
import { callNodeListener } from './node-listener.js';

/** Lets a `fetch` handler answer: it sees the whole URL, and the body as it arrives. */
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
  return handler(new globalThis.Request(request.url, init));
}

/** Lets a `node:http` listener answer: it sees the path below its mount point in `url`, as Express's do. */
export function callListener(listener: NodeListener, context: Context, base: string): unknown {
  return callNodeListener(listener, context, base);
}
