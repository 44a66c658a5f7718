import type { Context } from '../controllers/context.js';
import { errorPage } from '../http/error-page.js';
import { HTTPError, HTTPResponse } from '../http/errors.js';
import { isThenable } from '../http/streams.js';
import type { Bottle } from './bottle.js';
import type { FoundHandler } from './error-handlers.js';
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
    if (context.outerApps.length > 0) throw thrown;
    reportUnlessClients(app, context, http);
    return errorPage(http, context.request, app.isDebugging);
  }
  if (found.error === http) reportUnlessClients(app, context, http);
  return answerWith(found, http, app, context);
}

function answerWith(found: FoundHandler, http: HTTPError, app: Bottle, context: Context): unknown {
  const { response } = context;
  response.dropRepresentation();
  response.status = http.statusLine;
  if (http.hasHeaders) for (const [name, value] of http.headers) response.setHeader(name, value);
  context.error = found.error;
  const failed = (failure: unknown): unknown => {
    if (failure instanceof HTTPResponse && !(failure instanceof HTTPError)) return failure;
    // An error in an error handler is not handled again: that could go on for ever.
    const error = failure instanceof HTTPError ? failure : unexpected(failure);
    reportUnlessClients(app, context, error);
    return errorPage(error, context.request, app.isDebugging);
  };
  const pass = (result: unknown): unknown => (result instanceof HTTPError ? failed(result) : result);
  try {
    const result = found.callback(context);
    return isThenable(result) ? result.then(pass, failed) : pass(result);
  } catch (failure) {
    return failed(failure);
  }
}

function findHandler(app: Bottle, context: Context, thrown: unknown, http: HTTPError): FoundHandler | undefined {
  const route = context.route as Route | undefined;
  if (route !== undefined && route.app === app) {
    const own = route.endpoint.group?.errors.find(thrown, http);
    if (own !== undefined) return own;
  } else if (route === undefined) {
    // Nothing was found here: the controller with the nearest prefix has the word.
    const path = context.request.rawPath;
    for (const group of app.groupsAt(path)) {
      const found = group.errors.find(thrown, http);
      if (found !== undefined) return found;
    }
  }
  // A merged route has its owner's handlers before ours.
  const owner =
    route !== undefined && route.app !== app && context.outerApps.length === 0 ? route.app.errors.find(thrown, http) : undefined;
  return owner ?? app.errors.find(thrown, http);
}

/** The 500 that stands for an error nobody expected; the client learns nothing of it. */
function unexpected(cause: unknown): HTTPError {
  return new HTTPError(500, 'Internal Server Error', { cause });
}

/** Logs what is the server's fault, unless it was raised on purpose. */
function reportUnlessClients(app: Bottle, context: Context, error: HTTPError): void {
  if (error.status >= 500 && error.cause !== undefined) app.report(context, error.cause);
}
