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
import { travel } from '../road/receive.js';

/**
 * Leads everything below a prefix to another app, which keeps its own plugins, handlers, hooks and configuration. The mount point
 * is tried before all routes, as in Bottle. The outer app's plugins stand around it with their `around`; their `apply` ends here.
 */
export function mountApp(app: AppCore, prefix: string, mounted: AppCore, options: RouteOptions): void {
  if (mounted === app || reaches(mounted, app)) {
    throw new TypeError(`An app cannot be mounted below itself, as ${mounted} at '${prefix}' would be: make another app for it.`);
  }
  // Where it says nothing itself, a mounted app has the configuration of the mount, and that of the app around it. The first mount
  // of several has the word, for plugins read the configuration once.
  if (!mounted.isMounted) mounted.config.overlayOn(app.config.overlay(options.config));
  const base = normalPrefix(prefix);
  const depth = depthOf(base);
  mountCallback(app, base, options, `mount of ${mounted}`, (context) => enter(app, mounted, depth, context), mounted);
}

/** How many segments of a path a mount point takes. */
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

/** Lets the mounted app answer. */
function enter(outer: AppCore, inner: AppCore, depth: number, context: Context): unknown {
  const { route, values } = context;
  const below: Below = {
    arrive(place) {
      context.app = inner;
      // The request has been told: what plugins allow here, those inside must not raise, but may be below.
      context.maxBody = undefined;
      context.pushApp(outer, place, (route as Route).rule);
    },
    run: () => travel(inner, context),
    leave() {
      context.app = outer;
      context.popApp();
    },
    // What could not be answered inside is an error of the mount point.
    fail: () => context.reenter(route, values),
  };
  return passBelow(depth, below, context);
}

function reaches(from: AppCore, app: AppCore): boolean {
  return from.mounted.some((mounted) => mounted === app || reaches(mounted, app));
}

/** What is done below a mount point. */
interface Below {
  /** @param place where the request stood before. */
  arrive?(place: RequestPlace): void;
  run(): unknown;
  leave?(): void;
  fail?(): void;
}

/**
 * Runs something with so many segments of the path moved into `scriptName`, and moves them back for the hooks and plugins outside.
 * A streamed body is produced after these, and a file looked for: for that, the request goes below once more.
 */
export function passBelow(depth: number, below: Below, context: Context): unknown {
  const { request } = context;
  const { place } = request;
  const arrive = (): void => {
    request.pathShift(depth);
    below.arrive?.(place);
  };
  const leave = (): void => {
    below.leave?.();
    request.place = place;
  };
  const leaveWith = (result: unknown): unknown => {
    leave();
    if (isStreamed(result) || result instanceof StaticFile) {
      const further = context.beforeCast;
      context.beforeCast = () => {
        arrive();
        further?.();
      };
    }
    return result;
  };
  const leaveFailed = (error: unknown): never => {
    leave();
    below.fail?.();
    throw error;
  };
  arrive();
  return chain(() => below.run(), leaveWith, leaveFailed);
}
