import type { Callback, Context } from '../../http/context.js';
import { HTTPError } from '../../http/http-error.js';
import type { Exchange } from '../../http/gateway/exchange.js';
import { shiftPath } from '../../http/fields/request-target.js';
import { BadPathError, FilterValueError } from '../../routing/route-error.js';
import type { Match } from '../../routing/router.js';
import type { RoadApp, RoadRoute } from './road-app.js';
import { SOCKET_VERB, upgradeRequired } from './socket-route.js';

/** Stage 2: finds the route of the request, once. Returns its callback with the plugins around it. */
export function match(app: RoadApp, context: Context): Callback {
  const { exchange, touchedRequest } = context;
  // Hooks may have changed verb and path, and mounts have shifted the path. Otherwise no request object is needed.
  const method = touchedRequest === undefined ? exchange.method : touchedRequest.method;
  const target = touchedRequest === undefined ? exchange.target : touchedRequest.rawPath;
  const query = touchedRequest === undefined ? target.indexOf('?') : -1;
  const length = query === -1 ? target.length : query;
  let found: Match<RoadRoute> | null = null;
  try {
    // The guards of an outer app let preflights pass. So a preflight must stay one, even if hooks change verb and path.
    if (!context.isPreflight) {
      if (exchange.upgrade !== undefined) found = matchSocket(app, target, length);
      found ??= app.router.matchTarget(method, target, length);
      if (method === 'OPTIONS' && hasPreflightHeaders(exchange)) {
        context.isPreflight = !handlesOptions(found, target.slice(0, length));
      }
    }
    if (context.isPreflight) return dispatchPreflight(app, context, target.slice(0, length));
  } catch (error) {
    return unrouted(app, context, () => {
      throw pathError(error);
    });
  }
  if (found === null) return routeNotFound(app, context, target.slice(0, length));
  const route = found.target;
  context.enter(route, found.values);
  if (route.app !== app) return app.mergedRoute(route);
  // A change of plugins resets `run`.
  return route.run ?? app.wireRoute(route);
}

/** Ends a request that has no route: calls `fallback`, with the app's plugins around it. */
export function unrouted(app: RoadApp, context: Context, fallback: () => unknown): Callback {
  context.enter(undefined, []);
  context.fallback = fallback;
  return app.noRoute;
}

/** The route of a WebSocket handshake. Without such a route, the server ignores `Upgrade` and handles a GET (RFC 9110 §7.8). */
function matchSocket(app: RoadApp, target: string, length: number): Match<RoadRoute> | null {
  const found = app.router.matchTarget(SOCKET_VERB, target, length);
  return found?.target.method === SOCKET_VERB || found?.target.method === 'PROXY' ? found : null;
}

/** Ends the request with a 404 or 405. */
function routeNotFound(app: RoadApp, context: Context, path: string): Callback {
  const error = notFound(app.router.allowed(path), context);
  return unrouted(app, context, () => {
    throw error;
  });
}

/** Matches a preflight request with the verb that it requests. The route itself does not run. */
function dispatchPreflight(app: RoadApp, context: Context, path: string): Callback {
  const error = notFound(app.router.allowed(path), context);
  const verb = (context.exchange.header('access-control-request-method') as string).toUpperCase();
  const found = app.router.matchTarget(verb, path, path.length);
  context.enter(found?.target, found?.values ?? []);
  context.fallback = () => {
    throw error;
  };
  return app.preflight(found?.target);
}

/** Whether a request has the headers of a CORS preflight (Fetch standard, section 3.3.2). */
function hasPreflightHeaders(exchange: Exchange): boolean {
  return exchange.header('origin') !== undefined && exchange.header('access-control-request-method') !== undefined;
}

/** Whether an OPTIONS request has a handler: a route here or in a mounted app, or a mounted handler. */
function handlesOptions(found: Match<RoadRoute> | null, path: string): boolean {
  if (found === null) return false;
  const { mounted, depth } = found.target;
  if (mounted === undefined) return true;
  const innerPath = shiftPath('/', path, depth).path;
  return handlesOptions(mounted.router.matchTarget('OPTIONS', innerPath, innerPath.length), innerPath);
}

/** Turns the router's errors about a path into a 400: the client sent the path. */
function pathError(error: unknown): unknown {
  if (error instanceof BadPathError) {
    return new HTTPError(400, 'The path is not valid percent-encoded UTF-8.', { cause: error, code: error.code });
  }
  if (error instanceof FilterValueError) {
    return new HTTPError(400, 'The path has a value that cannot be read.', { cause: error, code: error.code });
  }
  return error;
}

/** A 405 if the path has routes for other verbs (RFC 9110 §15.5.6), else a 404. */
function notFound(verbs: readonly string[], context: Context): HTTPError {
  const { request } = context;
  const allowed = verbs.filter((verb) => verb !== SOCKET_VERB);
  if (allowed.length < verbs.length && (allowed.length === 0 || request.method === 'GET')) return upgradeRequired(context);
  if (allowed.length === 0) return new HTTPError(404, `Not found: '${request.path}'`, { code: 'BN_NOT_FOUND' });
  return new HTTPError(405, `${request.method} is not allowed for '${request.path}'.`, {
    headers: { Allow: allowed.join(', ') },
    code: 'BN_METHOD_NOT_ALLOWED',
  });
}
