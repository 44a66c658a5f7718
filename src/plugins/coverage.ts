import type { Bottle } from '../app/bottle.js';
import type { Callback, Context, Plugin, RouteInfo } from '../app/plugin.js';
import { selects } from '../app/plugin-list.js';
import type { Route } from '../app/route.js';
import { isThenable } from '../http/streams.js';

/** The route that a path leads to, hooks and mounts aside; `undefined` without any, or for a path that cannot be read. */
export function routeAt(app: Bottle, method: string, path: string): Route | undefined {
  try {
    return app.router.match(method, path)?.target;
  } catch {
    // The road itself says what is wrong with the path.
    return undefined;
  }
}

/**
 * Whether a plugin concerns what an app answers on a route. Installed, it concerns everything: paths that no route takes, and
 * mounted apps; except routes and mounts that skip it, or have another plugin of its name. Otherwise, only the routes that
 * apply it.
 */
export function concerns(plugin: Plugin, app: Bottle, route: Route | undefined): boolean {
  const isInstalled = app.plugins.includes(plugin);
  if (route === undefined) return isInstalled;
  if (route.app === app && !isMount(route)) return route.plugins.includes(plugin);
  if (route.plugins.includes(plugin)) return true;
  // A mount skips all of the outer app's plugins unless told otherwise: this one has to be named.
  return isInstalled && !route.skip.some((selector) => selector !== true && selects(selector, plugin));
}

function isMount(route: Route): boolean {
  return route.mounted !== undefined;
}

/**
 * A plugin that has a word on every request that it concerns, before anything else is done about it, so that it also reaches
 * errors, and bodies that are refused.
 *
 * @param begin may throw an answer, or wait.
 */
export function everyRequest(name: string, begin: Callback, more: Partial<Plugin> = {}): Plugin {
  const hooked = new WeakSet<Bottle>();
  const plugin: Plugin = {
    name,
    api: 2,
    ...more,
    // Called again when a plugin that routes have brought along is installed, or installed anew.
    setup(app) {
      if (hooked.has(app)) return;
      hooked.add(app);
      more.setup?.(app);
      app.hook('beforeRequest', (context) => {
        const { request } = context;
        if (concerns(plugin, app, routeAt(app, request.method, request.rawPath))) return begin(context);
      });
    },
    apply(callback: Callback, route: RouteInfo): Callback {
      const inner = more.apply?.(callback, route) ?? callback;
      // The hooks of an app do not run for the routes of it that are merged into another.
      return (context) => (context.app === route.app ? inner(context) : after(begin(context), inner, context));
    },
  };
  return plugin;
}

/**
 * A plugin that lets a request through to what it guards, or throws. Installed, it also guards the apps that are mounted.
 */
export function guard(name: string, check: Callback, more: Partial<Plugin> = {}): Plugin {
  const hooked = new WeakSet<Bottle>();
  const plugin: Plugin = {
    name,
    api: 2,
    ...more,
    setup(app) {
      if (hooked.has(app)) return;
      hooked.add(app);
      app.hook('beforeRequest', (context) => {
        // Looked up here, as mounts skip all plugins; everything else is guarded right before it runs.
        if (app.mounted.length === 0 || !app.plugins.includes(plugin)) return;
        const { request } = context;
        const route = routeAt(app, request.method, request.rawPath);
        if (route !== undefined && isMount(route) && !route.plugins.includes(plugin) && concerns(plugin, app, route)) {
          return check(context);
        }
      });
    },
    apply: (callback) => (context) => after(check(context), callback, context),
  };
  return plugin;
}

/** Goes on once something is done, at once if it is. */
function after(done: unknown, callback: Callback, context: Context): unknown {
  return isThenable(done) ? done.then(() => callback(context)) : callback(context);
}
