import { guard, type Plugin } from '../../kit/index.js';

/**
 * A guard that takes request bodies of up to so many bytes, more or fewer than `maxBody` says. A larger one is refused with 413: at once
 * where its length is announced, also on `{ stream: true }` routes that never read it, and otherwise when it has come to the limit.
 *
 * Applied, it wins over the route's own `config: { maxBody }`; installed, it holds for the routes that say nothing themselves. Of several
 * the smallest holds: to take more on one route, give that a `config: { maxBody }`, or skip the installed one with `skip: 'bodyLimit'`.
 *
 * @param bytes a whole number; `Infinity` takes everything.
 * @throws TypeError for anything else.
 * @example
 * import { Apply, Controller, Post, type Request } from 'bottlenose';
 * import { bodyLimit } from 'bottlenose/plugins';
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
  const plugin = guard('bodyLimit', (context) => context.limitBody(bytes), {
    identifies: false,
    where: ({ app, route }) => route?.config.hasOwn('maxBody') !== true || !app.plugins.includes(plugin),
  });
  return plugin;
}
