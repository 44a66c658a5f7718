import type { Callback } from '../../http/context.js';
import { compilePlan, refusal } from '../../controllers/binding/call-plan.js';
import { WiringError, type WiringProblem } from '../../controllers/binding/wiring-error.js';
import type { RouteEntry, RouteProblem } from '../../routing/router.js';
import type { App, AppCore } from './app-core.js';
import { type Group, joinRule } from './group.js';
import { methodEndpoint } from './endpoint.js';
import type { CheckOptions, Plugin, PluginLike, Target } from './plugin.js';
import { asPlugin, pluginName } from './plugin-list.js';
import { Route } from './route.js';
import { inAroundOrder, isSameKind, pluginsAt, replaces } from './effective-plugins.js';
import {
  collectProblems,
  isMountPoint,
  withLocation,
  scopeOf,
  unusedWildcards,
  usesProblems,
  wireRoute,
} from './route-wiring.js';
import { wrapAround, wrapApply } from './wrap-plugins.js';

/** The problems of each wired route and controller. All apps that merge a route share the entry. */
const routeProblems = new WeakMap<Route | Group, readonly WiringProblem[]>();

/** A route of another app, with the plugins of the app that merged it around it. */
interface MergedRoute {
  readonly callback: Callback;
  /** The merging app's plugins in effect, outermost first. */
  readonly plugins: readonly Plugin[];
  readonly problems: readonly WiringProblem[];
}

/** Wires the routes of an app: all before the first request, later changes before the next one. */
export class Wiring {
  readonly #app: AppCore;
  readonly #stale = new Set<Route>();
  readonly #wiredGroups = new Set<Group>();
  #isStale = true;
  /** Whether the wiring was valid once. From then on, a problem disables its own route only. */
  #wasValid = false;

  /** The callback for requests without a route, and its problems. */
  #noRoute: { readonly callback: Callback; readonly problems: readonly WiringProblem[] } | undefined;
  readonly #preflights = new Map<Route | undefined, Callback>();
  readonly #merged = new Map<Route, MergedRoute>();

