import type { Context } from '../controllers/context.js';
import { bareErrorPage, errorPage } from '../http/error-page.js';
import { HTTPError, HTTPResponse } from '../http/errors.js';
import { isThenable } from '../http/streams.js';
import type { Bottle } from './bottle.js';
import type { Place } from './debug-page/index.js';
import type { ErrorHandlers, FoundHandler } from './error-handlers.js';
import type { Route } from './route.js';

/**
 * Answers an error: through the handlers of the controller, then of the app; in a mounted app without one the error goes on to
 * the app it is mounted in, and at last there is a page. A response that was thrown is no error, and passes.
 */
export function recover(app: Bottle, context: Context, thrown: unknown): unknown {
  if (thrown instanceof HTTPResponse && !(thrown instanceof HTTPError)) return thrown;
  if (!app.catchall && !(thrown instanceof HTTPError)) throw thrown;
  const http = thrown instanceof HTTPError ? thrown : unexpected(thrown);
  const found = findHandler(app, context, thrown, http);
  if (found === undefined) {
    if (context.isMounted) {
      // The mount point takes the route's place on the way out; a debug page is about the route.
      if (!origins.has(context)) origins.set(context, placeOf(app, context));
      throw thrown;
    }
    return lastWord(app, context, http, thrown);
  }
  if (found.error === http) reportUnlessClients(app, context, http);
  return answerWith(found, thrown, http, app, context);
}

/** Where requests failed that are being recovered outside the mounted app that they failed in. */
const origins = new WeakMap<Context, Place>();

function placeOf(app: Bottle, { route, values, request }: Context): Place {
  return { app, route: route as Route | undefined, values, rawPath: request.rawPath };
}

/**
 * The page that answers where no handler does.
 *
 * @param during What a handler was answering when it failed itself.
 */
function lastWord(app: Bottle, context: Context, error: HTTPError, thrown: unknown, during?: unknown): unknown {
  reportUnlessClients(app, context, error);
  context.touchedResponse?.dropRepresentation();
  const bare = (failure: unknown): HTTPResponse => {
    app.report(context, failure);
    return bareErrorPage(error);
  };
  try {
    if (!app.isDebugging) return errorPage(error, context.request);
    const place = origins.get(context) ?? placeOf(app, context);
    // Loaded when there is something to debug.
    const page = import('./debug-page/index.js');
    return page.then(({ debugPage }) => debugPage({ context, error, thrown, during, place })).catch(bare);
  } catch (failure) {
    return bare(failure);
  }
}

function answerWith(found: FoundHandler, thrown: unknown, http: HTTPError, app: Bottle, context: Context): unknown {
  const { response } = context;
  response.dropRepresentation();
  response.status = http.statusLine;
  if (http.hasHeaders) response.replaceHeaders(http.headers);
  context.error = found.error;
  const failed = (failure: unknown): unknown => {
    if (failure instanceof HTTPResponse && !(failure instanceof HTTPError)) return failure;
    // An error in an error handler is not handled again: that could go on for ever.
    return lastWord(app, context, failure instanceof HTTPError ? failure : unexpected(failure), failure, thrown);
  };
  const pass = (result: unknown): unknown => (result instanceof HTTPError ? failed(result) : result);
  try {
    const result = found.callback(context);
    return isThenable(result) ? Promise.resolve(result).then(pass, failed) : pass(result);
  } catch (failure) {
    return failed(failure);
  }
}

function findHandler(app: Bottle, context: Context, thrown: unknown, http: HTTPError): FoundHandler | undefined {
  const route = context.route as Route | undefined;
  for (const handlers of route === undefined ? handlersAt(app, context) : handlersOf(app, route)) {
    const found = handlers.find(thrown, http);
    if (found !== undefined) return found;
  }
  return app.errors.find(thrown, http);
}

/** Nothing was found here: the controllers with the nearest prefix have the word. */
function handlersAt(app: Bottle, context: Context): ErrorHandlers[] {
  return app.groupsAt(context.request.rawPath).map((group) => group.errors);
}

/** Those of a route's controller; then, if it was merged into this app, of its owner. */
function handlersOf(app: Bottle, route: Route): ErrorHandlers[] {
  const own = route.endpoint.group === undefined ? [] : [route.endpoint.group.errors];
  if (route.app === app) return own;
  // A route of a mounted app: that one has had its say, and what fails now is around it.
  return app.routes.includes(route) ? [...own, route.app.errors] : [];
}

/** The 500 that stands for an error nobody expected; the client learns nothing of it. */
function unexpected(cause: unknown): HTTPError {
  return new HTTPError(500, 'Internal Server Error', {
    cause: cause ?? new TypeError(`A handler threw ${cause}.`),
    code: 'BN_UNEXPECTED',
  });
}

/** Logs what is the server's fault, unless it was raised on purpose. */
function reportUnlessClients(app: Bottle, context: Context, error: HTTPError): void {
  if (error.status >= 500 && error.cause !== undefined) app.report(context, error.cause);
}
