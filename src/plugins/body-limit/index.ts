import { guard, type Plugin } from '../../kit/index.js';

/**
 * Makes a guard that limits the size of request bodies, instead of `maxBody`. A larger body is rejected with 413 (RFC 9110 section
 * 15.5.14). With a `Content-Length`, it is rejected before it is read, also on `{ stream: true }` routes. Without one, it is rejected when
 * the limit is exceeded, even if the method does not read it.
 *
 * An applied limit overrides the route's own `config: { maxBody }`. An installed limit holds for routes without `config: { maxBody }`.
 * If several limits hold, the smallest one counts. To accept more on one route, give it a `config: { maxBody }`, or skip the installed
 * limit with `skip: 'bodyLimit'`.
 *
 * @param bytes the limit in bytes: a whole number, or `Infinity` for no limit.
 * @throws TypeError for any other value.
 * @example
 * import { Apply, Controller, Post, type Request } from 'bottlenose';
 * import { bodyLimit } from 'bottlenose/plugins';
 *
 * @Controller('/videos')
 * class Videos {
 *   @Post() @Apply(bodyLimit(50 * 1024 * 1024))
 *   upload(request: Request) { return request.body.length; }
 * }
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14
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
