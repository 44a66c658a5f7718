import type { Callback, Context } from '../controllers/context.js';
import { compilePlan, type Plan } from '../controllers/plan.js';
import { type BoundParameter, describeAvailable, labelOf, type Provider, type Scope } from '../controllers/scope.js';
import { parameterProblem, type WiringProblem } from '../controllers/wiring.js';
import { HTTPError } from '../http/errors.js';
import { isThenable } from '../http/streams.js';
import { nearest } from '../routing/nearest.js';
import { hookedCallback } from './hooks.js';
import { JSONPlugin } from './json.js';
import type { Plugin, PluginLike, RouteInfo } from './plugin.js';
import { asPlugin, providersOf, selects, withoutReplaced } from './plugin-list.js';
import type { Route } from './route.js';

/** Compiles a route's road: plugins around the controller's hooks around the method. Gives what is wrong with it. */
export function wireRoute(route: Route, strict: boolean): WiringProblem[] {
  const { endpoint } = route;
  route.wildcardKeys = route.entry?.rule.wildcards.map((wildcard) => wildcard.name) ?? [];
  route.plugins = pluginsOf(route);
  route.json = route.plugins.some((plugin) => plugin instanceof JSONPlugin);
  const scope = scopeOf(route, route.plugins, false);
  const plan = endpoint.isFunction
    ? functionPlan(route, scope)
    : compilePlan(endpoint.fn, endpoint.target, endpoint.parameters, scope);
  route.bound = plan.bound;
  const hooks = hookedCallback(withDefaults(plan.callback, route), route, scope);
  const problems = [...plan.problems, ...hooks.problems, ...unusedWildcards(route, strict)];
  const bound = [...plan.bound, ...hooks.bound];
  route.wanted = new Set(bound.flatMap(({ provider }) => (provider === undefined ? [] : [provider.plugin])));
  route.callback = problems.length > 0 ? plan.callback : applyPlugins(hooks.callback, route.plugins, route);
  return problems.map((problem) => locate(problem, route));
}

/** Wraps a callback into plugins, the first of the list outermost. */
export function applyPlugins(callback: Callback, plugins: readonly Plugin[], route: RouteInfo): Callback {
  return plugins.reduceRight((inner, plugin) => {
    const outer = plugin.apply?.(inner, route) ?? inner;
    if (typeof outer === 'function') return outer;
    throw new TypeError(
      `The plugin ${plugin.name ?? plugin.constructor.name} must give a callback for ${route.displayName}, not a ${typeof outer}.`,
    );
  }, callback);
}

/** What the parameters of a route's methods may draw from. */
export function scopeOf(route: Route, plugins: readonly Plugin[], inErrorHandler: boolean): Scope {
  const wildcards = (route.entry?.rule.wildcards ?? []).map(({ name, filter, type }, i) => ({
    key: name ?? `${i}`,
    filter: filter === 'default' ? 'text' : filter,
    type: filter === 'default' ? 'string' : type,
  }));
  return { wildcards: inErrorHandler ? [] : wildcards, providers: providersOf(plugins), inErrorHandler };
}

/** The plugins that apply to a route: the app's, then the controller's and the method's, without those it skips. */
function pluginsOf(route: Route): Plugin[] {
  const skipped = (plugin: Plugin) => route.skip.some((selector) => selects(selector, plugin));
  const own = route.apply.map((plugin) => route.app.adopt(asPlugin(plugin as PluginLike)));
  return withoutReplaced([...route.app.plugins, ...own]).filter((plugin) => !skipped(plugin));
}

