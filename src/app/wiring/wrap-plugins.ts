import { Pending } from '../../http/answer/chain.js';
import { rememberScope } from '../../http/answer/stream-scope.js';
import type { Route } from './route.js';
import type { Callback, Plugin, Target } from './plugin.js';
import { pluginName } from './plugin-list.js';
import { inAroundOrder } from './effective-plugins.js';

/** The error of a plugin's `around` or `apply`, with the name of the plugin. */
export class PluginFailure extends globalThis.Error {
  constructor(plugin: Plugin, cause: unknown) {
    const message = cause instanceof globalThis.Error ? cause.message : String(cause);
    super(`The plugin ${pluginName(plugin)} failed: ${message}`, { cause });
  }
}

/**
 * Wraps a callback in the `around` of plugins, guards innermost.
 *
 * @param effective Receives the plugins in effect: those that did not return `next` unchanged.
 */
export function wrapAround(inner: Callback, plugins: readonly Plugin[], target: Target, effective?: Set<Plugin>): Callback {
  const place = target.route?.displayName ?? 'requests without a route';
  const begun: Callback = (context) => rememberScope(context, beginPending(inner(context)));
  const outer = wrapWith(begun, inAroundOrder(plugins), (plugin, next) => plugin.around?.(next, target), place, effective);
  return outer === begun ? inner : outer;
}

/** Starts a lazy result inside of the plugins, so that it runs in their asynchronous context. */
function beginPending(result: unknown): unknown {
  return result instanceof Pending ? result.then() : result;
}

/** Wraps a callback in the `apply` of plugins, the first of the list outermost. */
export function wrapApply(inner: Callback, plugins: readonly Plugin[], route: Route, effective?: Set<Plugin>): Callback {
  const scoped: Callback = (context) => rememberScope(context, inner(context));
  const outer = wrapWith(scoped, plugins, (plugin, next) => plugin.apply?.(next, route), route.displayName, effective);
  return outer === scoped ? inner : outer;
}

function wrapWith(
  inner: Callback,
  plugins: readonly Plugin[],
  wrap: (plugin: Plugin, next: Callback) => Callback | undefined,
  place: string,
  effective: Set<Plugin> | undefined,
): Callback {
  return plugins.reduceRight((next, plugin) => {
    let outer: unknown;
    try {
      outer = wrap(plugin, next) ?? next;
    } catch (cause) {
      throw new PluginFailure(plugin, cause);
    }
    if (typeof outer !== 'function') {
      throw new TypeError(`The plugin ${pluginName(plugin)} must return a callback for ${place}, not a ${typeof outer}.`);
    }
    if (outer !== next) effective?.add(plugin);
    return outer as Callback;
  }, inner);
}
