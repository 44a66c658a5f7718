import type { Bottle } from '../app/bottle.js';
import type { PluginDocs } from '../app/openapi.js';
import type { Plugin } from '../app/plugin.js';
import { selects, withoutReplaced } from '../app/plugin-list.js';
import type { Route } from '../app/route.js';
import type { Place } from './places.js';

/** What the plugins say that have a word on the requests of a route, outermost first. */
export function pluginDocs({ route, mounts }: Place): PluginDocs[] {
  const around = mounts.flatMap((mount) => mountPlugins(mount.app, mount));
  return [...around, ...route.plugins].flatMap(({ openapi }) => openapi ?? []);
}

/** A mount skips the plugins of the app around it, unless it is told otherwise; those that guard mounts have to be named for that. */
function mountPlugins(app: Bottle, mount: Route): Plugin[] {
  const guarding = app.plugins.filter(
    (plugin) => plugin.openapi?.coversMounts === true && !mount.skip.some((one) => one !== true && selects(one, plugin)),
  );
  return withoutReplaced([...new Set([...guarding, ...mount.plugins])]);
}
