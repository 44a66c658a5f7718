import { isVerb } from '../../controllers/decorators/decorator-checks.js';
import type { Context } from '../../http/context.js';
import { describeFunction } from '../../controllers/decorators/controller-description.js';
import { ROUTE_OPTIONS, type RouteOptions, SOCKET_OPTIONS } from '../../controllers/decorators/route-options.js';
import { checkKnownOptions } from '../../support/known-options.js';
import type { Request } from '../../http/request.js';
import type { Response } from '../../http/response.js';
import type { WebSocketConnection } from '../../http/sockets/websocket-connection.js';
import type { Args } from '../../routing/args.js';
import type { App, AppCore } from './app-core.js';
import { functionEndpoint } from './endpoint.js';
import { placeOf } from './controller-routes.js';
import { Route } from './route.js';

/**
 * The values that the package's own plugins provide. They are separate from `Provided`, because TypeScript does not merge augmentations
 * of one interface through different modules: users augment `Provided` of 'bottlenose'.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is augmented
export interface PluginValues {}

/**
 * The values besides wildcards that functions may destructure. A plugin adds its own.
 *
 * @example
 * declare module 'bottlenose' {
 *   interface Provided {
 *     clock: () => Date;
 *   }
 * }
 */
export interface Provided extends PluginValues {
  request: Request;
  response: Response;
  /** Only in routes of the verb `WEBSOCKET`. */
  socket: WebSocketConnection;
}

/** A function that answers a route. It gets the wildcards (and values of plugins that it destructures), and the context. */
export type Handler<R extends string> = (args: Args<R> & Omit<Provided, keyof Args<R>>, context: Context) => unknown;

export type AnyHandler = (args: never, context: Context) => unknown;
export type RouteArguments = unknown[];

/** Adds a route for one verb: `(rule, handler, options?)` or `(rule, options, handler)`. */
export interface RouteMethod<Owner = App> {
  <const R extends string>(rule: R | readonly R[], handler: Handler<R>, options?: RouteOptions): Owner;
  <const R extends string>(rule: R | readonly R[], options: RouteOptions, handler: Handler<R>): Owner;
}

/**
 * Reads handler and options, in either order.
 *
 * @param method the called method of the app: `route`, `get`
 * @throws TypeError without a handler, or for an option that does not exist
 */
export function readArguments(rest: RouteArguments, method: string): { handler: AnyHandler; options: RouteOptions } {
  const [first, second] = rest;
  const handler = typeof first === 'function' ? first : second;
  const options = typeof first === 'function' ? second : first;
  if (typeof handler !== 'function') {
    throw new TypeError(
      "A route needs a function to call: app.get('/hello/<name>', ({ name }) => 'Hello ' + name). Controllers go to app.mount().",
    );
  }
  return { handler: handler as AnyHandler, options: checkedOptions((options as RouteOptions | undefined) ?? {}, method) };
}

function checkedOptions(options: RouteOptions, method: string): RouteOptions {
  const known = method === 'route' ? ROUTE_OPTIONS : ROUTE_OPTIONS.filter((name) => name !== 'method');
  checkKnownOptions(`app.${method}()`, options, known);
  checkKnownOptions(`app.${method}({ socket })`, options.socket, SOCKET_OPTIONS);
  return options;
}

/** The verbs of a function's route. The verbs of controllers are checked with their decorators. @throws TypeError */
export function verbsOf({ method = 'GET' }: RouteOptions): readonly string[] {
  const verbs = typeof method === 'string' ? [method] : method;
  if (verbs.length > 0 && verbs.every(isVerb)) return verbs;
  throw new TypeError(
    verbs.length === 0
      ? "The route has an empty list of verbs: name one, or leave `method` out for 'GET'."
      : `HTTP cannot carry the verb '${verbs.find((verb) => !isVerb(verb))}': write one such as 'PUT', or a list of them.`,
  );
}

/** The route of a bare function. */
export function functionRoute(app: AppCore, rule: string, verb: string, handler: AnyHandler, options: RouteOptions): Route {
  const name = handler.name || '(anonymous function)';
  const endpoint = functionEndpoint(handler, describeFunction(handler, options.params), name);
  const method = verb.toUpperCase();
  return new Route({
    app,
    rule,
    method,
    name: options.name,
    endpoint,
    options,
    places: [placeOf(options)],
  });
}
