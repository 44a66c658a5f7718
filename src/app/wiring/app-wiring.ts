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
import { attempt, isMountPoint, locate, scopeOf, unusedWildcards, usesProblems, wireRoute } from './route-wiring.js';
import { wrapAround, wrapApply } from './wrap-plugins.js';

/** What is wrong with a route or a controller, once that is wired; with its owner or with any app it was merged into. */
const known = new WeakMap<Route | Group, readonly WiringProblem[]>();

/** What an app has put around a route that was merged into it. */
interface MergedRoute {
  readonly callback: Callback;
  /** Those in effect, outermost first. */
  readonly plugins: readonly Plugin[];
  readonly problems: readonly WiringProblem[];
}

/** Keeps an app's routes wired: all of them before the first request, later ones before the next. */
export class Wiring {
  readonly #app: AppCore;
  readonly #stale = new Set<Route>();
  readonly #wiredGroups = new Set<Group>();
  #isStale = true;
  /** Whether the app was whole once: from then on a mistake costs its own route, not the service. */
  #wasWhole = false;

  /** What answers where no route does, and what is wrong with it. */
  #noRoute: { readonly callback: Callback; readonly problems: readonly WiringProblem[] } | undefined;
  readonly #preflights = new Map<Route | undefined, Callback>();
  readonly #merged = new Map<Route, MergedRoute>();

