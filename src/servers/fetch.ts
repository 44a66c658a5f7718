import { FETCH_OPTIONS } from './option-names.js';
import type { NodeExchange } from '../http/gateway/node-exchange.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { loadServer, type RunningServer, type ServedApp, type ServerAdapter, runtime } from '../http/gateway/server-adapter.js';
import { stoppingOf } from '../http/gateway/stopping.js';
import { type Http1Options, http1Server } from './http1/index.js';
import { listen } from './listening.js';
import { disconnectReason } from '../support/abort-reasons.js';
import { toError } from '../support/value-kinds.js';

/**
 * Serves an app through its `fetch`, as Workers and edge runtimes do, on Node's own server. Use it to test how an app behaves on
 * such a runtime. WebSockets are not part of that interface. Bun and Deno use their own server.
 *
 * Such runtimes need no adapter: `export default { fetch: app.fetch }` is enough.
 *
 * @example await app.run({ server: 'fetch' });
 * @see https://fetch.spec.whatwg.org/
 */
export class FetchServer implements ServerAdapter {
  readonly options = FETCH_OPTIONS;

  async listen(app: ServedApp, options: Http1Options): Promise<RunningServer> {
    if (runtime() !== 'node') return ((await loadServer(runtime())) as ServerAdapter).listen(app, options);
    const log = (error: Error): void => app.log?.(error);
    const served: ServedApp = {
      handle(exchange) {
        const { environ: request, nodeResponse: response } = exchange as NodeExchange;
        return answer(app, request, response).catch((error: unknown) => {
          // The error of a client that has disconnected is not logged.
          if (!response.destroyed) log(toError(error));
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
  const aborter = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) aborter.abort(disconnectReason());
  });
  const request = toRequest(incoming, aborter.signal);
  if (request === undefined) {
    outgoing
      .writeHead(400, { 'Content-Type': 'text/plain', Connection: 'close' })
      .end('400 Bad Request: fetch cannot express this request.\n');
    return;
  }
  // Whether the app will read the body is unknown here.
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
  // An unread body blocks the connection.
  if (!incoming.complete && !incoming.readableFlowing) incoming.resume();
  if (response.body === null) outgoing.end();
  else {
    outgoing.flushHeaders();
    await pipeline(Readable.fromWeb(response.body as never), outgoing);
  }
}

/** Returns `undefined` when fetch cannot express the request: for an invalid `Host`, or the verbs CONNECT, TRACE and TRACK. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): globalThis.Request | undefined {
  const { method = 'GET', url = '/', rawHeaders, socket } = incoming;
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  const whole = url.startsWith('/') ? `${scheme}://${incoming.headers.host ?? 'localhost'}${url}` : url;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
  // A target with a host overrides the header (RFC 9112 §3.2.2).
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
