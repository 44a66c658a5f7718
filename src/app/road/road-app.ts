import type { Callback, Context, ContextApp, ContextRoute } from '../../http/context.js';
import type { ProxyTrust } from '../../http/gateway/trust-proxy.js';
import type { HTTPError, HTTPResponse } from '../../http/http-error.js';
import type { WebSocketSettings } from '../../http/sockets/handshake.js';
import type { Router } from '../../routing/router.js';
import type { CallTarget } from './call.js';
import type { ErrorHandlers } from './error-handlers.js';

/** What the path of a request needs of a route. */
export interface RoadRoute extends ContextRoute, CallTarget {
  /** The app that the route belongs to: its own, where it was merged into another. */
  readonly app: RoadApp;
  readonly method: string;
  readonly displayName: string;
  readonly options: { readonly socket?: WebSocketSettings | undefined };
  readonly endpoint: { readonly group: { readonly errors: ErrorHandlers } | undefined };
  /** The app that is mounted here, and how many segments of the path the mount point takes. */
  readonly mounted: RoadApp | undefined;
  readonly depth: number;
  /** `around` of plugins, the body, the method. Not there until the route is wired. */
  readonly run: Callback | undefined;
}

/** Where a request failed. */
export interface FailedAt {
  /** The app whose route it is: a mounted one maybe. */
  readonly app: RoadApp;
  /** `undefined` where there is none for the request. */
  readonly route: ContextRoute | undefined;
  readonly values: readonly unknown[];
  /** The path as that app sees it. */
  readonly rawPath: string;
}

/** What a debug page is about. */
export interface Incident {
  readonly context: Context;
  /** What is answered. */
  readonly error: HTTPError;
  /** What was thrown: the same, or what the 500 stands for. */
  readonly thrown: unknown;
  /** The error that was being handled when this one was thrown. */
  readonly during?: unknown;
  readonly place: FailedAt;
}

/** What the path of a request needs of an app. */
export interface RoadApp extends ContextApp {
  readonly router: Router<RoadRoute>;
  readonly routes: readonly RoadRoute[];
  readonly hooks: { readonly before: readonly Callback[]; readonly after: readonly Callback[] };
  readonly errors: ErrorHandlers;
  /** Whether unexpected errors are answered with 500. */
  readonly catchall: boolean;
  readonly proxies: ProxyTrust | undefined;
  readonly isDebugging: boolean;
  /** Whether a plugin may ask how long a request took. */
  readonly isTimed: boolean;
  /** Whether everything is wired and every plugin is set up. */
  readonly isPrepared: boolean;
  /** What answers where no route does, with the plugins around it. */
  readonly nothing: Callback;
  /** Wires what is not wired yet. Gives a promise while plugins are being set up. @throws WiringError */
  prepare(): Promise<void> | undefined;
  /** Wires one route of this app now, and gives it with the plugins around it. */
  wireRoute(route: RoadRoute): Callback;
  /** The same for a preflight request (CORS) about the route. */
  preflight(route: RoadRoute | undefined): Callback;
  /** A route that was merged into this app, with this app's plugins around those of its owner. */
  mergedRoute(route: RoadRoute): Callback;
  /** The controllers below whose prefix a path lies, the nearest first. */
  groupsAt(rawPath: string): { readonly errors: ErrorHandlers }[];
  /** The error page of debug mode. */
  debugPage(incident: Incident): Promise<HTTPResponse>;
  /** Logs what a request that could not be answered has thrown. */
  logUnanswered(error: unknown): void;
}
