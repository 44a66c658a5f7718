import { checkKnownOptions } from '../support/known-options.js';
import type { App } from '../app/wiring/app-core.js';
import { methodEndpoint } from '../app/wiring/endpoint.js';
import { Group, normalPrefix } from '../app/wiring/group.js';
import { instantiate } from '../app/wiring/instantiate.js';
import type { Plugin } from '../app/wiring/plugin.js';
import { Route } from '../app/wiring/route.js';
import { wireRoute } from '../app/wiring/route-wiring.js';
import { describeController } from '../controllers/decorators/controller-description.js';
import { WiringError, type WiringProblem } from '../controllers/binding/wiring-error.js';
import { Body } from '../http/body/body.js';
import { Context } from '../http/context.js';
import { FetchExchange } from '../http/gateway/fetch-exchange.js';

/** Options of `bindMethod`. */
export interface MethodSources {
  /** The kind of the method in capitals, such as `JOB` or `TOOL`. Plugins read it as `route.method`. */
  readonly kind: string;
  /** The name of the method, such as `mails.welcome`. Plugins read it as `route.rule`. */
  readonly name: string;
  /** An object that plugins read, as the route option `config`. */
  readonly config?: Record<string, unknown>;
  /** Whether the `around` of plugins wraps the method too, including guards. Default: false, only `apply`. */
  readonly around?: boolean;
}

/** The input of one call of a bound method. */
export interface MethodInput {
  /** The value that `@Body()` binds: a JSON value. */
  readonly body?: unknown;
  /** The values that `@Query()` binds. */
  readonly query?: Readonly<Record<string, string>>;
  /** The values that `@Header()` binds. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Values for parameters, by keyword or type. */
  readonly provide?: Iterable<readonly [string | Function, unknown]>;
  /** Aborts `request.signal`. */
  readonly signal?: AbortSignal;
}

/** A method that is wired like the method of a route. */
export interface BoundMethod {
  /** The name for messages: `Mails.welcome`. */
  readonly displayName: string;
  /** The plugins in effect, outermost first. */
  readonly plugins: readonly Plugin[];
  /** The problems of its wiring, for the `check` of a plugin. */
  problems(): readonly WiringProblem[];
  /**
   * Calls the method with bound and validated parameters, wrapped by plugins.
   *
   * @returns the result of the method.
   * @throws the error of the method (as a rejection). HTTPError 422 for invalid input. WiringError if the wiring has problems.
   */
  call(input?: MethodInput): Promise<unknown>;
}

/**
 * Wires a controller method that is not a route, such as a job or a tool. Parameters, validation, plugins and `@Apply` work as they do
 * for routes. The method is wired again when the app's plugins change.
 *
 * @param app the app whose plugins apply.
 * @param target the controller class, or an instance of it. If the class is mounted in the app, the mounted instance is used.
 * @param method the key of the method.
 * @param sources the kind and name of the method, and its options.
 * @throws TypeError for a class or a method without decorators, or an option that does not exist. WiringError if the class cannot be made.
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
  checkKnownOptions('bindMethod()', sources, ['kind', 'name', 'config', 'around']);
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
      const context = createContext(app, input);
      context.enter(route, []);
      const callback = around ? route.run : route.callback;
      return callback?.(context);
    },
  };
}

/** Creates a context without a client, because the caller gets the result. */
function createContext(app: App, { body, query = {}, headers = {}, provide = [], signal }: MethodInput): Context {
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
