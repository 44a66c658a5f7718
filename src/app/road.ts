import type { Callback, Context } from '../controllers/context.js';
import { type BodyReading, readBody } from '../http/body-reader.js';
import { HTTPError } from '../http/errors.js';
import { HeldBodyExchange } from '../http/held-body.js';
import { isThenable } from '../http/streams.js';
import { BadPathError, FilterValueError } from '../routing/errors.js';
import type { Match } from '../routing/router.js';
import type { Bottle } from './bottle.js';
import { around } from './hooks.js';
import { recover } from './recovery.js';
import type { Route } from './route.js';
import { SOCKET_VERB, upgradeRequired } from './socket-route.js';

/**
 * A request's way through one app: hooks around the routed callback, errors turned into answers. Gives what is to be cast, or a
 * promise of it. Throws only what the app lets through: unexpected errors without `catchall`, and in a mounted app the errors
 * for which it has no handler.
 */
export function travel(app: Bottle, context: Context): unknown {
  const result = setOut(app, context);
  return result instanceof RestOfRoad ? result.promise() : result;
}

/** As `travel`, but for a request whose body is on its way it may give what is left of the road. */
export function setOut(app: Bottle, context: Context): unknown {
  app.complete();
  const { before, after } = app.hooks;
  if (before.length === 0 && after.length === 0) return guarded(serve, app, context);
  const inside: Callback = (inner) => {
    const result = guarded(serve, app, inner);
    return result instanceof RestOfRoad ? result.promise() : result;
  };
  return guarded(() => around(before, after, inside, context), app, context);
}

/**
 * What is left of the road of a request, once its body has arrived. Whoever answers goes on from there in one step: a promise each
 * for the body, for what follows it, for the recovery of errors and for the answer took a tenth of the time of a small POST.
 */
export class RestOfRoad {
  readonly #app: Bottle;
  readonly #context: Context;
  readonly #callback: Callback;
  readonly #reading: BodyReading;

  constructor(app: Bottle, context: Context, callback: Callback, reading: BodyReading) {
    this.#app = app;
    this.#context = context;
    this.#callback = callback;
    this.#reading = reading;
  }

  /** Resolves when it is time to go on. Never rejects. */
  get ready(): Promise<void> {
    return this.#reading.over;
  }

  /** Goes on: gives and throws what `travel` does. */
  travel(): unknown {
    let result: unknown;
    try {
      const context = this.#context;
      const body = this.#reading.take();
      context.request.attachBody(body);
      if (body.isHeld) context.exchange = new HeldBodyExchange(context.exchange, body);
      result = this.#callback(context);
    } catch (error) {
      return recover(this.#app, this.#context, error);
    }
    return recovered(result, this.#app, this.#context);
  }

  promise(): Promise<unknown> {
    return this.ready.then(() => this.travel());
  }
}

function guarded(step: (app: Bottle, context: Context) => unknown, app: Bottle, context: Context): unknown {
  let result: unknown;
  try {
    result = step(app, context);
  } catch (error) {
    return recover(app, context, error);
  }
  return recovered(result, app, context);
}

/** What a result comes to: an error, returned or rejected with, is answered. */
function recovered(result: unknown, app: Bottle, context: Context): unknown {
  if (typeof result !== 'object' || result === null) return result;
  if (isThenable(result)) {
    return Promise.resolve(result).then(
      (value) => (value instanceof HTTPError ? recover(app, context, value) : value),
      (error: unknown) => recover(app, context, error),
    );
  }
  return result instanceof HTTPError ? recover(app, context, result) : result;
}

/** Finds the route and calls its callback; if there is a body, that is read before, and the call is left to be made. */
function serve(app: Bottle, context: Context): unknown {
  const route = findRoute(app, context);
  // A merged route is unwired when its owner's plugins have changed since.
  const callback = route.callback ?? route.app.wireRoute(route);
  if (context.exchange.hasBody && context.touchedRequest?.bodyTaken !== true) {
    if (!route.stream) return new RestOfRoad(app, context, callback, readBody(context.exchange, route.bodyLimits));
    limitStream(route, context);
  }
  return callback(context);
}

/** A body that is left to the handler has the limit that was set for its route, and else none. */
function limitStream(route: Route, context: Context): void {
  const limit = route.config.get('maxBody') as number;
  const isOwn = route.options.config?.maxBody !== undefined || limit !== route.app.config.get('maxBody');
  if (isOwn) context.request.limitStream(limit);
}

function findRoute(app: Bottle, context: Context): Route {
  const { exchange, touchedRequest } = context;
  // Hooks may have changed verb and path, and mounts have shifted the path; else nobody needs a request object to be routed.
  const method = touchedRequest === undefined ? exchange.method : touchedRequest.method;
  const target = touchedRequest === undefined ? exchange.target : touchedRequest.rawPath;
  const length = touchedRequest === undefined ? pathLength(target) : target.length;
  const match = findMatch(app, context, method, target, length);
  if (match !== null) {
    const route = match.target;
    context.enter(route, match.values);
    return route;
  }
  context.enter(undefined, []);
  throw notFound(app.router.allowed(target.slice(0, length)), context);
}

function findMatch(app: Bottle, context: Context, method: string, target: string, length: number): Match<Route> | null {
  try {
    return socketMatch(app, context, target, length) ?? app.router.matchTarget(method, target, length);
  } catch (error) {
    throw pathError(error);
  }
}

/** Where a WebSocket's opening handshake goes; one that no route takes is a GET like any other (RFC 9110 §7.8). */
function socketMatch(app: Bottle, { exchange }: Context, target: string, length: number): Match<Route> | null {
  if (exchange.upgrade === undefined) return null;
  const match = app.router.matchTarget(SOCKET_VERB, target, length);
  return match?.target.method === SOCKET_VERB || match?.target.method === 'PROXY' ? match : null;
}

/** What the routing itself finds wrong with a path is the client's mistake. */
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

function pathLength(target: string): number {
  const mark = target.indexOf('?');
  return mark === -1 ? target.length : mark;
}
