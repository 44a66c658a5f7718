import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../../http/context.js';
import { HTTPError } from '../../http/http-error.js';
import { NodeExchange } from '../../http/gateway/node-exchange.js';
import { type NodePair, nodePair } from '../../http/gateway/node-emulation.js';
import { isThenable } from '../../support/value-kinds.js';
import type { NodeListener } from './mount-target.js';

/** What Connect and Express keep of a mount point. */
interface MountedMessage extends IncomingMessage {
  originalUrl?: string;
  baseUrl?: string;
}

/**
 * Lets a `node:http` listener answer. It gets the server's own request and response where there are such, with the body unread,
 * and as good ones elsewhere. `request.url` is the part below the mount point; `baseUrl` and `originalUrl` tell the rest, as with
 * Express. Headers and cookies that hooks and plugins have set before are on the response already.
 *
 * Settles when the response is complete or the client has left, so that hooks and plugins outside run after it.
 *
 * @throws (rejects) HTTPError 404 when the listener calls `next()`; what it gives to `next(error)`, throws, or rejects with.
 */
export function callNodeListener(listener: NodeListener, context: Context): Promise<void> {
  const { request: outer } = context;
  const query = outer.queryString === '' ? '' : `?${outer.queryString}`;
  const url = outer.rawPath + query;
  const pair = ownPair(context) ?? nodePair(context.exchange, url, outer.stream);
  const request: MountedMessage = pair.request;
  const { response } = pair;
  const before = { url: request.url, baseUrl: request.baseUrl, originalUrl: request.originalUrl };
  const base = outer.urlParts.path.slice(0, -outer.rawPath.length);
  Object.assign(request, { url, baseUrl: base, originalUrl: before.originalUrl ?? base + url });
  applyHeaders(context, response);

  return new Promise((resolve, reject) => {
    let isOver = false;
    const answered = (): void => {
      isOver = true;
      context.answered = true;
      resolve();
    };
    const giveBack = (error: unknown): void => {
      if (isOver) {
        context.report(error);
        return;
      }
      isOver = true;
      response.off('finish', answered);
      response.off('close', answered);
      if (response.headersSent || response.destroyed) {
        // Too late for another answer: the client must notice that this one is incomplete.
        context.answered = true;
        response.destroy();
        reject(error);
        return;
      }
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      Object.assign(request, before);
      reject(error);
    };
    const next = (error?: unknown): void => {
      // Routers end with `next('router')` what they were mounted as: that is no error.
      if (error === undefined || error === null || error === 'route' || error === 'router') {
        if (!response.headersSent) giveBack(new HTTPError(404, `Not found: '${outer.fullPath}'`));
      } else giveBack(asHTTPError(error));
    };
    response.once('finish', answered);
    response.once('close', answered);
    // The client may have left during hooks, or while this file was loaded: 'close' does not come again.
    if (response.destroyed) answered();
    try {
      const result = listener(request, response, next);
      if (isThenable(result)) result.then(undefined, (error: unknown) => giveBack(asHTTPError(error)));
    } catch (error) {
      giveBack(asHTTPError(error));
    }
  });
}

/** The server's own objects, if it is `node:http` and the body is still to be read from them. */
function ownPair({ exchange, request }: Context): NodePair | undefined {
  if (!(exchange instanceof NodeExchange) || request.bodyUsed) return undefined;
  // From these, more could be read than the route allows.
  if (request.needsCounting) return undefined;
  // Those of http2's compatibility layer are none that a listener for node:http could use.
  if (exchange.environ.httpVersionMajor !== 1) return undefined;
  return { request: exchange.environ, response: exchange.nodeResponse };
}

function applyHeaders({ touchedResponse }: Context, response: ServerResponse): void {
  if (touchedResponse === undefined) return;
  const flat = touchedResponse.toFlat();
  for (let i = 0; i < flat.length; i += 2) response.appendHeader(flat[i] as string, flat[i + 1] as string);
}

/** An error that says itself which status it is for and that clients may read it, as those of Express's parsers do. */
function asHTTPError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || error instanceof HTTPError) return error;
  const { status, statusCode, expose, message, headers } = error as {
    [name in 'status' | 'statusCode' | 'expose' | 'message' | 'headers']?: unknown;
  };
  const code = status ?? statusCode;
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 400 || code > 499) return error;
  const shown = expose === false || typeof message !== 'string' ? undefined : message;
  const known = typeof headers === 'object' && headers !== null ? (headers as Record<string, string>) : {};
  return new HTTPError(code, shown, { cause: error, headers: known });
}
