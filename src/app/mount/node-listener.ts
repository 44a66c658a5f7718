import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../../http/context.js';
import { HTTPError } from '../../http/http-error.js';
import { NodeExchange } from '../../http/gateway/node-exchange.js';
import { type NodePair, nodePair } from '../../http/gateway/node-emulation.js';
import { isThenable } from '../../support/value-kinds.js';
import type { NodeListener } from './mount-target.js';

/** The properties that Connect and Express add for a mount point. */
interface MountedMessage extends IncomingMessage {
  originalUrl?: string;
  baseUrl?: string;
}

/**
 * Calls a `node:http` listener. It gets the server's own request and response on `node:http`, with the body unread, and emulated
 * ones elsewhere. `request.url` is the part below the mount point; `baseUrl` and `originalUrl` are as in Express. The response
 * already has the headers and cookies that hooks and plugins have set.
 *
 * Settles when the response is complete or the client has disconnected, so that outer hooks and plugins run after it.
 *
 * @throws (rejects) HTTPError 404 if the listener calls `next()`; the error that it passes to `next(error)`, throws, or rejects with.
 */
export function callNodeListener(listener: NodeListener, context: Context): Promise<void> {
  const { request: outer } = context;
  const query = outer.queryString === '' ? '' : `?${outer.queryString}`;
  const url = outer.rawPath + query;
  const pair = nativePair(context) ?? nodePair(context.exchange, url, outer.stream);
  const request: MountedMessage = pair.request;
  const { response } = pair;
  const before = { url: request.url, baseUrl: request.baseUrl, originalUrl: request.originalUrl };
  const baseUrl = outer.place.scriptName.replace(/\/$/, '');
  Object.assign(request, { url, baseUrl, originalUrl: before.originalUrl ?? outer.originalPath + query });
  applyHeaders(context, response);

  return new Promise((resolve, reject) => {
    let isDone = false;
    const answered = (): void => {
      isDone = true;
      context.answered = true;
      resolve();
    };
    const rejectWith = (error: unknown): void => {
      if (isDone) {
        context.report(error);
        return;
      }
      isDone = true;
      response.off('finish', answered);
      response.off('close', answered);
      if (response.headersSent || response.destroyed) {
        // The headers have been sent. Closing the connection shows the client that the response is incomplete.
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
      // `next('route')` and `next('router')` skip the remaining handlers in Express. They are not errors.
      if (error === undefined || error === null || error === 'route' || error === 'router') {
        if (!response.headersSent) rejectWith(new HTTPError(404, `Not found: '${outer.fullPath}'`));
      } else rejectWith(asHTTPError(error));
    };
    response.once('finish', answered);
    response.once('close', answered);
    // The client may have disconnected before. Then 'close' is not emitted again.
    if (response.destroyed) answered();
    try {
      const result = listener(request, response, next);
      if (isThenable(result)) result.then(undefined, (error: unknown) => rejectWith(asHTTPError(error)));
    } catch (error) {
      rejectWith(asHTTPError(error));
    }
  });
}

/** The server's own objects, if it is `node:http` and the body is unread. */
function nativePair({ exchange, request }: Context): NodePair | undefined {
  if (!(exchange instanceof NodeExchange) || request.bodyUsed) return undefined;
  // The native stream does not enforce the body limit of the route.
  if (request.needsCounting) return undefined;
  // Listeners for node:http cannot use the objects of http2's compatibility layer.
  if (exchange.environ.httpVersionMajor !== 1) return undefined;
  return { request: exchange.environ, response: exchange.nodeResponse };
}

function applyHeaders({ touchedResponse }: Context, response: ServerResponse): void {
  if (touchedResponse === undefined) return;
  const flat = touchedResponse.toFlat();
  for (let i = 0; i < flat.length; i += 2) response.appendHeader(flat[i] as string, flat[i + 1] as string);
}

/** Converts an error with `status` and `expose`, such as those of Express's parsers, to an `HTTPError`. */
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