  constructor(app: AppCore) {
    this.#app = app;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  /** Has a route wired anew before the next request, and in any case the controllers' error handlers. */
  stale(route?: Route): void {
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
   * Wires what is not wired yet, here and in mounted apps.
   *
   * @throws WiringError before the first request of an app that is not whole.
   */
  complete(): void {
    if (!this.#isStale) return;
    const problems = this.pending();
    if (problems.length > 0) throw new WiringError(problems);
  }

  /** Wires what is not wired yet. Gives what is wrong, if that must keep the app from answering. */
  pending(): WiringProblem[] {
    if (!this.#isStale) return [];
    const problems = this.#everywhere(
      () => [...this.#wire(), ...this.#unused(this.#app.strict)],
      (app) => app.wiringPending(),
    );
    if (problems.length > 0) {
      if (!this.#wasWhole) return problems;
      this.#app.log(new WiringError(problems));
    }
    this.#isStale = false;
    this.#wasWhole = true;
    return [];
  }

  /**
   * Everything that is wrong, here and in mounted apps.
   *
   * @param strict Whether wildcards that no parameter takes are wrong; default is what each app says itself.
   */
  problems(strict?: boolean): WiringProblem[] {
    return this.#everywhere(
      () => {
        const isStrict = strict ?? this.#app.strict;
        return [...this.#wire(), ...this.#unused(isStrict), ...(isStrict ? this.#replacements() : []), ...this.#rules()];
      },
      (app) => app.wiringProblems(strict),
    );
  }

  /** What the plugins' own checks say, here and in mounted apps. */
  async pluginProblems(options: CheckOptions, looked = new Set<AppCore>()): Promise<WiringProblem[]> {
    const app = this.#app;
    looked.add(app);
    const plugins = new Set([...app.plugins, ...app.routes.flatMap((route) => (route.app === app ? route.plugins : []))]);
    const found: WiringProblem[] = [];
    for (const plugin of plugins) found.push(...((await plugin.check?.(app as App, options)) ?? []));
    for (const mounted of app.mounted) {
      if (!looked.has(mounted)) found.push(...(await (mounted as App).pluginProblems(options, looked)));
    }
    return found;
  }

  #rules(): WiringProblem[] {
    const { router } = this.#app;
    return [...router.entries.flatMap(slashless), ...router.problems().map(ruleProblem)];
  }

  /** Looks here, and in every mounted app, whose rules are told with the prefix in front. */
  #everywhere(here: () => WiringProblem[], there: (app: AppCore) => WiringProblem[]): WiringProblem[] {
    const found = here();
    const looked = new Set<AppCore>();
    for (const { mounted, rule } of this.#app.routes) {
      if (mounted === undefined || looked.has(mounted)) continue;
      looked.add(mounted);
      const prefix = rule.replace(/\/<:re:\.\*>$/, '');
      for (const problem of there(mounted)) {
        found.push(problem.rule === undefined ? problem : { ...problem, rule: joinRule(prefix, problem.rule) });
      }
    }
    return found;
  }

  /** Has the plugins that unwired routes bring along set up. What fails here is reported when the route is wired. */
  adopt(): void {
    for (const { app, places } of this.#stale) {
      for (const reference of places.flatMap(({ apply }) => apply)) {
        try {
          app.adopt(asPlugin(reference as PluginLike));
        } catch {}
      }
    }
  }

  /** Wires what is not wired yet. Gives all that is wrong here, found now or before. */
  #wire(): WiringProblem[] {
    for (const route of this.#stale) {
      this.#stale.delete(route);
      // A merged route is wired by its owner, whose plugins it has.
      if (route.app === this.#app) this.#wireRoute(route);
      else route.app.wireRoute(route);
    }
    for (const group of this.#app.groups) this.#wireGroup(group);
    const groups = new Set(this.#app.groups);
    for (const { endpoint } of this.#app.routes) if (endpoint.group !== undefined) groups.add(endpoint.group);
    const merged = this.#app.routes.filter((route) => route.app !== this.#app);
    return [
      ...[...groups, ...this.#app.routes].flatMap((one) => known.get(one) ?? []),
      ...merged.flatMap((route) => this.#wireMerged(route).problems),
      ...this.#wireNoRoute().problems,
    ];
  }

  /** What answers where no route does: the context's fallback, with `around` of the app's plugins. */
  get noRoute(): Callback {
    return this.#wireNoRoute().callback;
  }

  #wireNoRoute(): { readonly callback: Callback; readonly problems: readonly WiringProblem[] } {
    this.#noRoute ??= this.#wrapFallback(this.#app.plugins, { kind: 'none', app: this.#app as App });
    return this.#noRoute;
  }

  #wrapFallback(plugins: readonly Plugin[], target: Target): { callback: Callback; problems: readonly WiringProblem[] } {
    let callback: Callback = fallback;
    const problems = attempt(undefined, () => {
      const acting = plugins.filter((plugin) => plugin.around !== undefined);
      callback = wrapAround(fallback, acting, target);
      return usesProblems(acting, plugins);
    });
    return { problems, callback: problems.length === 0 ? callback : refusal(problems) };
  }

  /** The same for a preflight request about a route, or about none. Wired when the first one comes. */
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
      const owners: Callback = (context) => route.app.preflight(route)(context);
      return wrapAround(owners, this.#aroundMerged(route), target);
    }
    // A mounted app matches the request itself. A mounted handler does not run, as it would run without its guards.
    return wrapAround(route.mounted === undefined ? fallback : mountedCallback(route), pluginsAt(app, route.places), target);
  }

  /** A route that was merged into this app: `around` of this app's plugins stands around that of its owner's. */
  merged(route: Route): Callback {
    return this.#wireMerged(route).callback;
  }

  /** The plugins in effect on a route of this app, outermost first: on one that was merged into it, also those of this app. */
  pluginsOn(route: Route): readonly Plugin[] {
    return route.app === this.#app ? route.plugins : [...this.#wireMerged(route).plugins, ...route.plugins];
  }

  #wireMerged(route: Route): MergedRoute {
    let merged = this.#merged.get(route);
    if (merged === undefined) {
      let callback: Callback = (context) => (route.run ?? route.app.wireRoute(route))(context);
      const plugins = this.#aroundMerged(route);
      const effective = new Set<Plugin>();
      const target: Target = { kind: isMountPoint(route) ? 'mount' : 'route', route, app: this.#app as App };
      const problems = attempt(route, () => {
        callback = wrapAround(callback, plugins, target, effective);
        return usesProblems(plugins, [...route.available, ...this.#app.plugins]);
      });
      if (problems.length > 0) callback = refusal(problems);
      merged = { callback, problems, plugins: inAroundOrder(plugins).filter((plugin) => effective.has(plugin)) };
      this.#merged.set(route, merged);
    }
    return merged;
  }

  /** The plugins of this app that stand around a merged route: not those that its places skip, nor those that its owner has too. */
  #aroundMerged(route: Route): Plugin[] {
    const own = pluginsAt(route.app, route.places);
    const places = route.places.map(({ skip }) => ({ apply: [], skip }));
    return pluginsAt(this.#app, places).filter((plugin) => plugin.around !== undefined && !own.includes(plugin));
  }

  /** Plugins that routes apply in place of an installed one of another kind. */
  #replacements(): WiringProblem[] {
    return this.#app.routes.flatMap((route) => {
      const plugins = pluginsAt(route.app, route.places);
      return plugins.flatMap((plugin) => {
        const other = route.app.plugins.find((one) => one !== plugin && replaces(plugin, one) && !isSameKind(plugin, one));
        if (other === undefined || route.app.plugins.includes(plugin)) return [];
        const message = `The applied plugin ${pluginName(plugin)} replaces the installed ${pluginName(other)}, as both are named '${plugin.name}'.`;
        const cure = 'give one of them another name, or skip the installed one here.';
        return [locate({ code: 'BN_PLUGIN_REPLACED', message, cure }, route)];
      });
    });
  }

  /** Wires one route of this app, unless it is. */
  wireOne(route: Route): Callback {
    this.#stale.delete(route);
    const { group } = route.endpoint;
    if (group !== undefined) this.#wireGroup(group);
    return route.run ?? this.#wireRoute(route);
  }

  #wireRoute(route: Route): Callback {
    known.set(route, wireRoute(route));
    return route.run as Callback;
  }

  #wireGroup(group: Group): void {
    if (this.#wiredGroups.has(group)) return;
    this.#wiredGroups.add(group);
    known.set(group, [...decoratorProblems(group), ...wireErrorHandlers(this.#app, group)]);
  }

  #unused(strict: boolean): WiringProblem[] {
    return this.#app.routes.flatMap((route) => unusedWildcards(route, strict));
  }
}

const fallback: Callback = (context) => (context.fallback as () => unknown)();

/** Calls what is mounted, wired anew when plugins have changed. */
function mountedCallback(route: Route): Callback {
  return (context) => {
    if (route.callback === undefined) route.app.wireRoute(route);
    return (route.callback as unknown as Callback)(context);
  };
}

/** Compiles a controller's error handlers, with `apply` of those plugins around them that they ask for a value. */
function wireErrorHandlers(app: AppCore, group: Group): WiringProblem[] {
  return group.description.methods.flatMap((method) => {
    if (method.errors.length === 0) return [];
    const endpoint = methodEndpoint(method, group);
    const { apply, skip } = method;
    const rule = group.prefix || '/';
    // A template for the routes is none for their errors.
    const { template: _, ...config } = group.config;
    const places = [{ apply, skip }];
    const route = new Route({ app, rule, method: 'ERROR', name: undefined, endpoint, options: { config }, places });
    const problems = wireErrorHandler(route);
    for (const what of method.errors) group.errors.set(what, (context) => (route.callback as Callback)(context));
    return problems.map((problem) => ({ ...problem, verb: 'errors below' }));
  });
}

function wireErrorHandler(route: Route): WiringProblem[] {
  const problems = attempt(route, () => {
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

/** What is wrong with the decorators. Rest parameters are told of where they are bound. */
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

/** A rule that lacks its slash, as other frameworks have it, matches nothing. What is no path at all (`OPTIONS *`) needs none. */
function slashless({ rule, method, target }: RouteEntry<Route>): WiringProblem[] {
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
