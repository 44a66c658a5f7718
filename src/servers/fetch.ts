import type { NodeExchange } from '../http/gateway/node-exchange.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { loadServer, type RunningServer, type ServedApp, type ServerAdapter, runtime } from '../http/gateway/server-adapter.js';
import { stoppingOf } from '../http/gateway/stopping.js';
import { type Http1Options, http1Server } from './http1/index.js';
import { listen } from './listening.js';

/**
 * Serves an app by its `fetch`, as Workers and edge runtimes call it, on node's own server: to see what an app does there before
 * it is there. WebSockets are not part of that interface. On Bun and Deno, it is the runtime's own server.
 *
 * Such runtimes need no adapter: `export default { fetch: app.fetch }` is all that they ask for.
 */
export class FetchServer implements ServerAdapter {
  async listen(app: ServedApp, options: Http1Options): Promise<RunningServer> {
    if (runtime() !== 'node') return ((await loadServer(runtime())) as ServerAdapter).listen(app, options);
    const log = (error: Error): void => app.log?.(error);
    const served: ServedApp = {
      handle(exchange) {
        const { environ: request, nodeResponse: response } = exchange as NodeExchange;
        return answer(app, request, response).catch((error: unknown) => {
          // Of a client that has left there is nothing to tell.
          if (!response.destroyed) log(error instanceof Error ? error : new Error(String(error)));
          response.destroy();
        });
      },
      fetch: (request, peer) => app.fetch(request, peer),
      log,
    };
    const { server, close } = await http1Server(served, options);
    return { url: await listen(server, options, { scheme: 'http', log }), close: () => close() };
  }
}

async function answer(app: ServedApp, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const left = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) left.abort(new DOMException('The client has gone away.', 'AbortError'));
  });
  const request = toRequest(incoming, left.signal);
  if (request === undefined) {
    outgoing
      .writeHead(400, { 'Content-Type': 'text/plain', Connection: 'close' })
      .end('400 Bad Request: no fetch Request can say this.\n');
    return;
  }
  // Nobody can tell from outside whether the app will read the body.
  if (incoming.headers.expect?.toLowerCase() === '100-continue') outgoing.writeContinue();
  const { remoteAddress } = incoming.socket;
  const stopping = stoppingOf(incoming);
  const response = await app.fetch(request, {
    environ: incoming,
    httpVersion: incoming.httpVersion,
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(stopping === undefined ? {} : { stopping }),
  });
  const headers: string[] = [];
  for (const [name, value] of response.headers) headers.push(name, value);
  if (response.statusText === '') outgoing.writeHead(response.status, headers);
  else outgoing.writeHead(response.status, response.statusText, headers);
  // A body that is not read to its end holds up the connection.
  if (!incoming.complete && !incoming.readableFlowing) incoming.resume();
  if (response.body === null) outgoing.end();
  else {
    outgoing.flushHeaders();
    await pipeline(Readable.fromWeb(response.body as never), outgoing);
  }
}

/** `undefined` for what is none: a `Host` that makes no URL, or a verb that `fetch` forbids (CONNECT, TRACE, TRACK). */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): globalThis.Request | undefined {
  const { method = 'GET', url = '/', rawHeaders, socket } = incoming;
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  const whole = url.startsWith('/') ? `${scheme}://${incoming.headers.host ?? 'localhost'}${url}` : url;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
  // A target that names the host overrules the header (RFC 9112 §3.2.2).
  if (!url.startsWith('/') && URL.canParse(url)) headers.set('host', new URL(url).host);
  const hasBody = method !== 'GET' && method !== 'HEAD' && (headers.has('content-length') || headers.has('transfer-encoding'));
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal };
  if (hasBody) {
    init.body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
    init.duplex = 'half';
  }
  try {
    return new globalThis.Request(whole, init);
  } catch {
    return undefined;
  }
}
