import type { Callback } from '../controllers/context.js';
import type { Parameter } from '../controllers/description.js';
import type { Bottle } from './bottle.js';
import type { ConfigDict } from './config.js';
import type { PluginDocs } from './openapi.js';

export type { Callback, Context } from '../controllers/context.js';

/** What a plugin may learn of the route it is applied to. */
export interface RouteInfo {
  /** The whole rule, with the prefixes of its controller and mount point. */
  readonly rule: string;
  /** The verb, or `ANY`. */
  readonly method: string;
  readonly name: string | undefined;
  /** The app's configuration overlaid with the route's own. */
  readonly config: ConfigDict;
  readonly app: Bottle;
  /** The controller class, or `undefined` for a function. */
  readonly controller: Function | undefined;
  /** The name to show: `Posts.show`, or the function's. */
  readonly displayName: string;
  /** Whether the method is declared `async` (or as an async generator). */
  readonly isAsync: boolean;
  readonly parameters: readonly Parameter[];
  /** Whether a parameter of this route (or of a hook or error handler around it) asks for what the plugin provides. */
  wants(plugin: Plugin): boolean;
}

/**
 * Extends an app and its routes. A bare function `(callback, route) => callback` is a plugin too.
 *
 * @example
 * const stopwatch: Plugin = {
 *   name: 'stopwatch',
 *   apply: (callback) => (context) => {
 *     const start = performance.now();
 *     try { return callback(context); } finally { context.response.setHeader('X-Time', performance.now() - start); }
 *   },
 * };
 */
export interface Plugin {
  name?: string;
  api?: 2;
  /** What parameters may ask it for: by name, or by declared type. */
  provides?: { keyword?: string; type?: Function };
  /**
   * What it is put around on WebSocket routes: the whole connection (default), where it may refuse it, or every message (and
   * every `socket.scope`) alone. The latter is for what serves one piece of work at a time, as a transaction.
   */
  readonly socketScope?: 'connection' | 'message';
  /** What OpenAPI documents say of the routes that it is in effect on: what clients must send, and what else it answers. */
  readonly openapi?: PluginDocs;
  /** Called on install. */
  setup?(app: Bottle): void;
  /** Called once per route, before its first request. A route it has nothing to do with gets its callback back unchanged. */
  apply?(callback: Callback, route: RouteInfo): Callback;
  /** Called on uninstall, and when the app closes. */
  close?(): void | Promise<void>;
}

/** The shortest form of a plugin. */
export type PluginFunction = (callback: Callback, route: RouteInfo) => Callback;

/** A plugin as `install`, `@Apply` and the route option `apply` take it. */
export type PluginLike = Plugin | PluginFunction;

/** How `uninstall`, `@Skip` and the route option `skip` name plugins: by name, class, instance, or `true` for all. */
export type PluginSelector = string | Function | Plugin | true;

declare module '../http/request.js' {
  interface RequestOwnerTypes {
    readonly app: Bottle;
    readonly route: RouteInfo | undefined;
  }
}
