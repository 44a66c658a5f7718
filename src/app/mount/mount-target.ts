import { isBranded } from '../../support/brand.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Callback } from '../../http/context.js';
import type { RouteOptions } from '../../controllers/decorators/controller-description.js';
import { ownRecords } from '../../controllers/decorators/metadata.js';
import type { AppCore } from '../wiring/app-core.js';
import { type Group, normalPrefix } from '../wiring/group.js';
import { depthOf, mountCallback, withShiftedPath } from './mount-app.js';
import { mountController } from '../wiring/controller-routes.js';
import { instantiate } from '../wiring/instantiate.js';
import { callFetch } from './fetch-handler.js';
import { LateModule } from '../../support/late-module.js';
import { isClass } from '../../support/value-kinds.js';

/** A controller class. */
export type ControllerClass = abstract new (...args: never[]) => object;
export type FetchHandler = (request: globalThis.Request) => globalThis.Response | Promise<globalThis.Response>;
export type NodeListener = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => unknown;

/** Mountable besides apps: controller classes and instances, `fetch` handlers (or objects with one), `node:http` listeners. */
export type Mountable = ControllerClass | FetchHandler | NodeListener | { fetch: FetchHandler } | object;

const nodeListeners = new LateModule(() => import('./node-listener.js'));

/** Determines the kind of a target and mounts it. Returns the group of a controller. */
export function mountTarget(app: AppCore, prefix: string, target: Mountable, options: RouteOptions): Group | undefined {
  if (typeof target === 'function') {
    if (isClass(target) || isDecorated(target)) return mountController(app, prefix, target, instantiate(app, target), options);
    const name = target.name || '(anonymous)';
    // A listener has the parameters request, response and maybe `next`; a fetch handler only has the request.
    if (target.length >= 2) {
      mountForeign(app, prefix, options, `listener ${name}`, (context) =>
        nodeListeners.use(({ callNodeListener }) => callNodeListener(target as NodeListener, context)),
      );
    } else {
      mountFetch(app, prefix, options, name, target as FetchHandler);
    }
    return undefined;
  }
  refuseForeignApp(target, `mount it as a handler: app.mount('${prefix}', (request) => other.fetch(request))`);
  if (typeof target === 'object' && target !== null) {
    const handler = target as { fetch: FetchHandler };
    if (typeof handler.fetch !== 'function' || isDecorated(target.constructor)) {
      return mountController(app, prefix, target.constructor, target, options);
    }
    mountFetch(app, prefix, options, target.constructor?.name ?? 'Object', (request) => handler.fetch(request));
    return undefined;
  }
  throw new TypeError(
    `A ${target === null ? 'null' : typeof target} cannot be mounted. Mount a controller, an app, a fetch handler or a listener.`,
  );
}

function mountFetch(app: AppCore, prefix: string, options: RouteOptions, name: string, handler: FetchHandler): void {
  mountForeign(app, prefix, options, `fetch handler ${name}`, (context) => callFetch(handler, context));
}

function mountForeign(app: AppCore, prefix: string, options: RouteOptions, name: string, callback: Callback): void {
  const base = normalPrefix(prefix);
  const depth = depthOf(base);
  mountCallback(app, base, options, name, (context) => withShiftedPath(depth, { run: () => callback(context) }, context));
}

/**
 * Refuses an app of another copy of the package, whose wiring cannot be joined with that of this one. The caller has handled own apps.
 *
 * @throws TypeError
 */
function refuseForeignApp(target: unknown, remedy: string): void {
  if (!isBranded(target, 'Bottle')) return;
  throw new TypeError(`This app was made by another copy of bottlenose. Install the package once, or ${remedy}.`);
}

/** Whether a class, or one that it extends, has decorators of this package. */
function isDecorated(value: unknown): boolean {
  for (let Class = value; typeof Class === 'function' && Class !== Function.prototype; Class = Object.getPrototypeOf(Class)) {
    if (ownRecords(Class).length > 0) return true;
  }
  return false;
}
