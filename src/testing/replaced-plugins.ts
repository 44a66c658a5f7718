import { AsyncLocalStorage } from 'node:async_hooks';
import type { App, AppCore } from '../app/wiring/app-core.js';
import { keysOf, provisionsOf } from '../app/wiring/effective-plugins.js';
import { asPlugin } from '../app/wiring/plugin-list.js';
import type { Callback, Plugin, PluginLike, RouteInfo, Target } from '../app/wiring/plugin.js';
import type { Parameter } from '../controllers/decorators/controller-description.js';
import { asksFor, entriesOf, isInstance, isPluginFor, keywordOf, unusedValue, type Values } from './given-values.js';

/** The app whose plugins a client replaces: a `Bottle`. */
export type ReplaceableApp = AppCore & { reset(): void; install(plugin: Plugin): unknown };

/** What takes the place of a plugin: values by the key under which they are provided, or another plugin. */
type Replacement = { readonly values: Map<string | Function, unknown> } | { readonly plugin: Plugin };

/** The replacements of the client whose request is running. Several clients may use one app, each with its own values. */
const running = new AsyncLocalStorage<ReadonlyMap<Plugin, Replacement>>();

const replaceable = new WeakSet<Plugin>();

/**
 * Replaces plugins of an app by values, for the requests of one client.
 *
 * @returns a function that runs a request with the values, and a promise of the set-up of plugins among them.
 * @throws TypeError for a value that nothing in the app provides or asks for.
 */
export function replacePlugins(app: ReplaceableApp, values: Values): { run<R>(call: () => R): R; ready: Promise<unknown> } {
  const apps = [...allApps(app)];
  const found = new Map<Plugin, Replacement>();
  for (const [key, value] of entriesOf(values, 'TestClient')) {
    const provided = [...new Set(apps.flatMap(pluginsOf))].flatMap((plugin) =>
      matchingKeys(plugin, key, value).map((own) => ({ plugin, own })),
    );
    const asking = provided.length > 0 ? [] : apps.filter((one) => parametersOf(one).some((each) => asksFor(each, key, value)));
    const targets = [...provided, ...asking.map((one) => ({ plugin: installProvider(one, key), own: key }))];
    if (targets.length === 0) throw unusedValue(key, apps.flatMap(knownKeys), 'TestClient', 'the app');
    for (const { plugin, own } of targets) found.set(plugin, replacementOf(found.get(plugin), own, value));
  }
  for (const plugin of found.keys()) makeReplaceable(plugin);
  const given = new Set([...found.values()].flatMap((one) => ('plugin' in one ? one.plugin : [])));
  const ready = Promise.all([...given].map((plugin) => plugin.setup?.(app as App)));
  // A request reports the error. Without one, it is not an unhandled rejection.
  ready.catch(() => undefined);
  for (const one of apps) one.reset();
  return { run: (call) => running.run(found, call), ready };
}

function replacementOf(earlier: Replacement | undefined, key: string | Function, value: unknown): Replacement {
  if (isPluginFor(key, value)) return { plugin: value };
  const values = earlier !== undefined && 'values' in earlier ? earlier.values : new Map<string | Function, unknown>();
  return { values: values.set(key, value) };
}

/** The app, and the apps that are mounted in it or merged into it. */
function* allApps(app: ReplaceableApp, visited = new Set<AppCore>()): Generator<ReplaceableApp> {
  if (visited.has(app)) return;
  visited.add(app);
  yield app;
  for (const other of [...app.mounted, ...app.routes.map((route) => route.app)]) {
    yield* allApps(other as ReplaceableApp, visited);
  }
}

/** The plugins that an app has installed, and those that its routes and error handlers apply. */
function pluginsOf(app: AppCore): Plugin[] {
  const places = app.routes.flatMap((route) => route.places);
  const methods = app.groups.flatMap((group) => group.description.methods);
  const applied = [...places, ...methods].flatMap(({ apply }) => apply);
  return [...app.plugins, ...applied.map((plugin) => asPlugin(plugin as PluginLike))];
}

function parametersOf(app: AppCore): Parameter[] {
  const methods = app.groups.flatMap((group) => group.description.methods);
  return [...app.routes, ...methods].flatMap(({ parameters }) => [...parameters]);
}

