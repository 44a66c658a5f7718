import type { Context } from '../../http/context.js';
import { HTTP_ERROR, HTTPError, HTTPResponse } from '../../http/http-error.js';
import { toPromise } from '../../http/answer/chain.js';
import { LateModule } from '../../support/late-module.js';
import { isThenable } from '../../support/value-kinds.js';
import type { FailedAt, RoadApp, RoadRoute } from './road-app.js';
import type { ErrorHandlers, FoundHandler } from './error-handlers.js';

const pages = new LateModule(() => import('../../http/answer/error-page.js'));

/**
 * Runs a step of a request, and answers the errors that it throws, rejects with or returns.
 *
 * @throws unexpected errors without `catchall`; in a mounted app, errors without a handler.
 */
export function recovery(step: (app: RoadApp, context: Context) => unknown, app: RoadApp, context: Context): unknown {
  let result: unknown;
  try {
    result = step(app, context);
  } catch (error) {
    return recover(app, context, error);
  }
  if (typeof result !== 'object' || result === null) return result;
  if (isThenable(result)) return recoverLater(result, app, context);
  return HTTP_ERROR in result ? recover(app, context, result) : result;
}

function recoverLater(result: PromiseLike<unknown>, app: RoadApp, context: Context): Promise<unknown> {
  return toPromise(result).then(
    (value) => (value instanceof HTTPError ? recover(app, context, value) : value),
    (error: unknown) => recover(app, context, error),
  );
}

/**
 * Answers an error with a handler of the controller, else of the app. Without a handler, a mounted app rethrows the error to the
 * outer app, and the outermost app sends an error page. A thrown response is not an error: it is returned unchanged.
 */
export function recover(app: RoadApp, context: Context, thrown: unknown): unknown {
  if (thrown instanceof HTTPResponse && !(thrown instanceof HTTPError)) return thrown;
  if (!app.catchall && !(thrown instanceof HTTPError)) throw thrown;
  const http = thrown instanceof HTTPError ? thrown : toServerError(thrown);
  const found = findHandler(app, context, thrown, http);
  if (found === undefined) {
    if (context.isMounted) {
      // The outer app replaces `context.route` with the mount point. The debug page shows the inner route.
      if (!failedAt.has(context)) failedAt.set(context, currentPlace(app, context));
      throw thrown;
    }
    return errorPageFor(app, context, http, thrown);
  }
  if (found.error === http) reportServerError(context, http);
  return callHandler(found, thrown, http, app, context);
}

/** The inner route of requests that failed in a mounted app and are recovered by an outer one. */
const failedAt = new WeakMap<Context, FailedAt>();

function currentPlace(app: RoadApp, { route, values, request }: Context): FailedAt {
  return { app, route, values, rawPath: request.rawPath };
}

/**
 * The error page for an error without a handler.
 *
 * @param during The error that a failed error handler was handling.
 */
function errorPageFor(app: RoadApp, context: Context, error: HTTPError, thrown: unknown, during?: unknown): unknown {
  reportServerError(context, error);
  context.touchedResponse?.dropRepresentation();
  const bare = (failure: unknown): HTTPResponse => {
    context.report(failure);
    return bareErrorPage(error);
  };
  try {
    const page = app.isDebugging
      ? app.debugPage({ context, error, thrown, during, place: failedAt.get(context) ?? currentPlace(app, context) })
      : pages.use(({ errorPage }) => errorPage(error, context.request));
    return page instanceof Promise ? page.catch(bare) : page;
  } catch (failure) {
    return bare(failure);
  }
}

function callHandler(found: FoundHandler, thrown: unknown, http: HTTPError, app: RoadApp, context: Context): unknown {
  const { response } = context;
  response.dropRepresentation();
  response.status = http.statusLine;
  if (http.hasHeaders && context.applied !== http) response.replaceHeaders(http.headers);
  context.error = found.error;
  const failed = (failure: unknown): unknown => {
    if (failure instanceof HTTPResponse && !(failure instanceof HTTPError)) return failure;
    // An error in an error handler is not handled again, to prevent an endless loop.
    return errorPageFor(app, context, failure instanceof HTTPError ? failure : toServerError(failure), failure, thrown);
  };
  const check = (result: unknown): unknown => (result instanceof HTTPError ? failed(result) : result);
  try {
    const result = found.callback(context);
    return isThenable(result) ? Promise.resolve(result).then(check, failed) : check(result);
  } catch (failure) {
    return failed(failure);
  }
}

function findHandler(app: RoadApp, context: Context, thrown: unknown, http: HTTPError): FoundHandler | undefined {
  const route = context.route as RoadRoute | undefined;
  for (const handlers of route === undefined ? handlersByPath(app, context) : handlersOfRoute(app, route)) {
    const found = handlers.find(thrown, http);
    if (found !== undefined) return found;
  }
  return app.errors.find(thrown, http);
}

/** For a request without a route: the handlers of the controllers whose prefix matches, longest prefix first. */
function handlersByPath(app: RoadApp, context: Context): ErrorHandlers[] {
  return app.groupsAt(context.request.rawPath).map((group) => group.errors);
}

/** The handlers of a route's controller; then, for a route that was merged into this app, of its own app. */
function handlersOfRoute(app: RoadApp, route: RoadRoute): ErrorHandlers[] {
  const own = route.endpoint.group === undefined ? [] : [route.endpoint.group.errors];
  if (route.app === app) return own;
  // The handlers of a mounted app have run already, in its own `recovery`.
  return app.routes.includes(route) ? [...own, route.app.errors] : [];
}

/** The 500 that replaces an unexpected error. It does not show the client the details. */
function toServerError(cause: unknown): HTTPError {
  return new HTTPError(500, 'Internal Server Error', {
    cause: cause ?? new TypeError(`A handler threw ${cause}.`),
    code: 'BN_UNEXPECTED',
  });
}

/** Logs the cause of a server error. One without a cause was raised on purpose. */
function reportServerError(context: Context, error: HTTPError): void {
  if (error.status >= 500 && error.cause !== undefined) context.report(error.cause);
}

/** The answer to an error when its page fails: the status line only. */
function bareErrorPage(error: HTTPError): HTTPResponse {
  const headers = { 'Content-Type': 'text/plain; charset=UTF-8', 'X-Content-Type-Options': 'nosniff' };
  return new HTTPResponse(`${error.statusLine}\n`, { status: error.statusLine, headers });
}
