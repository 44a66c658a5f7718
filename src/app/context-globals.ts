import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from '../http/context.js';
import type { Request } from '../http/request.js';
import type { Response } from '../http/response.js';
import { sharedValue } from '../support/brand.js';
import { tracking } from './road/tracker.js';

const storage = sharedValue('context', () => new AsyncLocalStorage<Context>());

// Only this module enables tracking, so that other programs avoid the cost.
tracking.tracker = (context, run) => storage.run(context, run);

function current(what: string): Context {
  const context = storage.getStore();
  if (context !== undefined) return context;
  throw new ReferenceError(
    `'${what}' of bottlenose/context was used outside of a request. It is only available in handlers, hooks and plugins, and in code that these await.`,
  );
}

/** A proxy for an object of the current request. */
function currentProxy<T extends object>(what: string, pick: (context: Context) => T): T {
  const find = (): T => pick(current(what));
  return new Proxy(Object.create(null) as T, {
    get(_, key) {
      const target = find();
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (_, key, value) => Reflect.set(find(), key, value),
    has: (_, key) => Reflect.has(find(), key),
    getPrototypeOf: () => (storage.getStore() === undefined ? null : Object.getPrototypeOf(find())),
  });
}

/**
 * The current request, as in Bottle. Importing it enables the tracking of requests through asynchronous calls
 * (AsyncLocalStorage), which costs a little on every request of every app.
 *
 * @throws ReferenceError when used outside of a request.
 * @example
 * import { request } from 'bottlenose/context';
 * import { Bottle } from 'bottlenose';
 *
 * const app = new Bottle();
 * app.get('/agent', () => request.getHeader('user-agent'));
 */
export const request: Request = currentProxy('request', (context) => context.request);

/** The response to the current request. See {@link request}. */
export const response: Response = currentProxy('response', (context) => context.response);
