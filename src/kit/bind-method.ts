import type { App } from '../app/wiring/app-core.js';
import { methodEndpoint } from '../app/wiring/endpoint.js';
import { Group, normalPrefix } from '../app/wiring/group.js';
import { instantiate } from '../app/mount/mount-target.js';
import type { Plugin } from '../app/wiring/plugin.js';
import { Route } from '../app/wiring/route.js';
import { wireRoute } from '../app/wiring/route-wiring.js';
import { describeController } from '../controllers/decorators/controller-description.js';
import { WiringError, type WiringProblem } from '../controllers/binding/wiring-error.js';
import { Body } from '../http/body/body.js';
import { Context } from '../http/context.js';
import { FetchExchange } from '../http/gateway/fetch-exchange.js';

/** What a method that is not a route is called as. */
export interface MethodSources {
  /** What it is, in capitals, where routes have their verb: `JOB`, `TOOL`. Plugins see it as `route.method`. */
  readonly kind: string;
  /** Its name, where routes have their rule: `mails.welcome`. Plugins see it as `route.rule`. */
  readonly name: string;
  /** An object that plugins read, as the route option `config`. */
  readonly config?: Record<string, unknown>;
  /** Whether the `around` of plugins stands around it too, guards included. Default: false, only `apply`. */
  readonly around?: boolean;
}

/** What one call of a bound method gets. */
export interface MethodInput {
  /** What `@Body()` is made of: a JSON value. */
  readonly body?: unknown;
  /** What `@Query()` is made of. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Values for parameters, by keyword or type. */
  readonly provide?: Iterable<readonly [string | Function, unknown]>;
  readonly signal?: AbortSignal;
}

/** A method that is wired like that of a route. */
export interface BoundMethod {
  readonly displayName: string;
  /** The plugins in effect, outermost first. */
  readonly plugins: readonly Plugin[];
  /** What is wrong with its wiring, for a plugin's `check`. */
  problems(): readonly WiringProblem[];
  /**
   * Calls the method, its parameters bound and validated, plugins around it.
   *
   * @returns what the method returns.
   * @throws what the method throws (rejects). HTTPError 422 for input that is not valid. WiringError when it is not wired.
   */
  call(input?: MethodInput): Promise<unknown>;
}

/**
 * Wires a controller's method that is not a route, as jobs and tools are: parameters, validation, plugins and `@Apply` work as they do
 * for routes. It is wired again when the app's plugins change.
 *
 * @param target The controller class, or an instance of it. A class that is mounted in the app is called on the mounted instance.
 * @param method The key of the method.
 * @throws TypeError for a class without decorators, or a method that has none.
 * @example
 * const welcome = bindMethod(app, Mails, 'welcome', { kind: 'JOB', name: 'mails.welcome' });
 * await welcome.call({ body: { to: 'ada@example.com' } });
 */
export function bindMethod(app: App, target: Function | object, method: PropertyKey, sources: MethodSources): BoundMethod {
  const Class = typeof target === 'function' ? target : target.constructor;
  const description = describeController(Class);
  const found = description.methods.find(({ key }) => key === method);
  if (found === undefined) {
    throw new TypeError(`${description.name} has no decorated method '${String(method)}'. Decorate it, or name another one.`);
  }
  const mounted = app.groups.find((group) => group.description.Class === Class);
  const instance = typeof target === 'function' ? (mounted?.instance ?? instantiate(app, target)) : target;
  const group = new Group(description, instance, normalPrefix(description.prefix), description.options.config);
  const { name, kind, config = {}, around = false } = sources;
  const route = new Route({
    app,
    rule: name,
    method: kind,
    name: undefined,
    endpoint: methodEndpoint(found, group),
    options: { config: { ...description.options.config, ...config } },
    places: [
      { apply: description.apply, skip: description.skip },
      { apply: found.apply, skip: found.skip },
    ],
  });
  let problems: readonly WiringProblem[] | undefined;
  const wire = (): readonly WiringProblem[] => {
    problems ??= wireRoute(route);
    return problems;
  };
  app.hook('appReset', () => {
    problems = undefined;
  });
  return {
    displayName: route.displayName,
    get plugins() {
      wire();
      return route.plugins;
    },
    problems: wire,
    async call(input = {}) {
      await app.ready();
      const found = wire();
      if (found.length > 0) throw new WiringError(found);
      const context = contextOf(app, input);
      context.enter(route, []);
      const callback = around ? route.run : route.callback;
      return callback?.(context);
    },
  };
}

/** A context without a client: what is returned goes to the caller. */
function contextOf(app: App, { body, query = {}, headers = {}, provide = [], signal }: MethodInput): Context {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = new globalThis.Request(`http://localhost/?${new URLSearchParams(query)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(signal !== undefined && { signal }),
    ...(text !== undefined && { body: text }),
  });
  const context = new Context(new FetchExchange(request), app);
  context.request.attachBody(new Body(Buffer.from(text ?? '')));
  for (const [key, value] of provide) context.provide(key, value);
  return context;
}
