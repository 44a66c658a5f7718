import type { Context } from '../../http/context.js';
import { bareErrorPage } from '../../http/answer/last-resort.js';
import { HTTPError, HTTPResponse } from '../../http/http-error.js';
import { toPromise } from '../../http/answer/chain.js';
import { LateModule } from '../../support/late-module.js';
import { isThenable } from '../../support/value-kinds.js';
import type { FailedAt, RoadApp, RoadRoute } from './road-app.js';
import type { ErrorHandlers, FoundHandler } from './error-handlers.js';

const pages = new LateModule(() => import('../../http/answer/error-page.js'));

/**
 * Runs a step of a request, and answers the errors that it throws, rejects with or returns.
 *
 * @throws what the app lets through: unexpected errors without `catchall`; in a mounted app, errors without a handler.
 */
export function recovery(step: (app: RoadApp, context: Context) => unknown, app: RoadApp, context: Context): unknown {
  let result: unknown;
  try {
    result = step(app, context);
  } catch (error) {
    return recover(app, context, error);
  }
  if (typeof result !== 'object' || result === null) return result;
  if (isThenable(result)) {
    return toPromise(result).then(
      (value) => (value instanceof HTTPError ? recover(app, context, value) : value),
      (error: unknown) => recover(app, context, error),
    );
  }
  return result instanceof HTTPError ? recover(app, context, result) : result;
}

/**
 * Answers an error: through the handlers of the controller, then of the app; in a mounted app without one the error goes on to
 * the app it is mounted in, and at last there is a page. A response that was thrown is no error, and passes.
 */
export function recover(app: RoadApp, context: Context, thrown: unknown): unknown {
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
  if (found.error === http) reportUnlessClients(context, http);
  return answerWith(found, thrown, http, app, context);
}

/** Where requests failed that are being recovered outside the mounted app that they failed in. */
const origins = new WeakMap<Context, FailedAt>();

function placeOf(app: RoadApp, { route, values, request }: Context): FailedAt {
  return { app, route, values, rawPath: request.rawPath };
}

/**
 * The page that answers where no handler does.
 *
 * @param during What a handler was answering when it failed itself.
 */
function lastWord(app: RoadApp, context: Context, error: HTTPError, thrown: unknown, during?: unknown): unknown {
  reportUnlessClients(context, error);
  context.touchedResponse?.dropRepresentation();
  const bare = (failure: unknown): HTTPResponse => {
    context.report(failure);
    return bareErrorPage(error);
  };
  try {
    const page = app.isDebugging
      ? app.debugPage({ context, error, thrown, during, place: origins.get(context) ?? placeOf(app, context) })
      : pages.use(({ errorPage }) => errorPage(error, context.request));
    return page instanceof Promise ? page.catch(bare) : page;
  } catch (failure) {
    return bare(failure);
  }
}

function answerWith(found: FoundHandler, thrown: unknown, http: HTTPError, app: RoadApp, context: Context): unknown {
  const { response } = context;
  response.dropRepresentation();
  response.status = http.statusLine;
  if (http.hasHeaders && context.applied !== http) response.replaceHeaders(http.headers);
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

function findHandler(app: RoadApp, context: Context, thrown: unknown, http: HTTPError): FoundHandler | undefined {
  const route = context.route as RoadRoute | undefined;
  for (const handlers of route === undefined ? handlersAt(app, context) : handlersOf(app, route)) {
    const found = handlers.find(thrown, http);
    if (found !== undefined) return found;
  }
  return app.errors.find(thrown, http);
}

/** Nothing was found here: the controllers with the nearest prefix have the word. */
function handlersAt(app: RoadApp, context: Context): ErrorHandlers[] {
  return app.groupsAt(context.request.rawPath).map((group) => group.errors);
}

/** Those of a route's controller; then, if it was merged into this app, of its owner. */
function handlersOf(app: RoadApp, route: RoadRoute): ErrorHandlers[] {
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
function reportUnlessClients(context: Context, error: HTTPError): void {
  if (error.status >= 500 && error.cause !== undefined) context.report(error.cause);
}
