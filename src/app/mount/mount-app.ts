import type { Callback, Context } from '../../http/context.js';
import type { RouteOptions } from '../../controllers/decorators/route-options.js';
import { StaticFile } from '../../http/files/static-file.js';
import { isStreamed } from '../../http/answer/streams.js';
import { chain } from '../../http/answer/chain.js';
import type { RequestPlace } from '../../http/request.js';
import type { AppCore } from '../wiring/app-core.js';
import { placeOf } from '../wiring/controller-routes.js';
import { functionEndpoint } from '../wiring/endpoint.js';
import { normalPrefix } from '../wiring/group.js';
import { Route } from '../wiring/route.js';
import { mountPoint } from './mount-url.js';
import { dispatch } from '../road/receive.js';

/**
 * Forwards all requests below a prefix to another app, which keeps its own plugins, handlers, hooks and configuration. The mount
 * point matches before all routes, as in Bottle. The `around` of the outer app's plugins applies to it; their `apply` does not.
 */
export function mountApp(app: AppCore, prefix: string, mounted: AppCore, options: RouteOptions): void {
  if (mounted === app || contains(mounted, app)) {
    throw new TypeError(`An app cannot be mounted below itself: ${mounted} at '${prefix}'. Create another app for it.`);
  }
  // A mounted app inherits the configuration of the mount and of the outer app. Only the first mount counts, because plugins read
  // the configuration once.
  const isFirst = mounted.mountedAt === undefined;
  if (isFirst) mounted.config.overlayOn(app.config.overlay(options.config));
  const base = normalPrefix(prefix);
  const depth = depthOf(base);
  mountCallback(app, base, options, `mount of ${mounted}`, (context) => callMounted(app, mounted, depth, context), mounted);
  if (isFirst) mounted.mountedAt = mountPoint(app, base);
}

/** The number of path segments of a prefix. */
export function depthOf(base: string): number {
  return base === '' ? 0 : base.split('/').length - 1;
}

/** Adds a catch-all route for a prefix and everything below it. */
export function mountCallback(
  app: AppCore,
  base: string,
  options: RouteOptions,
  displayName: string,
  callback: Callback,
  mounted?: AppCore,
): void {
  const endpoint = functionEndpoint((_args: object, context: Context) => callback(context), [], displayName);
  const rules = base === '' ? ['/<:re:.*>'] : [base, `${base}/<:re:.*>`];
  for (const rule of rules) {
    const init = { app, rule, method: 'PROXY', name: options.name, endpoint, options: { ...options, stream: true } };
    app.addRoute(new Route({ ...init, places: [placeOf(options)], mounted, depth: depthOf(base) }));
  }
}

/** Dispatches a request to a mounted app. */
function callMounted(outer: AppCore, inner: AppCore, depth: number, context: Context): unknown {
  const { route, values } = context;
  const steps: MountSteps = {
    enter(place) {
      context.app = inner;
      // The limit of this app is already set on the request. Inner plugins may lower it, but not raise it.
      context.maxBody = undefined;
      context.pushApp(outer, place, (route as Route).rule);
    },
    run: () => dispatch(inner, context),
    leave() {
      context.app = outer;
      context.popApp();
    },
    // An error without a handler in the inner app is handled as an error of the mount point.
    fail: () => context.reenter(route, values),
  };
  return withShiftedPath(depth, steps, context);
}

function contains(from: AppCore, app: AppCore): boolean {
  return from.mounted.some((mounted) => mounted === app || contains(mounted, app));
}

/** The call of a mounted target, with its preparation and clean-up. */
interface MountSteps {
  /** @param place The place of the request outside of the mount point. */
  enter?(place: RequestPlace): void;
  run(): unknown;
  leave?(): void;
  fail?(): void;
}

/**
 * Runs `steps` with the first `depth` segments of the path moved into `scriptName`, and moves them back for outer hooks and plugins.
 * Streams are produced and files are opened after these, so `beforeCast` shifts the path again.
 */
export function withShiftedPath(depth: number, steps: MountSteps, context: Context): unknown {
  const { request } = context;
  const { place } = request;
  const enter = (): void => {
    request.pathShift(depth);
    steps.enter?.(place);
  };
  const leave = (): void => {
    steps.leave?.();
    request.place = place;
  };
  const leaveAfter = (result: unknown): unknown => {
    leave();
    if (isStreamed(result) || result instanceof StaticFile) {
      const further = context.beforeCast;
      context.beforeCast = () => {
        enter();
        further?.();
      };
    }
    return result;
  };
  const leaveAfterError = (error: unknown): never => {
    leave();
    steps.fail?.();
    throw error;
  };
  enter();
  return chain(() => steps.run(), leaveAfter, leaveAfterError);
}
