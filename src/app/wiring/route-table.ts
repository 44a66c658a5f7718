import type { RouteOptions } from '../../controllers/decorators/controller-description.js';
import { Router } from '../../routing/router.js';
import {
  type AnyHandler,
  type Handler,
  type RouteArguments,
  type RouteMethod,
  readArguments,
  verbsOf,
} from './function-route.js';
import { Route } from './route.js';

/** The routes of an app: adds them, finds them, and builds their URLs. */
export abstract class RouteTable {
  readonly router = new Router<Route>();
  readonly #routes: Route[] = [];

  /** @internal Creates the route of a function. */
  abstract newRoute(rule: string, verb: string, handler: AnyHandler, options: RouteOptions): Route;

  /** @internal Called for every added route. */
  abstract added(route: Route): void;

  /** Every route, in the order they were added. */
  get routes(): readonly Route[] {
    return this.#routes;
  }

  /**
   * Adds a route to a function. The option `method` is one verb or a list; default `GET`.
   *
   * @throws RouteSyntaxError for an invalid rule. TypeError for an invalid verb.
   * @example app.route('/items/<id:int>', { method: ['PUT', 'PATCH'] }, ({ id }, { request }) => update(id, request.json));
   */
  route<const R extends string>(rule: R | readonly R[], handler: Handler<R>, options?: RouteOptions): this;
  route<const R extends string>(rule: R | readonly R[], options: RouteOptions, handler: Handler<R>): this;
  route(rule: string | readonly string[], ...rest: RouteArguments): this {
    const { handler, options } = readArguments(rest, 'route');
    return this.#add(rule, options, handler);
  }

  #add(rule: string | readonly string[], options: RouteOptions, handler: AnyHandler): this {
    const verbs = verbsOf(options);
    for (const one of asList(rule)) {
      for (const verb of verbs) this.addRoute(this.newRoute(one, verb, handler, options));
    }
    return this;
  }

  get: RouteMethod<this> = (rule: string | readonly string[], ...rest: RouteArguments) => this.#verb('GET', rule, rest);
  post: RouteMethod<this> = (rule: string | readonly string[], ...rest: RouteArguments) => this.#verb('POST', rule, rest);
  put: RouteMethod<this> = (rule: string | readonly string[], ...rest: RouteArguments) => this.#verb('PUT', rule, rest);
  patch: RouteMethod<this> = (rule: string | readonly string[], ...rest: RouteArguments) => this.#verb('PATCH', rule, rest);
  delete: RouteMethod<this> = (rule: string | readonly string[], ...rest: RouteArguments) => this.#verb('DELETE', rule, rest);
  /** Adds a route for all verbs without a route of their own. */
  any: RouteMethod<this> = (rule: string | readonly string[], ...rest: RouteArguments) => this.#verb('ANY', rule, rest);

  #verb(method: string, rule: string | readonly string[], rest: RouteArguments): this {
    const { handler, options } = readArguments(rest, method.toLowerCase());
    return this.#add(rule, { ...options, method }, handler);
  }

  /** Adds a complete route. All other methods that add routes call it. */
  addRoute(route: Route): void {
    route.entry = this.router.add(route.rule, route.method, route, route.name);
    this.#routes.push(route);
    this.added(route);
  }

  /**
   * Adds the routes of another app, or a list of routes. Each keeps the plugins and error handlers of its own app.
   */
  merge(routes: RouteTable | readonly Route[]): this {
    for (const route of 'routes' in routes ? routes.routes : routes) {
      if (!(route instanceof Route)) {
        throw new TypeError('merge() takes an app or its routes, made by this copy of bottlenose: install the package once.');
      }
      this.router.add(route.rule, route.method, route, route.name);
      this.#routes.push(route);
      this.added(route);
    }
    return this;
  }

  /** The route that a request would match, and the wildcards' values; `undefined` if none matches. */
  match(method: string, path: string): { route: Route; args: Record<string, unknown> } | undefined {
    const match = this.router.match(method, path);
    if (match === null) return undefined;
    const args: Record<string, unknown> = {};
    match.target.entry?.rule.wildcards.forEach(({ name }, i) => {
      if (name !== undefined) args[name] = match.values[i];
    });
    return { route: match.target, args };
  }

  /**
   * Builds a URL path from a route's name (or rule). Parameters that are not wildcards form the query.
   *
   * @throws RouteBuildError when there is no such route, or a wildcard has no value.
   * @example app.url('post', { id: 7, page: 2 }); // '/posts/7?page=2'
   */
  url(name: string, params: Readonly<Record<string, unknown>> = {}, ...anonymous: unknown[]): string {
    return this.router.build(name, params, ...anonymous);
  }
}

function asList(given: string | readonly string[]): readonly string[] {
  return typeof given === 'string' ? [given] : given;
}
