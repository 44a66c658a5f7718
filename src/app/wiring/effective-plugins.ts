import type { PluginPlace } from '../../controllers/decorators/route-options.js';
import { guardFacts } from './guard-facts.js';
import type { AppCore } from './app-core.js';
import type { Plugin, PluginLike, Provision } from './plugin.js';
import { asPlugin, isBareFunction, selects } from './plugin-list.js';

/**
 * The plugins of a target: those that are installed, then for each place, outermost first, without those that it skips and with those
 * that it applies. What a place applies, no `skip` of the same place or of one around it leaves out.
 */
export function pluginsAt(app: AppCore, places: readonly PluginPlace[]): Plugin[] {
  let plugins = [...app.plugins];
  for (const { apply, skip } of places) {
    plugins = plugins.filter((plugin) => !skip.some((selector) => selects(selector, plugin)));
    plugins.push(...apply.map((plugin) => app.adopt(asPlugin(plugin as PluginLike))));
  }
  return withoutReplaced(plugins);
}

/**
 * Without those that a later plugin of the same name replaces. Guards replace nothing, and neither do bare functions: what a factory
 * made has the name that it was written with, and nobody has said that there can be but one. The same instance stands once.
 */
function withoutReplaced(plugins: readonly Plugin[]): Plugin[] {
  const kept: Plugin[] = [];
  for (const plugin of plugins) {
    if (kept.includes(plugin)) {
      if (guardFacts(plugin) !== undefined) continue;
      kept.splice(kept.indexOf(plugin), 1);
    }
    const replaced = kept.findIndex((other) => replaces(plugin, other));
    if (replaced !== -1) kept.splice(replaced, 1);
    kept.push(plugin);
  }
  return kept;
}

/** Whether a plugin takes the place of another that stands before it. */
export function replaces(plugin: Plugin, other: Plugin): boolean {
  if (!plugin.name || plugin.name !== other.name) return false;
  return ![plugin, other].some((one) => isBareFunction(one) || guardFacts(one) !== undefined);
}

/** Whether two plugins of one name are of the same kind: instances of one class, or made by one factory function. */
export function isSameKind(plugin: Plugin, other: Plugin): boolean {
  if (plugin.constructor !== other.constructor) return false;
  if (plugin.constructor !== Object) return true;
  // What one factory makes has members that were written in one place.
  const members = ['setup', 'around', 'apply', 'close', 'read', 'check'] as const;
  return members.every((member) => String(plugin[member]) === String(other[member]));
}

/** In the order in which `around` nests: guards inside all others. */
export function inAroundOrder(plugins: readonly Plugin[]): Plugin[] {
  const isGuard = (plugin: Plugin): boolean => guardFacts(plugin) !== undefined;
  return [...plugins.filter((plugin) => !isGuard(plugin)), ...plugins.filter(isGuard)];
}

/** What a plugin provides, as a list. */
export function provisionsOf({ provides }: Plugin): readonly Provision[] {
  return provides === undefined ? [] : ([provides].flat() as readonly Provision[]);
}

/** The plugin that provides a value for reading outside of routes: of several, the last. */
export function readerOf(plugins: readonly Plugin[], key: string | Function): Plugin | undefined {
  return plugins.findLast((plugin) => plugin.read !== undefined && keysOf(plugin).includes(key));
}

/** The keys under which parameters and other plugins find what a plugin provides. */
export function keysOf(plugin: Plugin): (string | Function)[] {
  return provisionsOf(plugin).flatMap(({ keyword, type }) => [keyword, type].filter((key) => key !== undefined));
}
