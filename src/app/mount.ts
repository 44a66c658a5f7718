import type { Callback, Context } from '../controllers/context.js';
import { describeController, type MethodDescription, type RouteOptions } from '../controllers/description.js';
import type { PluginReference, SkipReference } from '../controllers/options.js';
import { StaticFile } from '../http/static.js';
import { isStreamed, isThenable } from '../http/streams.js';
import type { Bottle } from './bottle.js';
import { Group, joinRule, normalPrefix } from './group.js';
import { type Endpoint, Route } from './route.js';
import { travel } from './road.js';

/** Adds a controller's routes to an app, which then owns them. */
export function mountController(app: Bottle, prefix: string, Class: Function, instance: object, options: RouteOptions): Group {
  const description = describeController(Class);
  const config = { ...options.config, ...description.options.config };
  const group = new Group(description, instance, normalPrefix(joinRule(prefix, description.prefix)), config);
  for (const method of description.methods) {
    const endpoint = methodEndpoint(method, group);
    for (const mark of method.routes) {
      const merged = mergeOptions(options, description.options, mark.options);
      const apply = [
        ...list(options.apply),
        ...list(description.options.apply),
        ...description.apply,
        ...list(mark.options.apply),
        ...method.apply,
      ];
      const skip = [
        ...list(options.skip),
        ...list(description.options.skip),
        ...description.skip,
        ...list(mark.options.skip),
        ...method.skip,
      ];
      for (const rule of mark.rules) {
        const whole = joinRule(joinRule(prefix, description.prefix), rule);
        for (const verb of mark.methods) {
          app.addRoute(new Route({ app, rule: whole, method: verb, name: merged.name, endpoint, options: merged, apply, skip }));
        }
      }
    }
  }
  return group;
}

/** What a controller's method is called as. */
export function methodEndpoint(method: MethodDescription, group: Group): Endpoint {
  const target = group.instance as Record<PropertyKey, unknown>;
  const own = target[method.key];
  return {
    fn: typeof own === 'function' ? own : method.fn,
    target,
    parameters: method.parameters,
    isFunction: false,
    displayName: method.name,
    isAsync: method.isAsync,
    group,
    view: method.view,
    status: method.status,
    headers: method.headers,
    returnType: method.returnType,
    extras: method.extras,
  };
}

/** A route's own options over its controller's over its mount's; `config` is merged key by key, a name is not inherited. */
function mergeOptions(mount: RouteOptions, controller: RouteOptions, own: RouteOptions): RouteOptions {
  return { ...mount, ...controller, ...own, name: own.name, config: { ...mount.config, ...controller.config, ...own.config } };
}

export function list<T extends PluginReference | SkipReference>(given: T | readonly T[] | undefined): T[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? [...given] : [given as T];
}

/**
 * Leads everything below a prefix to another app, which keeps its own plugins, handlers, hooks and configuration. The mount point
 * is tried before all routes, as in Bottle, and takes no plugins of the outer app unless told to.
 */
export function mountApp(app: Bottle, prefix: string, mounted: Bottle, options: RouteOptions): void {
  if (mounted === app || reaches(mounted, app)) {
    throw new TypeError(`An app cannot be mounted below itself, as ${mounted} at '${prefix}' would be: make another app for it.`);
  }
  // Where it says nothing itself, a mounted app has the configuration of the mount, and that of the app around it. The first mount
  // of several has the word, for plugins read the configuration once.
  if (!mounted.isMounted) mounted.config.overlayOn(app.config.overlay(options.config));
  const base = normalPrefix(prefix);
  const depth = depthOf(base);
  mountCallback(
    app,
    base,
    { skip: true, ...options },
    `mount of ${mounted}`,
    (context) => enter(app, mounted, depth, context),
    mounted,
  );
}

/** How many segments of a path a mount point takes. */
export function depthOf(base: string): number {
  return base === '' ? 0 : base.split('/').length - 1;
}

/** Adds a catch-all route for a prefix and everything below it. */
export function mountCallback(
  app: Bottle,
  base: string,
  options: RouteOptions,
  displayName: string,
  callback: Callback,
  mounted?: Bottle,
): void {
  const endpoint: Endpoint = {
    fn: (_args: object, context: Context) => callback(context),
    target: undefined,
    parameters: [],
    isFunction: true,
    displayName,
    isAsync: false,
    group: undefined,
    view: undefined,
    status: undefined,
    headers: [],
    returnType: undefined,
    extras: new Map(),
  };
  const rules = base === '' ? ['/<:re:.*>'] : [base, `${base}/<:re:.*>`];
  for (const rule of rules) {
    const init = { app, rule, method: 'PROXY', name: options.name, endpoint, options: { ...options, stream: true } };
    app.addRoute(new Route({ ...init, apply: list(options.apply), skip: list(options.skip), mounted }));
  }
}

/** Lets the mounted app answer. */
function enter(outer: Bottle, inner: Bottle, depth: number, context: Context): unknown {
  const { route, values } = context;
  const below: Below = {
    arrive() {
      context.app = inner;
      context.pushApp(outer, depth);
    },
    run: () => travel(inner, context),
    leave() {
      context.app = outer;
      context.popApp();
    },
    // What could not be answered inside is an error of the mount point.
    fail: () => context.enter(route, values),
  };
  return passBelow(depth, below, context);
}

function reaches(from: Bottle, app: Bottle): boolean {
  return from.mounted.some((mounted) => mounted === app || reaches(mounted, app));
}

/** What is done below a mount point. */
interface Below {
  arrive?(): void;
  run(): unknown;
  leave?(): void;
  fail?(): void;
}

/**
 * Runs something with so many segments of the path moved into `scriptName`, and moves them back for the hooks and plugins outside.
 * A streamed body is produced after these, and a file looked for: for that, the request goes below once more.
 */
export function passBelow(depth: number, below: Below, context: Context): unknown {
  const { request } = context;
  const arrive = (): void => {
    request.pathShift(depth);
    below.arrive?.();
  };
  const leave = (): void => {
    below.leave?.();
    request.pathShift(-depth);
  };
  const leaveWith = (result: unknown): unknown => {
    leave();
    if (isStreamed(result) || result instanceof StaticFile) {
      const further = context.beforeCast;
      context.beforeCast = () => {
        arrive();
        further?.();
      };
    }
    return result;
  };
  const leaveFailed = (error: unknown): never => {
    leave();
    below.fail?.();
    throw error;
  };
  arrive();
  let result: unknown;
  try {
    result = below.run();
  } catch (error) {
    return leaveFailed(error);
  }
  return isThenable(result) ? Promise.resolve(result).then(leaveWith, leaveFailed) : leaveWith(result);
}
