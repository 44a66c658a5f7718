import type { SkipReference } from '../../controllers/decorators/route-options.js';
import { isClass } from '../../support/value-kinds.js';
import type { Plugin, PluginFunction, PluginLike } from './plugin.js';

/** The plugin object of each function, so that the same function always gives the same object. */
const functionPlugins = new WeakMap<PluginFunction, Plugin>();

/** Checks a plugin. Converts a function to an object. @throws TypeError */
export function asPlugin(plugin: PluginLike): Plugin {
  if (typeof plugin === 'function') {
    if (isClass(plugin)) {
      throw new TypeError(`${plugin.name} is a plugin class: install an instance, new ${plugin.name}(…).`);
    }
    let object = functionPlugins.get(plugin);
    if (object === undefined) {
      object = { name: plugin.name, apply: plugin };
      functionPlugins.set(plugin, object);
    }
    return object;
  }
  if (typeof plugin === 'object' && plugin !== null && METHODS.some((member) => typeof plugin[member] === 'function'))
    return plugin;
  throw new TypeError(
    `A plugin is a function (next, route) => callback, or an object with one of the methods ${METHODS.join(', ')}.`,
  );
}

const METHODS = ['around', 'apply', 'setup', 'check', 'close'] as const;

/** Whether a plugin was made from a bare function. */
export function isBareFunction(plugin: Plugin): boolean {
  return functionPlugins.get(plugin.apply as PluginFunction) === plugin;
}

/** Whether a selector matches this plugin. A bare function is selected by itself or by its name. */
export function selects(selector: SkipReference, plugin: Plugin): boolean {
  if (selector === true || selector === plugin || selector === plugin.apply) return true;
  if (typeof selector === 'string') return plugin.name === selector || plugin.constructor.name === selector;
  return typeof selector === 'function' && isClass(selector) && plugin instanceof selector;
}

/** The name of a plugin in messages. */
export function pluginName(plugin: Plugin): string {
  const type = plugin.constructor?.name;
  return type !== undefined && type !== 'Object' ? type : plugin.name || 'without a name';
}
