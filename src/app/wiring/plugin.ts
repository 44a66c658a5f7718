import type { Parameter } from '../../controllers/decorators/controller-description.js';
import type { WiringProblem } from '../../controllers/binding/wiring-error.js';
import type { Callback } from '../../http/context.js';
import type { ConfigDict } from '../config/config-dict.js';
import type { App } from './app-core.js';
import type { PluginDocs } from './plugin-docs.js';

export type { Callback, Context, ErrorListener, Finished } from '../../http/context.js';

/** The route that a plugin is applied to. */
export interface RouteInfo {
  /** The whole rule, with the prefixes of its controller and mount point. */
  readonly rule: string;
  /** The verb, `ANY`, `WEBSOCKET`, or `PROXY` for a mount point. */
  readonly method: string;
  readonly name: string | undefined;
  /** The app's configuration overlaid with the route's own. */
  readonly config: ConfigDict;
  readonly app: App;
  /** The app that is mounted here; `undefined` for routes, and for mounted handlers and listeners. */
  readonly mounted: App | undefined;
  /** The controller class, or `undefined` for a function. */
  readonly controller: Function | undefined;
  /** The name to show: `Posts.show`, or the function's. */
  readonly displayName: string;
  /** Whether the method is declared `async` (or as an async generator). */
  readonly isAsync: boolean;
  readonly parameters: readonly Parameter[];
  /** The plugins in effect here, outermost first: those whose `around` or `apply` did not return `next` unchanged. */
  readonly plugins: readonly Plugin[];
  /** The method or function. */
  readonly fn: Function;
  /** Whether this route uses a value of the plugin: in a parameter, a hook, an error handler, or through an inner plugin. */
  wants(plugin: Plugin): boolean;
}

/** Where `around` is in effect. */
export interface Target {
  /** A route; the mount point of an app, a `fetch` handler or a listener; or requests without a route. */
  readonly kind: 'route' | 'mount' | 'none';
  /** The route or mount point; absent for `none`. */
  readonly route?: RouteInfo;
  /** The app that the plugin belongs to. */
  readonly app: App;
  /** Whether the target answers CORS preflight requests about the route. Guards let these pass, because the route does not run. */
  readonly preflight?: boolean;
}

/** A value that a plugin provides to parameters: by name, by declared type, or by either. */
export interface Provision {
  readonly keyword?: string;
  readonly type?: Function;
}

/** The options of `checkAll`. Plugins may define their own. */
export interface CheckOptions {
  /** Also report unused wildcards, and applied plugins that replace another. */
  readonly strict?: boolean;
  readonly [option: string]: unknown;
}

/**
 * Extends an app and its routes. A plugin acts in two places, both compiled when routes are wired: `around` wraps every response, and
 * `apply` wraps the method of a route, after the body has been read. A bare function `(next, route) => callback` is a plugin with
 * `apply`.
 *
 * The order of a request: `beforeRequest` hooks, match, `around`, body, `apply`, the controller's hooks, parameters, method. Error
 * handlers are outside of `around`. Install order is application order, outermost first; guards are inside all other `around`s.
 *
 * @example
 * const stopwatch: Plugin = {
 *   name: 'stopwatch',
 *   around: (next) => (context) => {
 *     context.onFinish(({ rule, duration }) => console.log(rule, duration));
 *     return next(context);
 *   },
 * };
 */
export interface Plugin {
  readonly name?: string;
  /** The values that it provides to parameters. */
  readonly provides?: Provision | readonly Provision[];
  /** Keywords and types that it needs from outer plugins. The app does not start if one is missing. */
  readonly uses?: readonly (string | Function)[];
  /** Called on install. A promise is awaited before the first request. */
  setup?(app: App): void | Promise<void>;
  /** Called once per target; wraps every response there. Returns `next` unchanged if it does not apply. */
  around?(next: Callback, target: Target): Callback;
  /** Called once per route; wraps its method. Returns `next` unchanged if it does not apply. */
  apply?(next: Callback, route: RouteInfo): Callback;
  /** Calls `use` with the provided value, for reading outside of a route: see `context.read`. */
  read?(use: (value: unknown) => unknown): unknown;
  /**
   * What `apply` wraps on WebSocket routes: the whole connection (default), or each message and each `socket.scope`. The latter
   * suits plugins that wrap one unit of work, such as a transaction.
   */
  readonly socketScope?: 'connection' | 'message';
  /** Called by `checkAll`. Returns the problems. */
  check?(app: App, options: CheckOptions): Iterable<WiringProblem> | Promise<Iterable<WiringProblem>>;
  /** OpenAPI documentation of the plugin: the credentials that clients must send, and its responses. */
  readonly openapi?: PluginDocs;
  /** Called on uninstall, and when the app closes. */
  close?(): void | Promise<void>;
}

/** The shortest form of a plugin. */
export type PluginFunction = (next: Callback, route: RouteInfo) => Callback;

/** A plugin as `install`, `@Apply` and the option `apply` accept it. */
export type PluginLike = Plugin | PluginFunction;

/** How `uninstall`, `@Skip` and the option `skip` select plugins: by name, class, instance, or `true` for all. */
export type PluginSelector = string | Function | Plugin | true;

declare module '../../http/request.js' {
  interface RequestOwnerTypes {
    readonly app: App;
    readonly route: RouteInfo | undefined;
  }
}
