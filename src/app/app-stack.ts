import { Bottle } from './bottle.js';
import type { RunningServer, RunOptions } from './run.js';

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

/** A method of whichever app is on top of the stack when it is called. */
function ofDefaultApp<K extends keyof Bottle>(name: K): Bottle[K] {
  return ((...given: unknown[]) => {
    const top = defaultApp();
    return (top[name] as (...given: unknown[]) => unknown).apply(top, given);
  }) as Bottle[K];
}

/** {@link Bottle.route} of the default app, as the functions below are of its other methods: Bottle's module-level functions. */
export const route: Bottle['route'] = ofDefaultApp('route');
/** Adds a route for `GET` to the default app. */
export const get: Bottle['get'] = ofDefaultApp('get');
/** Adds a route for `POST` to the default app. */
export const post: Bottle['post'] = ofDefaultApp('post');
/** Adds a route for `PUT` to the default app. */
export const put: Bottle['put'] = ofDefaultApp('put');
/** Adds a route for `PATCH` to the default app. */
export const patch: Bottle['patch'] = ofDefaultApp('patch');
/** Adds a route for `DELETE` to the default app; `delete` is a word of the language. */
export const del: Bottle['delete'] = ofDefaultApp('delete');
/** Registers a handler for errors with the default app: see {@link Bottle.error}. */
export const error: Bottle['error'] = ofDefaultApp('error');
/** Registers a hook with the default app: see {@link Bottle.hook}. */
export const hook: Bottle['hook'] = ofDefaultApp('hook');
/** Mounts a controller, an app or a handler in the default app: see {@link Bottle.mount}. */
export const mount: Bottle['mount'] = ofDefaultApp('mount');
/** Installs a plugin in the default app, and gives it back: see {@link Bottle.install}. */
export const install: Bottle['install'] = ofDefaultApp('install');
/** Uninstalls plugins from the default app, and gives those that it removed: see {@link Bottle.uninstall}. */
export const uninstall: Bottle['uninstall'] = ofDefaultApp('uninstall');
/** Builds the URL of a named route of the default app: see {@link Bottle.url}. */
export const url: Bottle['url'] = ofDefaultApp('url');

/** Serves an app, the default one unless `options.app` is another. */
export function run(options: RunOptions & { app?: Bottle } = {}): Promise<RunningServer> {
  const { app = defaultApp(), ...rest } = options;
  return app.run(rest);
}
