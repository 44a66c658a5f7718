import type { ConfigDict } from '../../app/config.js';
import type { Plugin } from '../../app/plugin.js';
import type { Route } from '../../app/route.js';

/**
 * Takes request bodies of up to so many bytes, more or fewer than the app's `maxBody` says; a larger one is refused with 413
 * before the handler runs, and before it has arrived. The same as the route option `config: { maxBody: bytes }`.
 *
 * Applied, it wins over the route's own configuration; installed, it holds for the routes that say nothing themselves.
 *
 * @param bytes a whole number; `Infinity` takes everything.
 * @throws TypeError for anything else.
 * @example
 * import { Apply, bodyLimit, Controller, Post, type Request } from 'bottlenose';
 *
 * @Controller('/videos')
 * class Videos {
 *   @Post() @Apply(bodyLimit(50 * 1024 * 1024))
 *   upload(request: Request) { return request.body.length; }
 * }
 */
export function bodyLimit(bytes: number): Plugin {
  if (typeof bytes !== 'number' || !(bytes === Number.POSITIVE_INFINITY || Number.isSafeInteger(bytes)) || bytes < 0) {
    throw new TypeError(`bodyLimit() takes a whole number of bytes, such as 50 * 1024 * 1024, not ${String(bytes)}.`);
  }
  /** What the routes' configurations said before. */
  const before = new Map<ConfigDict, unknown>();
  const plugin: Plugin = {
    name: 'bodyLimit',
    api: 2,
    apply(callback, route) {
      const own = (route as Route).options.config?.maxBody;
      const isInstalled = route.app.plugins.includes(plugin);
      if (!isInstalled || own === undefined) {
        before.set(route.config, own);
        route.config.set('maxBody', bytes);
      }
      return callback;
    },
    close() {
      for (const [config, own] of before) {
        if (own === undefined) config.delete('maxBody');
        else config.set('maxBody', own);
      }
      before.clear();
    },
  };
  return plugin;
}
