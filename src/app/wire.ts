import type { Callback, Context } from '../controllers/context.js';
import type { Parameter } from '../controllers/description.js';
import { compilePlan, type Plan, refusal } from '../controllers/plan.js';
import { availableNames, type BoundParameter, describeAvailable, provided, type Scope } from '../controllers/scope.js';
import { warnOfUnknownClass } from '../controllers/unchecked.js';
import { parameterProblem, parameterText, type WiringProblem } from '../controllers/wiring.js';
import { HTTPError } from '../http/errors.js';
import { isThenable } from '../http/streams.js';
import { WebSocketConnection } from '../http/websocket.js';
import { nearest } from '../routing/nearest.js';
import { hookedCallback } from './hooks.js';
import { JSONPlugin } from './json.js';
import type { Plugin, PluginLike, RouteInfo } from './plugin.js';
import { asPlugin, pluginName, providersOf, selects, withoutReplaced } from './plugin-list.js';
import { withReturns } from './returns.js';
import type { Route } from './route.js';
import { openingFunction, openingMethod, SOCKET_VERB, socketCallback } from './socket-route.js';
import { perMessage, unitCallback } from './socket-unit.js';

const takenWildcards = new WeakMap<Route, ReadonlySet<BoundParameter['wildcard']>>();

/** Compiles a route's road: plugins around the controller's hooks around the method. Gives what is wrong with it. */
export function wireRoute(route: Route): WiringProblem[] {
  const problems = attempt(route, () => {
    route.wildcardKeys = route.entry?.rule.wildcards.map((wildcard) => wildcard.name) ?? [];
    route.plugins = pluginsOf(route);
    route.json = route.plugins.some((plugin) => plugin instanceof JSONPlugin);
    const { endpoint } = route;
    const scope = scopeOf(route, route.plugins, false);
    const inSocket = route.method === SOCKET_VERB;
    const fn = inSocket ? openingMethod(endpoint.fn, route.displayName) : endpoint.fn;
    const plan = takesArguments(route)
      ? functionPlan(route, scope)
      : compilePlan(fn, endpoint.target, endpoint.parameters, scope);
    route.bound = plan.bound;
    const returns = withReturns(plan.callback, route);
    const hooks = hookedCallback(withDefaults(returns.callback, route), route, scope);
    const bound = [...plan.bound, ...hooks.bound];
    takenWildcards.set(route, new Set(bound.map(({ wildcard }) => wildcard)));
    route.wanted = new Set(bound.flatMap(({ provider }) => (provider === undefined ? [] : [provider.plugin])));
    warnOfUnknownClass(bound, route.displayName);
    const found = [...plan.problems, ...returns.problems, ...hooks.problems];
    if (inSocket && plan.problems.length === 0) found.push(...socketProblems(route));
    if (found.length === 0)
      route.callback = inSocket ? socketRoad(hooks.callback, route) : applyPlugins(hooks.callback, route.plugins, route);
    return found;
  });
  // Never half of it: a hook or plugin left out may be the one that keeps strangers away.
  if (problems.length > 0) route.callback = refusal(problems);
  return problems;
}

/** Plugins that are there per message stand around each of these, the others around the connection. */
function socketRoad(callback: Callback, route: Route): Callback {
  const messagePlugins = route.plugins.filter(isPerMessage);
  const unit = applyPlugins(unitCallback, messagePlugins, route);
  const connectionPlugins = route.plugins.filter((plugin) => !isPerMessage(plugin));
  const inner = applyPlugins(callback, connectionPlugins, route);
  return socketCallback(inner, unit === unitCallback ? undefined : unit, route);
}

function isPerMessage(plugin: Plugin): boolean {
  return plugin.socketScope === 'message';
}

/** A WebSocket that nobody holds is closed as soon as it is open. */
function socketProblems(route: Route): WiringProblem[] {
  const [first] = route.endpoint.parameters;
  const isTaken = takesArguments(route)
    ? first === undefined || !first.pattern || first.patternRest || first.patternNames?.includes('socket')
    : route.bound.some(({ from }) => from === 'the connection');
  if (isTaken) return [];
  return [
    {
      code: 'BN_SOCKET_UNUSED',
      message: 'The method answers a WebSocket, and takes none.',
      signature: route.endpoint.parameters.map(parameterText),
      cure: "add a parameter 'socket' (of type WebSocketConnection).",
    },
  ];
}

/** What a plugin threw when it was applied, with its name. */
class PluginFailure extends globalThis.Error {
  constructor(plugin: Plugin, cause: unknown) {
    const message = cause instanceof globalThis.Error ? cause.message : String(cause);
    super(`The plugin ${pluginName(plugin)} failed: ${message}`, { cause });
  }
}

/** Finds problems; what a plugin throws on the way is one of them. */
export function attempt(route: Route, find: () => readonly WiringProblem[]): WiringProblem[] {
  let found: readonly WiringProblem[];
  try {
    found = find();
  } catch (thrown) {
    const message = thrown instanceof globalThis.Error ? thrown.message : String(thrown);
    const cause = thrown instanceof PluginFailure ? thrown.cause : thrown;
    found = [{ code: 'BN_PLUGIN_FAILED', message, cause }];
  }
  return found.map((problem) => locate(problem, route));
}

