import type { SkipReference } from '../../controllers/decorators/route-options.js';
import { isClass } from '../../support/value-kinds.js';
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
  if (typeof plugin === 'object' && plugin !== null && MEMBERS.some((member) => typeof plugin[member] === 'function'))
    return plugin;
  throw new TypeError(
    `A plugin is a function (next, route) => callback, or an object with one of the methods ${MEMBERS.join(', ')}.`,
  );
}

const MEMBERS = ['around', 'apply', 'setup', 'check', 'close'] as const;

/** Whether a plugin was given as a bare function. */
export function isBareFunction(plugin: Plugin): boolean {
  return bare.get(plugin.apply as PluginFunction) === plugin;
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
