import type { PluginPlace } from '../../controllers/decorators/route-options.js';
import { guardFacts } from './guard-facts.js';
import type { AppCore } from './app-core.js';
import type { Plugin, PluginLike, Provision } from './plugin.js';
import { asPlugin, isBareFunction, selects } from './plugin-list.js';

/**
 * The plugins of a target: starts with the installed ones, then for each place, outermost first, removes those that it skips and
 * adds those that it applies. So `skip` does not affect plugins of the same place or of inner ones.
 */
export function pluginsAt(app: AppCore, places: readonly PluginPlace[]): Plugin[] {
  let plugins = [...app.plugins];
  for (const { apply, skip } of places) {
    plugins = plugins.filter((plugin) => !skip.some((selector) => selects(selector, plugin)));
    plugins.push(...apply.map((plugin) => app.setupOnce(asPlugin(plugin as PluginLike))));
  }
  return withoutReplaced(plugins);
}

/**
 * Removes plugins that a later one of the same name replaces. Guards and bare functions never replace each other: all functions of
 * one factory have the same name, and several may be intended. The same instance occurs once.
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

/** Whether a plugin replaces an earlier one. */
export function replaces(plugin: Plugin, other: Plugin): boolean {
  if (!plugin.name || plugin.name !== other.name) return false;
  return ![plugin, other].some((one) => isBareFunction(one) || guardFacts(one) !== undefined);
}

/** Whether two plugins of one name are of the same kind: instances of one class, or made by one factory function. */
export function isSameKind(plugin: Plugin, other: Plugin): boolean {
  if (plugin.constructor !== other.constructor) return false;
  if (plugin.constructor !== Object) return true;
  // Plugins of one factory function have the same source code.
  const members = ['setup', 'around', 'apply', 'close', 'read', 'check'] as const;
  return members.every((member) => String(plugin[member]) === String(other[member]));
}

/** Sorts plugins by the nesting of `around`, outermost first: guards are inside all others. */
export function inAroundOrder(plugins: readonly Plugin[]): Plugin[] {
  const isGuard = (plugin: Plugin): boolean => guardFacts(plugin) !== undefined;
  return [...plugins.filter((plugin) => !isGuard(plugin)), ...plugins.filter(isGuard)];
}

/** What a plugin provides, as a list. */
export function provisionsOf({ provides }: Plugin): readonly Provision[] {
  return provides === undefined ? [] : ([provides].flat() as readonly Provision[]);
}

/** The last plugin that provides a value for `context.read`. */
export function readerOf(plugins: readonly Plugin[], key: string | Function): Plugin | undefined {
  return plugins.findLast((plugin) => plugin.read !== undefined && keysOf(plugin).includes(key));
}

/** The keywords and types that a plugin provides. */
export function keysOf(plugin: Plugin): (string | Function)[] {
  return provisionsOf(plugin).flatMap(({ keyword, type }) => [keyword, type].filter((key) => key !== undefined));
}
