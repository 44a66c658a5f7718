import type { Provider } from '../controllers/scope.js';
import type { SkipReference } from '../controllers/options.js';
import type { Plugin, PluginFunction, PluginLike } from './plugin.js';

/** The object for each function: the same one, however often the function is named. */
const bare = new WeakMap<PluginFunction, Plugin>();

/** Checks what is to be installed, and gives it the form of an object. */
export function asPlugin(plugin: PluginLike): Plugin {
  if (typeof plugin === 'function') {
    if (isClass(plugin)) {
      throw new TypeError(`${plugin.name} is a plugin class: install an instance, new ${plugin.name}(…).`);
    }
    let object = bare.get(plugin);
    if (object === undefined) {
      object = { name: plugin.name, apply: plugin };
      bare.set(plugin, object);
    }
    return object;
  }
  if (
    typeof plugin === 'object' &&
    plugin !== null &&
    [plugin.apply, plugin.setup, plugin.close].some((member) => typeof member === 'function')
  ) {
    const { api = 2 }: { api?: unknown } = plugin;
    if (api === 2) return plugin;
    throw new TypeError(
      `The plugin ${pluginName(plugin)} is written for version ${String(api)} of the plugin interface; this is version 2: write apply(callback, route), and api = 2.`,
    );
  }
  throw new TypeError('A plugin is a function (callback, route) => callback, or an object with a method apply, setup or close.');
}

function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** Whether a selector names this plugin. A bare function is named by itself or by its name. */
export function selects(selector: SkipReference, plugin: Plugin): boolean {
  if (selector === true || selector === plugin || selector === plugin.apply) return true;
  if (typeof selector === 'string') return plugin.name === selector || plugin.constructor.name === selector;
  return typeof selector === 'function' && isClass(selector) && plugin instanceof selector;
}

/** What to call a plugin in messages. */
export function pluginName(plugin: Plugin): string {
  const type = plugin.constructor?.name;
  return type !== undefined && type !== 'Object' ? type : plugin.name || 'without a name';
}

/** What a list of plugins offers to parameters. Of two with the same keyword, the later is inner, so it counts. */
export function providersOf(plugins: readonly Plugin[]): Provider[] {
  const providers = new Map<string | Function, Provider>();
  for (const plugin of plugins) {
    const { keyword, type } = plugin.provides ?? {};
    const key = keyword ?? type;
    if (key !== undefined) providers.set(key, { plugin, name: pluginName(plugin), keyword: key, type });
  }
  return [...providers.values()];
}

/**
 * Without those that a later plugin of the same name replaces. A bare function replaces only itself: what a factory made has the
 * name that it was written with, and nobody has said that there can be but one (as in Bottle, where functions have no `name`).
 */
export function withoutReplaced(plugins: readonly Plugin[]): Plugin[] {
  const isBare = (plugin: Plugin): boolean => bare.get(plugin.apply as PluginFunction) === plugin;
  const identities = plugins.map((plugin) => (isBare(plugin) || !plugin.name ? plugin : plugin.name));
  return plugins.filter((_, i) => identities.lastIndexOf(identities[i] as Plugin | string) === i);
}
