import { depthOf } from '../../app/mount.js';
import type { Plugin } from '../../app/plugin.js';
import type { Route } from '../../app/route.js';
import { shiftPath } from '../../http/target.js';
import { concerns, routeAt } from '../coverage.js';

/** Every plugin that `cors` has made. */
export const policies = new WeakSet<Plugin>();

/**
 * Whether a route leads to a mounted app that has a policy of its own for the path. A preflight request is a question about that
 * one: the outer app's answer could allow what the inner forbids.
 */
export function leadsToPolicy(from: Route | undefined, verb: string, rawPath: string): boolean {
  let route = from;
  let path = rawPath;
  while (route?.mounted !== undefined) {
    const app = route.mounted;
    path = shiftPath('/', path, depthOf(route.rule.replace(/\/<:re:\.\*>$/, ''))).path;
    const next = routeAt(app, verb, path);
    const plugins = [...app.plugins, ...(next?.plugins ?? [])];
    if (plugins.some((plugin) => policies.has(plugin) && concerns(plugin, app, next))) return true;
    route = next;
  }
  return false;
}
