import { Pending } from '../../http/answer/chain.js';
import type { Route } from './route.js';
import type { Callback, Plugin, Target } from './plugin.js';
import { pluginName } from './plugin-list.js';
import { inAroundOrder } from './effective-plugins.js';

/** What a plugin threw when it was compiled, with its name. */
export class PluginFailure extends globalThis.Error {
  constructor(plugin: Plugin, cause: unknown) {
    const message = cause instanceof globalThis.Error ? cause.message : String(cause);
    super(`The plugin ${pluginName(plugin)} failed: ${message}`, { cause });
  }
}

/**
 * Puts the `around` of plugins around a callback, guards innermost.
 *
 * @param effective gets the plugins that are in effect: those that did not give the callback back unchanged.
 */
export function wrapAround(inner: Callback, plugins: readonly Plugin[], target: Target, effective?: Set<Plugin>): Callback {
  const place = target.route?.displayName ?? 'what no route answers';
  const begun: Callback = (context) => beginPending(inner(context));
  const outer = wrapped(begun, inAroundOrder(plugins), (plugin, next) => plugin.around?.(next, target), place, effective);
  return outer === begun ? inner : outer;
}

/** A result that begins when it is asked for begins inside of the plugins, in the asynchronous context that they set. */
function beginPending(result: unknown): unknown {
  return result instanceof Pending ? result.then() : result;
}

/** Puts the `apply` of plugins around a callback, the first of the list outermost. */
export function wrapApply(inner: Callback, plugins: readonly Plugin[], route: Route, effective?: Set<Plugin>): Callback {
  return wrapped(inner, plugins, (plugin, next) => plugin.apply?.(next, route), route.displayName, effective);
}

function wrapped(
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
      throw new TypeError(`The plugin ${pluginName(plugin)} must give a callback for ${place}, not a ${typeof outer}.`);
    }
    if (outer !== next) effective?.add(plugin);
    return outer as Callback;
  }, inner);
}