/** The keys under which a plugin provides what a value is given for. A value has the key of a type by being its instance. */
function matchingKeys(plugin: Plugin, key: string | Function, value: unknown): (string | Function)[] {
  return provisionsOf(plugin).flatMap(({ keyword, type }) => {
    const isInstanceOnly = keyword === undefined && type !== undefined && isInstance(value, type);
    const own = keyword ?? type;
    return own !== undefined && (keyword === key || type === key || isInstanceOnly) ? [own] : [];
  });
}

function knownKeys(app: AppCore): (string | Function)[] {
  const names = parametersOf(app).flatMap((parameter) => [keywordOf(parameter) ?? [], parameter.patternNames ?? []].flat());
  return [...pluginsOf(app).flatMap(keysOf), ...names];
}

/** Provides a value that parameters with a default ask for. Without a replacement, it provides nothing. */
class OptionalValue implements Plugin {
  readonly provides: { keyword?: string; type?: Function };

  constructor(key: string | Function) {
    this.provides = typeof key === 'string' ? { keyword: key } : { type: key };
  }

  around(next: Callback): Callback {
    // A callback of its own, because a plugin that returns `next` has no effect.
    return (context) => next(context);
  }
}

function installProvider(app: ReplaceableApp, key: string | Function): Plugin {
  const plugin = new OptionalValue(key);
  app.install(plugin);
  return plugin;
}

/**
 * Lets the requests of a client replace a plugin. The plugin object itself gets other methods, so that its place, its name and its
 * guard marks stay. Other requests run the methods that it had.
 */
function makeReplaceable(plugin: Plugin): void {
  if (replaceable.has(plugin)) return;
  replaceable.add(plugin);
  const { around, apply, read } = plugin;
  if (around !== undefined) {
    plugin.around = (next, target) => {
      const own = around.call(plugin, next, target);
      return own === next ? next : switched(plugin, own, next, target);
    };
  }
  if (apply !== undefined) {
    plugin.apply = (next, route) => {
      const own = apply.call(plugin, next, route);
      if (own === next) return next;
      // A replacement acts once, in the outer place.
      return switched(plugin, own, next, around === undefined ? { kind: 'route', route, app: route.app } : undefined);
    };
  }
  if (read !== undefined) {
    plugin.read = (use) => {
      const replacement = running.getStore()?.get(plugin);
      if (replacement === undefined) return read.call(plugin, use);
      if ('values' in replacement) return use([...replacement.values.values()][0]);
      return replacement.plugin.read?.(use);
    };
  }
}

/**
 * Calls the plugin's callback, or what replaces the plugin in the current request.
 *
 * @param target where the replacement acts; `undefined` where it has acted before.
 */
function switched(plugin: Plugin, own: Callback, next: Callback, target: Target | undefined): Callback {
  const compiled = new Map<Plugin, Callback>();
  return (context) => {
    const replacement = running.getStore()?.get(plugin);
    if (replacement === undefined) return own(context);
    if (target === undefined) return next(context);
    if ('values' in replacement) {
      for (const [key, value] of replacement.values) context.provide(key, value);
      return next(context);
    }
    let callback = compiled.get(replacement.plugin);
    if (callback === undefined) {
      callback = wrap(replacement.plugin, plugin, next, target);
      compiled.set(replacement.plugin, callback);
    }
    return callback(context);
  };
}

/** Wraps a callback in a plugin, in the place of another one. */
function wrap(plugin: Plugin, replaced: Plugin, next: Callback, target: Target): Callback {
  let callback = next;
  if (target.route !== undefined) {
    const route = inPlaceOf(target.route, plugin, replaced);
    callback = plugin.apply?.(callback, route) ?? callback;
    return plugin.around?.(callback, { ...target, route }) ?? callback;
  }
  return plugin.around?.(callback, target) ?? callback;
}

/** The route, as a plugin sees it that takes the place of another one. */
function inPlaceOf(route: RouteInfo, plugin: Plugin, replaced: Plugin): RouteInfo {
  const { rule, method, name, config, app, mounted, controller, displayName, isAsync, parameters, plugins, fn } = route;
  const wants = (other: Plugin): boolean => route.wants(other === plugin ? replaced : other);
  return { rule, method, name, config, app, mounted, controller, displayName, isAsync, parameters, plugins, fn, wants };
}
