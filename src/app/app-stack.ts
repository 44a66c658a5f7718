import { Bottle } from './bottle.js';
import type { RunningServer, RunOptions } from './run.js';

/** A stack of apps. A call returns the top app. */
export interface AppStack {
  (): Bottle;
  /** Pushes an app (a new one by default) and returns it. */
  push(app?: Bottle): Bottle;
  /** Removes the top app and returns it. The stack is never empty: a new app replaces the last one. */
  pop(): Bottle;
}

/**
 * Creates a stack of apps, as Bottle's `AppStack`.
 *
 * @example
 * const stack = new AppStack();
 * stack.push(); // new routes are added to a separate app …
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
    // biome-ignore lint/correctness/noConstructorReturn: a stack is callable, which an instance of a class is not
    return Object.setPrototypeOf(stack, new.target.prototype) as never;
  }
} as never;
Object.setPrototypeOf(AppStack.prototype, Function.prototype);

/** The stack of default apps. The module-level functions use its top app. */
export const defaultApp: AppStack = new AppStack();
export { defaultApp as app };

/** A function that calls a method of the current top app. */
function delegate<K extends keyof Bottle>(name: K): Bottle[K] {
  return ((...given: unknown[]) => {
    const top = defaultApp();
    return (top[name] as (...given: unknown[]) => unknown).apply(top, given);
  }) as Bottle[K];
}

/** Adds a route to the default app: see {@link Bottle.route}. */
export const route: Bottle['route'] = delegate('route');
/** Adds a route for `GET` to the default app. */
export const get: Bottle['get'] = delegate('get');
/** Adds a route for `POST` to the default app. */
export const post: Bottle['post'] = delegate('post');
/** Adds a route for `PUT` to the default app. */
export const put: Bottle['put'] = delegate('put');
/** Adds a route for `PATCH` to the default app. */
export const patch: Bottle['patch'] = delegate('patch');
/** Adds a route for `DELETE` to the default app. Its name is `del`, because `delete` is a keyword. */
export const del: Bottle['delete'] = delegate('delete');
/** Registers a handler for errors with the default app: see {@link Bottle.error}. */
export const error: Bottle['error'] = delegate('error');
/** Registers a hook with the default app: see {@link Bottle.hook}. */
export const hook: Bottle['hook'] = delegate('hook');
/** Mounts a controller, an app or a handler in the default app: see {@link Bottle.mount}. */
export const mount: Bottle['mount'] = delegate('mount');
/** Installs a plugin in the default app and returns it: see {@link Bottle.install}. */
export const install: Bottle['install'] = delegate('install');
/** Uninstalls plugins from the default app and returns the removed ones: see {@link Bottle.uninstall}. */
export const uninstall: Bottle['uninstall'] = delegate('uninstall');
/** Builds the URL of a named route of the default app: see {@link Bottle.url}. */
export const url: Bottle['url'] = delegate('url');

/** Serves `options.app`, or the default app. */
export function run(options: RunOptions & { app?: Bottle } = {}): Promise<RunningServer> {
  const { app = defaultApp(), ...rest } = options;
  return app.run(rest);
}
