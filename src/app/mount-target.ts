import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouteOptions } from '../controllers/description.js';
import type { Bottle } from './bottle.js';
import { type Group, normalPrefix } from './group.js';
import { mountCallback, mountController } from './mount.js';
import { callFetch, callListener } from './foreign.js';

/** A controller class. */
export type ControllerClass = abstract new (...args: never[]) => object;
export type FetchHandler = (request: globalThis.Request) => globalThis.Response | Promise<globalThis.Response>;
export type NodeListener = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => unknown;

/** What else can be mounted: controller classes and instances, `fetch` handlers (or objects with one), `node:http` listeners. */
export type Mountable = ControllerClass | FetchHandler | NodeListener | { fetch: FetchHandler } | object;

/** Finds out what a target is, and mounts it. Gives the group if it was a controller. */
export function mountTarget(app: Bottle, prefix: string, target: Mountable, options: RouteOptions): Group | undefined {
  if (typeof target === 'function') {
    if (isClass(target)) return mountController(app, prefix, target, instantiate(app, target), options);
    const base = normalPrefix(prefix);
    const name = target.name || '(anonymous)';
    // Listeners take request and response, and perhaps a way on; fetch handlers a request alone.
    if (target.length >= 2)
      mountCallback(app, base, options, `listener ${name}`, (context) => callListener(target as NodeListener, context, base));
    else mountCallback(app, base, options, `fetch handler ${name}`, (context) => callFetch(target as FetchHandler, context));
    return undefined;
  }
  if (typeof target === 'object' && target !== null) {
    const { fetch } = target as { fetch?: unknown };
    if (typeof fetch === 'function') {
      const base = normalPrefix(prefix);
      mountCallback(app, base, options, 'fetch handler', (context) =>
        callFetch((request) => (target as { fetch: FetchHandler }).fetch(request), context),
      );
      return undefined;
    }
    return mountController(app, prefix, target.constructor, target, options);
  }
  throw new TypeError(
    `A ${target === null ? 'null' : typeof target} cannot be mounted. Mount a controller, an app, a fetch handler or a listener.`,
  );
}

/** An instance of a controller class, from the app's container if it has one. */
function instantiate(app: Bottle, Class: Function): object {
  const { container } = app;
  const made: unknown =
    container === undefined
      ? new (Class as new () => object)()
      : container.get
        ? container.get(Class as never)
        : container.resolve?.(Class as never);
  if (typeof made === 'object' && made !== null) return made;
  throw new TypeError(
    `The container gave no instance of ${Class.name}. Register the class with it, or mount an instance: app.mount(new ${Class.name}(…)).`,
  );
}

function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
