import type { HTTPError } from '../http/http-error.js';
import { Bottle, type ErrorClass, type ErrorHandler, type MountTarget } from './bottle.js';
import type { Handler, RouteArguments, RouteMethod } from './wiring/function-route.js';
import type { HookName, HookOf } from './wiring/hook-list.js';
import type { Plugin, PluginFunction, PluginLike, PluginSelector } from './wiring/plugin.js';
import type { RunningServer, RunOptions } from './run.js';
import type { RouteOptions } from '../controllers/decorators/controller-description.js';

/** A stack of apps. Called, it gives the one on top. */
export interface AppStack {
  (): Bottle;
  /** Puts an app (a new one by default) on top, and gives it. */
  push(app?: Bottle): Bottle;
  /** Takes the top app off, and gives it. The stack is never empty: where it would be, a new app comes. */
  pop(): Bottle;
}

/**
 * Makes a stack of apps, as Bottle's `AppStack`.
 *
 * @example
 * const stack = new AppStack();
 * stack.push(); // routes go to an app of their own …
 * const admin = stack.pop(); // … which can be mounted elsewhere
 */
export const AppStack: new () => AppStack = class {
  constructor() {
    const apps: Bottle[] = [];
    const top = (): Bottle => {
      if (apps.length === 0) apps.push(new Bottle());
      return apps.at(-1) as Bottle;
    };
    const stack = Object.assign(() => top(), {
      push: (app: Bottle = new Bottle()): Bottle => {
        top();
        apps.push(app);
        return app;
      },
      pop: (): Bottle => {
        top();
        return apps.pop() as Bottle;
      },
    });
    // biome-ignore lint/correctness/noConstructorReturn: a stack is a function, which no class can be
    return Object.setPrototypeOf(stack, new.target.prototype) as never;
  }
} as never;
Object.setPrototypeOf(AppStack.prototype, Function.prototype);

/** The app that the module-level functions act on, on top of its stack. */
export const defaultApp: AppStack = new AppStack();
export { defaultApp as app };

/** {@link Bottle.route} of the default app, as the functions below are of its other methods: Bottle's module-level functions. */
export function route<const R extends string>(rule: R | readonly R[], handler: Handler<R>, options?: RouteOptions): Bottle;
export function route<const R extends string>(rule: R | readonly R[], options: RouteOptions, handler: Handler<R>): Bottle;
export function route(rule: string | readonly string[], ...rest: RouteArguments): Bottle {
  return (defaultApp().route as (...given: unknown[]) => Bottle).call(defaultApp(), rule, ...rest);
}

const verb =
  (name: 'get' | 'post' | 'put' | 'patch' | 'delete'): RouteMethod =>
  (rule: string | readonly string[], ...rest: RouteArguments) =>
    (defaultApp()[name] as (rule: unknown, ...rest: unknown[]) => Bottle)(rule, ...rest);

/** Adds a route for `GET` to the default app. */
export const get: RouteMethod = verb('get');
/** Adds a route for `POST` to the default app. */
export const post: RouteMethod = verb('post');
/** Adds a route for `PUT` to the default app. */
export const put: RouteMethod = verb('put');
/** Adds a route for `PATCH` to the default app. */
export const patch: RouteMethod = verb('patch');
/** Adds a route for `DELETE` to the default app; `delete` is a word of the language. */
export const del: RouteMethod = verb('delete');

/** Registers a handler for errors with the default app: see {@link Bottle.error}. */
export function error(what: number | readonly number[], handler: ErrorHandler<HTTPError>): Bottle;
export function error<E>(what: ErrorClass<E> | readonly ErrorClass<E>[], handler: ErrorHandler<E>): Bottle;
export function error(what: number | Function | readonly (number | Function)[], handler: ErrorHandler): Bottle;
export function error(handler: ErrorHandler<HTTPError>): Bottle;
export function error(...given: unknown[]): Bottle {
  return (defaultApp().error as (...given: unknown[]) => Bottle).apply(defaultApp(), given);
}

/** Registers a hook with the default app: see {@link Bottle.hook}. */
export function hook<N extends HookName>(name: N, listener: HookOf<N>): Bottle {
  return defaultApp().hook(name, listener);
}

/** Mounts a controller, an app or a handler in the default app: see {@link Bottle.mount}. */
export function mount(prefix: string, target: MountTarget, options?: RouteOptions): Bottle;
export function mount(target: MountTarget, options?: RouteOptions): Bottle;
export function mount(...given: unknown[]): Bottle {
  return (defaultApp().mount as (...given: unknown[]) => Bottle).apply(defaultApp(), given);
}

/** Installs a plugin in the default app, and gives it back: see {@link Bottle.install}. */
export function install<P extends PluginFunction>(plugin: P): P;
export function install<P extends Plugin>(plugin: P): P;
export function install<P extends PluginLike>(plugin: P): P;
export function install<P extends PluginLike>(plugin: P): P {
  return defaultApp().install(plugin);
}

/** Uninstalls plugins from the default app, and gives those that it removed: see {@link Bottle.uninstall}. */
export function uninstall(selector: PluginSelector): Plugin[] {
  return defaultApp().uninstall(selector);
}

/** Builds the URL of a named route of the default app: see {@link Bottle.url}. */
export function url(name: string, params?: Readonly<Record<string, unknown>>, ...anonymous: unknown[]): string {
  return defaultApp().url(name, params, ...anonymous);
}

/** Serves an app, the default one unless `options.app` is another. */
export function run(options: RunOptions & { app?: Bottle } = {}): Promise<RunningServer> {
  const { app = defaultApp(), ...rest } = options;
  return app.run(rest);
}
