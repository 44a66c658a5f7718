import type { Callback, Context } from '../../http/context.js';
import { HTTPError } from '../../http/http-error.js';
import type { Exchange } from '../../http/gateway/exchange.js';
import { shiftPath } from '../../http/fields/request-target.js';
import { BadPathError, FilterValueError } from '../../routing/route-error.js';
import type { Match } from '../../routing/router.js';
import type { RoadApp, RoadRoute } from './road-app.js';
import { SOCKET_VERB, upgradeRequired } from './socket-route.js';

/** Stage 2: finds what answers the request, once. Gives it with the plugins around it. */
export function match(app: RoadApp, context: Context): Callback {
  const { exchange, touchedRequest } = context;
  // Hooks may have changed verb and path, and mounts have shifted the path. Otherwise no request object is needed.
  const method = touchedRequest === undefined ? exchange.method : touchedRequest.method;
  const target = touchedRequest === undefined ? exchange.target : touchedRequest.rawPath;
  const query = touchedRequest === undefined ? target.indexOf('?') : -1;
  const length = query === -1 ? target.length : query;
  let found: Match<RoadRoute> | null = null;
  try {
    // Once guards of an app around have let a preflight pass, nothing else may come of it, whatever hooks make of verb and path.
    if (!context.isPreflight) {
      if (exchange.upgrade !== undefined) found = matchSocket(app, target, length);
      found ??= app.router.matchTarget(method, target, length);
      if (method === 'OPTIONS' && asksPermission(exchange)) {
        context.isPreflight = !takesOptions(found, target.slice(0, length));
      }
    }
    if (context.isPreflight) return preflight(app, context, target.slice(0, length));
  } catch (error) {
    return withoutRoute(app, context, () => {
      throw pathError(error);
    });
  }
  if (found === null) return unmatched(app, context, target.slice(0, length));
  const route = found.target;
  context.enter(route, found.values);
  if (route.app !== app) return app.mergedRoute(route);
  // A route is unwired when plugins have changed.
  return route.run ?? app.wireRoute(route);
}

/** What ends a request that has no route: `fallback`, with the app's plugins around it. */
export function withoutRoute(app: RoadApp, context: Context, fallback: () => unknown): Callback {
  context.enter(undefined, []);
  context.fallback = fallback;
  return app.nothing;
}

/** The route of a WebSocket handshake. One that no route takes is a GET like any other (RFC 9110 §7.8). */
function matchSocket(app: RoadApp, target: string, length: number): Match<RoadRoute> | null {
  const found = app.router.matchTarget(SOCKET_VERB, target, length);
  return found?.target.method === SOCKET_VERB || found?.target.method === 'PROXY' ? found : null;
}

/** The 404 or 405 of a path. */
function unmatched(app: RoadApp, context: Context, path: string): Callback {
  const error = notFound(app.router.allowed(path), context);
  return withoutRoute(app, context, () => {
    throw error;
  });
}

/** A preflight request. It is matched with the verb that it asks for; the route itself does not run. */
function preflight(app: RoadApp, context: Context, path: string): Callback {
  const error = notFound(app.router.allowed(path), context);
  const verb = (context.exchange.header('access-control-request-method') as string).toUpperCase();
  const found = app.router.matchTarget(verb, path, path.length);
  context.enter(found?.target, found?.values ?? []);
  context.fallback = () => {
    throw error;
  };
  return app.preflight(found?.target);
}

/** Whether a request has the headers of a preflight of CORS (the Fetch standard, section 3.3.2). */
function asksPermission(exchange: Exchange): boolean {
  return exchange.header('origin') !== undefined && exchange.header('access-control-request-method') !== undefined;
}

/** Whether something runs for an OPTIONS request: a route, also one of a mounted app, or a handler that is mounted. */
function takesOptions(found: Match<RoadRoute> | null, path: string): boolean {
  if (found === null) return false;
  const { mounted, depth } = found.target;
  if (mounted === undefined) return true;
  const below = shiftPath('/', path, depth).path;
  return takesOptions(mounted.router.matchTarget('OPTIONS', below, below.length), below);
}

/** An error that the router finds in a path is the client's. */
function pathError(error: unknown): unknown {
  if (error instanceof BadPathError) {
    return new HTTPError(400, 'The path is not valid percent-encoded UTF-8.', { cause: error, code: error.code });
  }
  if (error instanceof FilterValueError) {
    return new HTTPError(400, 'The path has a value that cannot be read.', { cause: error, code: error.code });
  }
  return error;
}

/** 405 where another verb would do (RFC 9110 §15.5.6), 404 elsewhere. */
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