/** A bare function gets the wildcards, with whatever else it destructures, and the context. */
function functionPlan(route: Route, scope: Scope): Plan {
  const fn = route.endpoint.fn as (args: object, context: Context) => unknown;
  const [first] = route.endpoint.parameters;
  const names = first?.patternNames ?? [];
  const optional = new Set(first?.patternOptional);
  const wildcards = new Set(scope.wildcards.map(({ key }) => key));
  const problems: WiringProblem[] = [];
  const extras: { name: string; read: Callback }[] = [];
  const bound: BoundParameter[] = [];
  for (const name of names) {
    if (wildcards.has(name)) continue;
    const provider = scope.providers.find((candidate) => candidate.keyword === name);
    if (provider !== undefined) {
      extras.push({ name, read: readProvided(provider) });
      bound.push({
        parameter: { ...(first as NonNullable<typeof first>), name },
        read: readProvided(provider),
        from: provider.name,
        provider,
      });
    } else if (name === 'request') extras.push({ name, read: (context) => context.request });
    else if (name === 'response') extras.push({ name, read: (context) => context.response });
    else if (!optional.has(name)) problems.push(unknownName(name, scope));
  }
  if (extras.length === 0) return { callback: (context) => fn(context.args, context), bound, problems };
  const callback: Callback = (context) => {
    const args: Record<string, unknown> = { ...context.args };
    for (const { name, read } of extras) args[name] = read(context);
    return fn(args, context);
  };
  return { callback, bound, problems };
}

function readProvided({ keyword }: Provider): Callback {
  return (context) => context.provided(keyword);
}

function unknownName(name: string, scope: Scope): WiringProblem {
  const names = [
    ...scope.wildcards.map(({ key }) => key),
    ...scope.providers.map(({ keyword }) => labelOf(keyword)),
    'request',
    'response',
  ];
  return parameterProblem(
    'BN_PARAMETER_UNPROVIDED',
    `The function takes '${name}' out of its arguments, and nothing provides it.`,
    {
      parameter: name,
      names,
      available: describeAvailable(scope),
      cure: 'name one of the wildcards, install the plugin that provides it, or give it a default value.',
    },
  );
}

/** Puts `@Status` and `@SetHeader` on a successful response that has not said otherwise. */
function withDefaults(callback: Callback, route: Route): Callback {
  const { status, headers } = route.endpoint;
  if (status === undefined && headers.length === 0) return callback;
  const apply = (context: Context, result: unknown): unknown => {
    if (result instanceof HTTPError) return result;
    const { response } = context;
    if (status !== undefined && !response.hasStatus) response.status = status;
    for (const [name, value] of headers) response.headerDict.setDefault(name, value);
    return result;
  };
  return (context) => {
    const result = callback(context);
    return isThenable(result) ? result.then((value) => apply(context, value)) : apply(context, result);
  };
}

/** Under strict mode a wildcard that no parameter takes is a mistake. */
function unusedWildcards(route: Route, strict: boolean): WiringProblem[] {
  if (!(route.options.strict ?? strict) || route.mounted !== undefined) return [];
  const { parameters, isFunction } = route.endpoint;
  const first = parameters[0];
  if (isFunction && (first === undefined || !first.pattern || first.patternRest)) return [];
  const taken = new Set<string | number | undefined>(
    isFunction ? (first?.patternNames ?? []) : route.bound.map(({ wildcard }) => wildcard),
  );
  const wildcards = route.entry?.rule.wildcards ?? [];
  return wildcards.flatMap(({ name }, i) => {
    if (name === undefined || taken.has(isFunction ? name : i)) return [];
    const near = nearest(
      name,
      parameters.flatMap((parameter) => parameter.name ?? []),
    );
    return [
      {
        code: 'BN_WILDCARD_UNUSED',
        message: `The wildcard <${name}> is taken by no parameter.`,
        parameter: name,
        nearest: near,
        cure: `add a parameter '${name}', or make the wildcard anonymous: <>.`,
      },
    ];
  });
}

/** Completes a problem with the place it was found at. */
export function locate(problem: WiringProblem, route: Route): WiringProblem {
  return {
    ...problem,
    controller: route.endpoint.group?.description.name,
    method: problem.method ?? route.displayName,
    verb: route.method,
    rule: route.rule,
  };
}
