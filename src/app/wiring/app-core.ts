import type { WiringProblem } from '../../controllers/binding/wiring-error.js';
import type { Callback, Context, ContextApp } from '../../http/context.js';
import type { ProxyTrust } from '../../http/gateway/trust-proxy.js';
import type { Router } from '../../routing/router.js';
import type { ConfigDict } from '../config/config-dict.js';
import type { Container } from './container.js';
import type { ErrorHandlers } from '../road/error-handlers.js';
import type { Group } from './group.js';
import type { Plugin } from './plugin.js';
import type { Route } from './route.js';

/** What the folders below the class `Bottle` need of an app. They do not import the class. */
export interface AppCore extends ContextApp {
  readonly config: ConfigDict;
  readonly router: Router<Route>;
  readonly routes: readonly Route[];
  /** The mounted controllers. */
  readonly groups: readonly Group[];
  /** The mounted apps. */
  readonly mounted: readonly AppCore[];
  isMounted: boolean;
  readonly plugins: readonly Plugin[];
  readonly hooks: { readonly before: readonly Callback[]; readonly after: readonly Callback[] };
  readonly container: Container | undefined;
  readonly errors: ErrorHandlers;
  /** Whether unexpected errors are answered with 500. */
  readonly catchall: boolean;
  readonly proxies: ProxyTrust | undefined;
  readonly strict: boolean;
  readonly isDebugging: boolean;
  /** Whether a plugin may ask how long a request took. */
  readonly isTimed: boolean;
  /** What answers where no route does, with the plugins around it. */
  readonly nothing: Callback;
  addRoute(route: Route): void;
  /** Sets up a plugin that a route brings along, once. */
  adopt(plugin: Plugin): Plugin;
  /** Whether everything is wired and every plugin is set up. */
  readonly isPrepared: boolean;
  /** Wires what is not wired yet. Gives a promise while plugins are being set up. @throws WiringError */
  prepare(): Promise<void> | undefined;
  /** Wires one route of this app now, and gives it with the plugins around it. */
  wireRoute(route: Route): Callback;
  /** The same for a preflight request (CORS) about the route. */
  preflight(route: Route | undefined): Callback;
  /** A route that was merged into this app, with this app's plugins around those of its owner. */
  mergedRoute(route: Route): Callback;
  /** The plugins in effect on a route, outermost first: on one that was merged into this app, also those of this app. */
  pluginsOn(route: Route): readonly Plugin[];
  wiringProblems(strict?: boolean): WiringProblem[];
  wiringPending(): WiringProblem[];
  groupsAt(rawPath: string): Group[];
  log(error: Error): void;
  /** Logs what a request that could not be answered has thrown. */
  logUnanswered(error: unknown): void;
  report(context: Context, error: unknown): void;
}

/** Filled in by `bottle.ts`: what `app` is for users. */
// biome-ignore lint/suspicious/noEmptyInterface: it is augmented
export interface AppTypes {}

/** The class `Bottle`, for public types in the files that do not import it. */
export type App = AppTypes extends { readonly app: infer T } ? T : AppCore;