/** Whether a bare function is called with `(args, context)`; with the option `params`, it is called like a method. */
function takesArguments({ endpoint, options }: Route): boolean {
  return endpoint.isFunction && options.params === undefined;
}

/** Wraps a callback into plugins, the first of the list outermost. */
export function applyPlugins(callback: Callback, plugins: readonly Plugin[], route: RouteInfo): Callback {
  return plugins.reduceRight((inner, plugin) => {
    let outer: unknown;
    try {
      outer = plugin.apply?.(inner, route) ?? inner;
    } catch (cause) {
      throw new PluginFailure(plugin, cause);
    }
    if (typeof outer === 'function') return outer as Callback;
    throw new TypeError(`The plugin ${pluginName(plugin)} must give a callback for ${route.displayName}, not a ${typeof outer}.`);
  }, callback);
}

/** What the parameters of a route's methods may draw from. */
export function scopeOf(route: Route, plugins: readonly Plugin[], inErrorHandler: boolean): Scope {
  const wildcards = (route.entry?.rule.wildcards ?? []).map(({ name, filter, type }, i) => ({
    key: name ?? `${i}`,
    isAnonymous: name === undefined,
    filter: filter === 'default' ? 'text' : filter,
    type: filter === 'default' ? 'string' : type,
  }));
  const isStreamed = route.options.stream === true;
  const inSocket = route.method === SOCKET_VERB;
  const providers = providersOf(plugins).map((provider) =>
    inSocket && isPerMessage(provider.plugin as Plugin) ? { ...provider, read: perMessage(provider.keyword) } : provider,
  );
  return { wildcards: inErrorHandler ? [] : wildcards, providers, inErrorHandler, inSocket, isStreamed };
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
  const optional = new Set(first?.patternOptional);
  const wildcards = new Set(scope.wildcards.map(({ key }) => key));
  const problems: WiringProblem[] = [];
  const bound: BoundParameter[] = [];
  const signature = route.endpoint.parameters.map(parameterText);
  for (const name of first?.patternNames ?? []) {
    if (wildcards.has(name)) continue;
    const parameter: Parameter = { ...(first as Parameter), name, type: undefined, pattern: false };
    const provider = scope.providers.find((candidate) => candidate.keyword === name);
    if (provider !== undefined) bound.push(provided(parameter, provider));
    else if (name === 'socket' && scope.inSocket)
      bound.push({ parameter, from: 'the connection', read: (context) => context.provided(WebSocketConnection) });
    else if (name === 'request') bound.push({ parameter, from: 'the request', read: (context) => context.request });
    else if (name === 'response') bound.push({ parameter, from: 'the response', read: (context) => context.response });
    else if (!optional.has(name)) problems.push({ ...unknownName(parameter, scope), signature });
  }
  const plain: Callback = (context) => fn(context.args, context);
  const filled: Callback = (context) => {
    const args: Record<string, unknown> = { ...context.args };
    for (const { parameter, read } of bound) args[parameter.name as string] = read(context);
    return fn(args, context);
  };
  const callback = bound.length === 0 ? plain : filled;
  return { callback: scope.inSocket ? openingFunction(callback, route.displayName) : callback, bound, problems };
}

function unknownName(parameter: Parameter, scope: Scope): WiringProblem {
  const { name } = parameter;
  return parameterProblem(
    'BN_PARAMETER_UNPROVIDED',
    `The function takes '${name}' out of its arguments, and nothing provides it.`,
    {
      parameter,
      names: availableNames(scope),
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
    return isThenable(result) ? Promise.resolve(result).then((value) => apply(context, value)) : apply(context, result);
  };
}

/** Under strict mode a wildcard that no parameter takes, of the method or of a hook around it, is a mistake. */
export function unusedWildcards(route: Route, strict: boolean): WiringProblem[] {
  if (!(route.options.strict ?? strict) || route.mounted !== undefined) return [];
  const { parameters } = route.endpoint;
  const [first] = parameters;
  const isFunction = takesArguments(route);
  // All arguments together may be used in any way.
  if (isFunction && first !== undefined && (!first.pattern || first.patternRest)) return [];
  const taken = takenWildcards.get(route);
  if (taken === undefined || taken.has('all')) return [];
  const wildcards = route.entry?.rule.wildcards ?? [];
  return wildcards.flatMap(({ name }, i) => {
    const isTaken = isFunction ? first?.patternNames?.includes(name ?? '') : taken.has(i);
    if (name === undefined || isTaken) return [];
    const names = parameters.flatMap((parameter) => (isFunction ? (parameter.patternNames ?? []) : (parameter.name ?? [])));
    const near = nearest(name, names);
    const problem: WiringProblem = {
      code: 'BN_WILDCARD_UNUSED',
      message: `No parameter takes the wildcard <${name}>, which strict mode demands.`,
      signature: parameters.map(parameterText),
      cure: `add a parameter '${name}', or make the wildcard anonymous: <>.`,
      ...(near !== undefined && { nearest: near }),
    };
    return [locate(problem, route)];
  });
}

/** Completes a problem with the place it was found at. */
export function locate(problem: WiringProblem, route: Route): WiringProblem {
  const controller = route.endpoint.group?.description.name;
  return {
    ...problem,
    ...(controller !== undefined && { controller }),
    method: problem.method ?? route.displayName,
    verb: route.method,
    rule: route.rule,
  };
}
