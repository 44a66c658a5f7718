import type { Callback, Context, ContextApp, ContextRoute } from '../../http/context.js';
import type { ProxyTrust } from '../../http/gateway/trust-proxy.js';
import type { HTTPError, HTTPResponse } from '../../http/http-error.js';
import type { WebSocketSettings } from '../../http/sockets/handshake.js';
import type { Router } from '../../routing/router.js';
import type { CallTarget } from './call.js';
import type { ErrorHandlers } from './error-handlers.js';

/** The part of a route that the request path uses. */
export interface RoadRoute extends ContextRoute, CallTarget {
  /** The app that the route was added to. It stays the same when another app merges the route. */
  readonly app: RoadApp;
  readonly method: string;
  readonly displayName: string;
  readonly options: { readonly socket?: WebSocketSettings | undefined };
  readonly endpoint: { readonly group: { readonly errors: ErrorHandlers } | undefined };
  /** The mounted app, and the number of path segments of the mount point. */
  readonly mounted: RoadApp | undefined;
  readonly depth: number;
  /** The compiled route: `around` of plugins, the body, the method. `undefined` until the route is wired. */
  readonly run: Callback | undefined;
}

/** Where a request failed. */
export interface FailedAt {
  /** The innermost app that handled the request: possibly a mounted one. */
  readonly app: RoadApp;
  /** `undefined` if no route matched. */
  readonly route: ContextRoute | undefined;
  readonly values: readonly unknown[];
  /** The path relative to that app. */
  readonly rawPath: string;
}

/** The failure that a debug page shows. */
export interface Incident {
  readonly context: Context;
  /** The error that determines the response. */
  readonly error: HTTPError;
  /** The thrown value: the same error, or the unexpected one that the 500 replaces. */
  readonly thrown: unknown;
  /** The error that was being handled when this one was thrown. */
  readonly during?: unknown;
  readonly place: FailedAt;
}

/** The part of an app that the request path uses. */
export interface RoadApp extends ContextApp {
  readonly router: Router<RoadRoute>;
  readonly routes: readonly RoadRoute[];
  readonly hooks: { readonly before: readonly Callback[]; readonly after: readonly Callback[] };
  readonly errors: ErrorHandlers;
  /** Whether unexpected errors are answered with 500. */
  readonly catchall: boolean;
  readonly proxies: ProxyTrust | undefined;
  readonly isDebugging: boolean;
  /** Whether a plugin may read the duration of a request. */
  readonly isTimed: boolean;
  /** Whether everything is wired and every plugin is set up. */
  readonly isPrepared: boolean;
  /** Calls the context's fallback when no route matches, with the plugins around it. */
  readonly noRoute: Callback;
  /** Wires the pending routes. Returns a promise while plugins are being set up. @throws WiringError */
  prepare(): Promise<void> | undefined;
  /** Wires one route of this app and returns its callback with the plugins around it. */
  wireRoute(route: RoadRoute): Callback;
  /** The same for a preflight request (CORS) about the route. */
  preflight(route: RoadRoute | undefined): Callback;
  /** A route that was merged into this app, with this app's plugins around those of its owner. */
  mergedRoute(route: RoadRoute): Callback;
  /** The controllers whose prefix matches a path, longest prefix first. */
  groupsAt(rawPath: string): { readonly errors: ErrorHandlers }[];
  /** The error page of debug mode. */
  debugPage(incident: Incident): Promise<HTTPResponse>;
  /** Logs the error of a request that could not be answered. */
  logUnanswered(error: unknown): void;
}