  constructor(app: AppCore) {
    this.#app = app;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  /** Schedules a route for wiring before the next request. Always includes the error handlers of controllers. */
  invalidate(route?: Route): void {
    this.#isStale = true;
    this.#wiredGroups.clear();
    this.#noRoute = undefined;
    this.#preflights.clear();
    this.#merged.clear();
    if (route === undefined) return;
    this.#stale.add(route);
    route.callback = undefined;
    route.run = undefined;
  }

  /**
   * Wires the pending routes, here and in mounted apps.
   *
   * @throws WiringError if the wiring has problems and has never been valid.
   */
  complete(): void {
    if (!this.#isStale) return;
    const problems = this.pending();
    if (problems.length > 0) throw new WiringError(problems);
  }

  /** Wires the pending routes. Returns problems only if the wiring has never been valid; later ones are logged. */
  pending(): WiringProblem[] {
    if (!this.#isStale) return [];
    const problems = this.#collect(
      () => [...this.#wire(), ...this.#unused(this.#app.strict)],
      (app) => app.wiringPending(),
    );
    if (problems.length > 0) {
      if (!this.#wasValid) return problems;
      this.#app.log(new WiringError(problems));
    }
    this.#isStale = false;
    this.#wasValid = true;
    return [];
  }

  /**
   * All problems, here and in mounted apps.
   *
   * @param strict Whether unused wildcards are a problem. Default: the setting of each app.
   */
  problems(strict?: boolean): WiringProblem[] {
    return this.#collect(
      () => {
        const isStrict = strict ?? this.#app.strict;
        return [...this.#wire(), ...this.#unused(isStrict), ...(isStrict ? this.#replacements() : []), ...this.#ruleProblems()];
      },
      (app) => app.wiringProblems(strict),
    );
  }

  /** The problems that `check` of the plugins finds, here and in mounted apps. */
  async pluginProblems(options: CheckOptions, visited = new Set<AppCore>()): Promise<WiringProblem[]> {
    const app = this.#app;
    visited.add(app);
    const plugins = new Set([...app.plugins, ...app.routes.flatMap((route) => (route.app === app ? route.plugins : []))]);
    const found: WiringProblem[] = [];
    for (const plugin of plugins) found.push(...((await plugin.check?.(app as App, options)) ?? []));
    for (const mounted of app.mounted) {
      if (!visited.has(mounted)) found.push(...(await (mounted as App).pluginProblems(options, visited)));
    }
    return found;
  }

  #ruleProblems(): WiringProblem[] {
    const { router } = this.#app;
    return [...router.entries.flatMap(missingSlash), ...router.problems().map(ruleProblem)];
  }

  /** Collects problems of this app and of each mounted app. Rules of mounted apps are shown with their prefix. */
  #collect(own: () => WiringProblem[], ofMounted: (app: AppCore) => WiringProblem[]): WiringProblem[] {
    const found = own();
    const visited = new Set<AppCore>();
    for (const { mounted, rule } of this.#app.routes) {
      if (mounted === undefined || visited.has(mounted)) continue;
      visited.add(mounted);
      const prefix = rule.replace(/\/<:re:\.\*>$/, '');
      for (const problem of ofMounted(mounted)) {
        found.push(problem.rule === undefined ? problem : { ...problem, rule: joinRule(prefix, problem.rule) });
      }
    }
    return found;
  }

  /** Sets up the plugins that pending routes apply. Errors are reported when the route is wired. */
  setupAppliedPlugins(): void {
    for (const { app, places } of this.#stale) {
      for (const reference of places.flatMap(({ apply }) => apply)) {
        try {
          app.setupOnce(asPlugin(reference as PluginLike));
        } catch {}
      }
    }
  }

  /** Wires the pending routes of this app. Returns all problems, including earlier ones. */
  #wire(): WiringProblem[] {
    for (const route of this.#stale) {
      this.#stale.delete(route);
      // A merged route has the plugins of its owner, so the owner wires it.
      if (route.app === this.#app) this.#wireRoute(route);
      else route.app.wireRoute(route);
    }
    for (const group of this.#app.groups) this.#wireGroup(group);
    const groups = new Set(this.#app.groups);
    for (const { endpoint } of this.#app.routes) if (endpoint.group !== undefined) groups.add(endpoint.group);
    const merged = this.#app.routes.filter((route) => route.app !== this.#app);
    return [
      ...[...groups, ...this.#app.routes].flatMap((one) => routeProblems.get(one) ?? []),
      ...merged.flatMap((route) => this.#wireMerged(route).problems),
      ...this.#wireNoRoute().problems,
    ];
  }

  /** Calls the context's fallback when no route matches, with `around` of the app's plugins. */
  get noRoute(): Callback {
    return this.#wireNoRoute().callback;
  }

  #wireNoRoute(): { readonly callback: Callback; readonly problems: readonly WiringProblem[] } {
    this.#noRoute ??= this.#wrapFallback(this.#app.plugins, { kind: 'none', app: this.#app as App });
    return this.#noRoute;
  }

  #wrapFallback(plugins: readonly Plugin[], target: Target): { callback: Callback; problems: readonly WiringProblem[] } {
    let callback: Callback = fallback;
    const problems = collectProblems(undefined, () => {
      const acting = plugins.filter((plugin) => plugin.around !== undefined);
      callback = wrapAround(fallback, acting, target);
      return usesProblems(acting, plugins);
    });
    return { problems, callback: problems.length === 0 ? callback : refusal(problems) };
  }

  /** The callback for preflight requests about a route, or about a path without one. Wired on first use. */
  preflight(route: Route | undefined): Callback {
    let callback = this.#preflights.get(route);
    if (callback === undefined) {
      callback = this.#wirePreflight(route);
      this.#preflights.set(route, callback);
    }
    return callback;
  }

  #wirePreflight(route: Route | undefined): Callback {
    const app = this.#app as App;
    if (route === undefined) return this.#wrapFallback(app.plugins, { kind: 'none', app, preflight: true }).callback;
    const kind = isMountPoint(route) ? 'mount' : 'route';
    const target: Target = { kind, route, app, preflight: true };
    if (route.app !== app) {
      const ownerCallback: Callback = (context) => route.app.preflight(route)(context);
      return wrapAround(ownerCallback, this.#outerPlugins(route), target);
    }
    // A mounted app matches the request itself. A mounted handler must not run, because guards let preflights pass.
    return wrapAround(route.mounted === undefined ? fallback : mountedCallback(route), pluginsAt(app, route.places), target);
  }

  /** The callback of a route that was merged into this app: `around` of this app's plugins is outside of that of its owner's. */
  merged(route: Route): Callback {
    return this.#wireMerged(route).callback;
  }

  /** The plugins in effect on a route, outermost first. A route that was merged into this app also has the plugins of this app. */
  pluginsOn(route: Route): readonly Plugin[] {
    return route.app === this.#app ? route.plugins : [...this.#wireMerged(route).plugins, ...route.plugins];
  }

  #wireMerged(route: Route): MergedRoute {
    let merged = this.#merged.get(route);
    if (merged === undefined) {
      let callback: Callback = (context) => (route.run ?? route.app.wireRoute(route))(context);
      const plugins = this.#outerPlugins(route);
      const effective = new Set<Plugin>();
      const target: Target = { kind: isMountPoint(route) ? 'mount' : 'route', route, app: this.#app as App };
      const problems = collectProblems(route, () => {
        callback = wrapAround(callback, plugins, target, effective);
        return usesProblems(plugins, [...route.available, ...this.#app.plugins]);
      });
      if (problems.length > 0) callback = refusal(problems);
      merged = { callback, problems, plugins: inAroundOrder(plugins).filter((plugin) => effective.has(plugin)) };
      this.#merged.set(route, merged);
    }
    return merged;
  }

  /** The plugins of this app that wrap a merged route, without those that its places skip and those that its owner also has. */
  #outerPlugins(route: Route): Plugin[] {
    const own = pluginsAt(route.app, route.places);
    const places = route.places.map(({ skip }) => ({ apply: [], skip }));
    return pluginsAt(this.#app, places).filter((plugin) => plugin.around !== undefined && !own.includes(plugin));
  }

  /** Reports applied plugins that replace an installed plugin of another kind. */
  #replacements(): WiringProblem[] {
    return this.#app.routes.flatMap((route) => {
      const plugins = pluginsAt(route.app, route.places);
      return plugins.flatMap((plugin) => {
        const other = route.app.plugins.find((one) => one !== plugin && replaces(plugin, one) && !isSameKind(plugin, one));
        if (other === undefined || route.app.plugins.includes(plugin)) return [];
        const message = `The applied plugin ${pluginName(plugin)} replaces the installed ${pluginName(other)}, as both are named '${plugin.name}'.`;
        const cure = 'give one of them another name, or skip the installed one here.';
        return [withLocation({ code: 'BN_PLUGIN_REPLACED', message, cure }, route)];
      });
    });
  }

  /** Wires one route of this app, unless it is wired already. */
  wireOne(route: Route): Callback {
    this.#stale.delete(route);
    const { group } = route.endpoint;
    if (group !== undefined) this.#wireGroup(group);
    return route.run ?? this.#wireRoute(route);
  }

  #wireRoute(route: Route): Callback {
    routeProblems.set(route, wireRoute(route));
    return route.run as Callback;
  }

  #wireGroup(group: Group): void {
    if (this.#wiredGroups.has(group)) return;
    this.#wiredGroups.add(group);
    routeProblems.set(group, [...decoratorProblems(group), ...wireErrorHandlers(this.#app, group)]);
  }

  #unused(strict: boolean): WiringProblem[] {
    return this.#app.routes.flatMap((route) => unusedWildcards(route, strict));
  }
}

const fallback: Callback = (context) => (context.fallback as () => unknown)();

/** Calls the mounted target. Wires it first if plugins have changed. */
function mountedCallback(route: Route): Callback {
  return (context) => {
    if (route.callback === undefined) route.app.wireRoute(route);
    return (route.callback as unknown as Callback)(context);
  };
}

/** Compiles a controller's error handlers, with `apply` of the plugins that provide their parameters. */
function wireErrorHandlers(app: AppCore, group: Group): WiringProblem[] {
  return group.description.methods.flatMap((method) => {
    if (method.errors.length === 0) return [];
    const endpoint = methodEndpoint(method, group);
    const { apply, skip } = method;
    const rule = group.prefix || '/';
    // The template of the routes must not render their errors.
    const { template: _, ...config } = group.config;
    const places = [{ apply, skip }];
    const route = new Route({ app, rule, method: 'ERROR', name: undefined, endpoint, options: { config }, places });
    const problems = wireErrorHandler(route);
    for (const what of method.errors) group.errors.set(what, (context) => (route.callback as Callback)(context));
    return problems.map((problem) => ({ ...problem, verb: 'errors below' }));
  });
}

function wireErrorHandler(route: Route): WiringProblem[] {
  const problems = collectProblems(route, () => {
    const { endpoint } = route;
    route.plugins = route.app.plugins;
    const scope = scopeOf(route, route.plugins, true);
    const plan = compilePlan(endpoint.fn, endpoint.target, endpoint.parameters, scope);
    route.bound = plan.bound;
    route.wanted = new Set(plan.bound.flatMap(({ provider }) => (provider === undefined ? [] : [provider.plugin])));
    if (plan.problems.length === 0)
      route.callback = wrapApply(
        plan.callback,
        route.plugins.filter((plugin) => route.wants(plugin) || plugin.name === 'view'),
        route,
      );
    return plan.problems;
  });
  if (problems.length > 0) route.callback = refusal(problems);
  return problems;
}

/** The problems of decorators. Rest parameters are excluded, because the binding reports them. */
function decoratorProblems(group: Group): WiringProblem[] {
  const { description } = group;
  return description.problems
    .filter(({ code }) => code !== 'rest-parameter')
    .map(({ code, message, method = description.name }) => {
      const text = message.startsWith(`${method}: `) ? message.slice(method.length + 2) : message;
      return {
        code: `BN_${code.replaceAll('-', '_').toUpperCase()}`,
        message: text.charAt(0).toUpperCase() + text.slice(1),
        controller: description.name,
        method,
      };
    });
}

/** Reports a rule without a leading slash, which matches no path. Targets that are not paths (`OPTIONS *`) need no slash. */
function missingSlash({ rule, method, target }: RouteEntry<Route>): WiringProblem[] {
  const [first = ''] = rule.parts;
  if (typeof first !== 'string' || first.startsWith('/') || rule.text === '*' || method === 'CONNECT') return [];
  return [
    {
      code: 'BN_RULE_UNREACHABLE',
      message: 'It is never called: every path begins with a slash, and this rule does not.',
      method: target.displayName,
      verb: method,
      rule: rule.text,
      cure: `write it as '/${rule.text}'.`,
    },
  ];
}

function ruleProblem({ kind, entry, by }: RouteProblem<Route>): WiringProblem {
  const other = `${by.method} ${by.rule.text} of ${by.target.displayName}`;
  const place: Pick<WiringProblem, 'method' | 'verb' | 'rule'> = {
    method: entry.target.displayName,
    verb: entry.method,
    rule: entry.rule.text,
  };
  const controller = entry.target.endpoint.group?.description.name;
  const problem: Pick<WiringProblem, 'code' | 'message' | 'cure'> =
    kind === 'duplicate'
      ? {
          code: 'BN_RULE_DUPLICATE',
          message: `It is never called: ${other} was added later, and wins.`,
          cure: 'remove one of the two, or give them different rules or verbs.',
        }
      : {
          code: 'BN_RULE_UNREACHABLE',
          message: `It is never called: ${other} was added before, and matches all its paths.`,
          cure: 'add the more specific rule first, or narrow the wider one with a filter.',
        };
  return { ...problem, ...place, ...(controller !== undefined && { controller }) };
}
