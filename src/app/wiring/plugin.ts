import type { Parameter } from '../../controllers/decorators/controller-description.js';
import type { WiringProblem } from '../../controllers/binding/wiring-error.js';
import type { Callback } from '../../http/context.js';
import type { ConfigDict } from '../config/config-dict.js';
import type { App } from './app-core.js';
import type { PluginDocs } from './plugin-docs.js';

export type { Callback, Context, ErrorListener, Finished } from '../../http/context.js';

/** What a plugin may learn of the route it is applied to. */
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
  /** The plugins in effect here, outermost first: those whose `around` or `apply` did not give `next` back unchanged. */
  readonly plugins: readonly Plugin[];
  /** The method or function. */
  readonly fn: Function;
  /** Whether a parameter of this route (of a hook or error handler around it, of a plugin inside) asks for what the plugin provides. */
  wants(plugin: Plugin): boolean;
}

/** Where `around` is in effect. */
export interface Target {
  /** A route; the mount point of an app, a `fetch` handler or a listener; or whatever no route answers. */
  readonly kind: 'route' | 'mount' | 'none';
  /** The route or mount point; not there for `none`. */
  readonly route?: RouteInfo;
  /** The app that the plugin stands in. */
  readonly app: App;
  /** Whether it answers preflight requests of CORS about the route. Guards let these through, as nothing runs for them. */
  readonly preflight?: boolean;
}

/** What parameters may ask a plugin for: by name, by declared type, or by either. */
export interface Provision {
  readonly keyword?: string;
  readonly type?: Function;
}

/** What `checkAll` is told. Plugins may read options of their own. */
export interface CheckOptions {
  /** Also report wildcards that no parameter takes, and applied plugins that replace another. */
  readonly strict?: boolean;
  readonly [option: string]: unknown;
}

/**
 * Extends an app and its routes. A plugin acts in two places, both compiled when routes are wired: `around` every response, whatever
 * produces it, and `apply` around the method of a route, after the body has been read. A bare function `(next, route) => callback` is
 * a plugin with `apply`.
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
  /** What parameters may ask it for. */
  readonly provides?: Provision | readonly Provision[];
  /** Keywords and types that it needs from the plugins outside of it. Where none of them provides one, the app does not start. */
  readonly uses?: readonly (string | Function)[];
  /** Called on install. A promise is awaited before the first request. */
  setup?(app: App): void | Promise<void>;
  /** Called once per target; wraps every response there. Gives `next` back where it has nothing to do. */
  around?(next: Callback, target: Target): Callback;
  /** Called once per route; wraps its method. Gives `next` back where it has nothing to do. */
  apply?(next: Callback, route: RouteInfo): Callback;
  /** Calls `use` with what it provides, for reading, outside of a route: see `context.read`. */
  read?(use: (value: unknown) => unknown): unknown;
  /**
   * What `apply` wraps on WebSocket routes: the whole connection (default), or every message (and every `socket.scope`) alone. The
   * latter is for what serves one piece of work at a time, as a transaction.
   */
  readonly socketScope?: 'connection' | 'message';
  /** Called by `checkAll`. Gives what is wrong. */
  check?(app: App, options: CheckOptions): Iterable<WiringProblem> | Promise<Iterable<WiringProblem>>;
  /** What documents say about the places where the plugin is in effect: what clients must send, and what else it answers. */
  readonly openapi?: PluginDocs;
  /** Called on uninstall, and when the app closes. */
  close?(): void | Promise<void>;
}

/** The shortest form of a plugin. */
export type PluginFunction = (next: Callback, route: RouteInfo) => Callback;

/** A plugin as `install`, `@Apply` and the option `apply` take it. */
export type PluginLike = Plugin | PluginFunction;

/** How `uninstall`, `@Skip` and the option `skip` name plugins: by name, class, instance, or `true` for all. */
export type PluginSelector = string | Function | Plugin | true;

declare module '../../http/request.js' {
  interface RequestOwnerTypes {
    readonly app: App;
    readonly route: RouteInfo | undefined;
  }
}
