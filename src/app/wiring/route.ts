import type { Callback, ContextRoute } from '../../http/context.js';
import type { Parameter, RouteOptions } from '../../controllers/decorators/controller-description.js';
import type { PluginPlace } from '../../controllers/decorators/route-options.js';
import type { BoundParameter } from '../../controllers/binding/binding-scope.js';
import type { ViewConfig, ViewMark, ViewOptions } from '../../controllers/decorators/view-options.js';
import type { BodyLimits } from '../../http/body/body.js';
import type { RouteEntry } from '../../routing/router.js';
import { ConfiguredLimits } from '../config/body-limits.js';
import type { App, AppCore } from './app-core.js';
import type { ConfigDict } from '../config/config-dict.js';
import type { Group } from './group.js';
import type { Plugin, RouteInfo } from './plugin.js';

/** The function that a route calls, before it is wired. */
export interface Endpoint {
  readonly fn: Function;
  /** The value of `this`. */
  readonly target: unknown;
  readonly parameters: readonly Parameter[];
  /** Whether it is a bare function, called as `(args, context)`. */
  readonly isFunction: boolean;
  readonly displayName: string;
  readonly isAsync: boolean;
  readonly group: Group | undefined;
  readonly view: ViewMark | undefined;
  readonly status: number | undefined;
  readonly headers: readonly [string, string][];
  readonly returnType: Function | undefined;
  readonly extras: ReadonlyMap<string | symbol, unknown>;
}

/** One rule, one verb, and the function that answers it. */
export class Route implements RouteInfo, ContextRoute {
  readonly app: App;
  readonly rule: string;
  readonly method: string;
  readonly name: string | undefined;
  readonly endpoint: Endpoint;
  readonly options: RouteOptions;
  /** The plugins that the mount, the controller and the method apply and skip, outermost first. */
  readonly places: readonly PluginPlace[];
  /** Whether the handler reads the body itself. */
  readonly stream: boolean;
  /** The mounted app, if the route is the mount point of one. */
  readonly mounted: App | undefined;
  /** The number of path segments of a mount point. */
  readonly depth: number;
  /** The method, with the controller's hooks and the `apply` of plugins around it. Set by the wiring. */
  callback: Callback | undefined = undefined;
  /** The whole call for a request: `around` of plugins, the body, then `callback`. Set by the wiring. */
  run: Callback | undefined = undefined;
  /** Whether a plugin around the method may call it twice. */
  isRepeatable = false;
  json = true;
  /** The sources of the parameters, once wired. */
  bound: readonly BoundParameter[] = [];
  /** The plugins in effect, outermost first, once wired. */
  plugins: readonly Plugin[] = [];
  /** All plugins of its places, outermost first, in effect or not, once wired. */
  available: readonly Plugin[] = [];
  /** The plugins whose values the method, its hooks or other plugins use. */
  wanted: ReadonlySet<object> = new Set();
  wildcardKeys: readonly (string | undefined)[] = [];
  entry: RouteEntry<Route> | undefined = undefined;
  #config: ConfigDict | undefined = undefined;
  #bodyLimits: BodyLimits | undefined = undefined;

  constructor(init: {
    app: AppCore;
    rule: string;
    method: string;
    name: string | undefined;
    endpoint: Endpoint;
    options: RouteOptions;
    places: readonly PluginPlace[];
    mounted?: AppCore | undefined;
    depth?: number;
  }) {
    this.app = init.app as App;
    this.rule = init.rule;
    this.method = init.method;
    this.name = init.name;
    this.endpoint = init.endpoint;
    this.options = init.options;
    this.places = init.places;
    this.stream = init.options.stream === true || init.mounted !== undefined;
    this.mounted = init.mounted as App | undefined;
    this.depth = init.depth ?? 0;
  }

  get controller(): Function | undefined {
    return this.endpoint.group?.description.Class;
  }

  get displayName(): string {
    return this.endpoint.displayName;
  }

  get isAsync(): boolean {
    return this.endpoint.isAsync;
  }

  get fn(): Function {
    return this.endpoint.fn;
  }

  get parameters(): readonly Parameter[] {
    return this.endpoint.parameters;
  }

  /** The template that renders its results: `@View`, else `config: { template }`. */
  get view(): ViewMark | undefined {
    return this.endpoint.view ?? configuredView(this.options.config?.template as ViewConfig | undefined);
  }

  /** The body limits. They follow changes of the configuration. */
  get bodyLimits(): BodyLimits {
    this.#bodyLimits ??= new ConfiguredLimits(this.config);
    return this.#bodyLimits;
  }

  get maxErrors(): number {
    return this.config.get('maxErrors') as number;
  }

  /** The limit of a body that the handler reads itself: only if the route sets one. */
  get streamLimit(): number | undefined {
    return this.config.hasOwn('maxBody') ? this.config.get<number>('maxBody') : undefined;
  }

  /** The app's configuration overlaid with the route's own. */
  get config(): ConfigDict {
    if (this.#config === undefined) {
      this.#config = this.app.config.overlay();
      if (this.options.config !== undefined) this.#config.loadDict(this.options.config);
    }
    return this.#config;
  }

  wants(plugin: Plugin): boolean {
    return this.wanted.has(plugin);
  }

  toString(): string {
    return `${this.method} ${this.rule} → ${this.displayName}`;
  }
}

/** The view in a route's `config: { template }`, as in Bottle. */
function configuredView(config: ViewConfig | undefined): ViewMark | undefined {
  if (config === undefined) return undefined;
  const [template, defaults = {}, options = {}] = Array.isArray(config) ? (config as [unknown, object?, ViewOptions?]) : [config];
  return { template, defaults, options };
}
