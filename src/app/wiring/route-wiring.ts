import type { Parameter } from '../../controllers/decorators/controller-description.js';
import { compilePlan, type Plan, refusal } from '../../controllers/binding/call-plan.js';
import type { BoundParameter, Provider, Scope } from '../../controllers/binding/binding-scope.js';
import { availableNames, describeAvailable, provided } from '../../controllers/binding/provider-source.js';
import { parameterProblem, parameterText, type WiringProblem } from '../../controllers/binding/wiring-error.js';
import { chain } from '../../http/answer/chain.js';
import { HTTPError } from '../../http/http-error.js';
import { WebSocketConnection } from '../../http/sockets/websocket-connection.js';
import { nearest } from '../../support/nearest.js';
import type { App } from './app-core.js';
import { hookedCallback } from './controller-hooks.js';
import type { Callback, Context, Plugin, PluginLike } from './plugin.js';
import { asPlugin, pluginName } from './plugin-list.js';
import { withReturns } from '../../controllers/binding/returns-serializer.js';
import { call, limitStream, limitUnread } from '../road/call.js';
import type { Route } from './route.js';
import { openingFunction, openingMethod, SOCKET_VERB, socketCallback } from '../road/socket-route.js';
import { perMessage, unitCallback } from '../road/message-scope.js';
import { inAroundOrder, keysOf, pluginsAt, provisionsOf, readerOf } from './effective-plugins.js';
import { PluginFailure, wrapAround, wrapApply } from './wrap-plugins.js';

const boundWildcards = new WeakMap<Route, ReadonlySet<BoundParameter['wildcard']>>();

/**
 * Compiles a route. `callback` is its method, with the controller's hooks and the `apply` of plugins around it. `run` reads the
 * body and calls `callback`, with `around` of plugins outside. Returns the problems.
 */
export function wireRoute(route: Route): WiringProblem[] {
  const problems = collectProblems(route, () => (isMountPoint(route) ? wireMountPoint(route) : wireMethod(route)));
  // A route with a problem never runs in part: a missing hook or plugin may be the access check.
  if (problems.length > 0) {
    const refuse = refusal(problems);
    route.callback = refuse;
    route.run = refuse;
  }
  return problems;
}

function wireMethod(route: Route): WiringProblem[] {
  const { endpoint } = route;
  route.wildcardKeys = route.entry?.rule.wildcards.map((wildcard) => wildcard.name) ?? [];
  route.json = (route.options.json ?? route.config.get('autojson')) !== false;
  const plugins = pluginsAt(route.app, route.places);
  route.available = plugins;
  const scope = scopeOf(route, plugins, false);
  const inSocket = route.method === SOCKET_VERB;
  const fn = inSocket ? openingMethod(endpoint.fn, route.displayName) : endpoint.fn;
  const plan = takesArguments(route) ? functionPlan(route, scope) : compilePlan(fn, endpoint.target, endpoint.parameters, scope);
  // With a view, the template selects the properties of the result.
  const isSerialized = route.view === undefined && route.json;
  const returns = isSerialized ? withReturns(plan.callback, endpoint.extras) : { callback: plan.callback, problems: [] };
  const hooks = hookedCallback(withDefaults(returns.callback, route), route, scope);
  const bound = [...plan.bound, ...hooks.bound];
  route.bound = plan.bound;
  route.wanted = wantedPlugins(bound, plugins);
  boundWildcards.set(route, new Set(bound.map(({ wildcard }) => wildcard)));
  const found = [
    ...plan.problems,
    ...returns.problems,
    ...hooks.problems,
    ...usesProblems(plugins, [...route.app.plugins, ...plugins]),
  ];
  if (inSocket && plan.problems.length === 0) found.push(...socketProblems(route));
  if (found.length > 0) return found;
  const effective = new Set<Plugin>();
  route.callback = inSocket
    ? wrapSocket(hooks.callback, plugins, route, effective)
    : wrapApply(route.stream ? limitUnread(hooks.callback) : hooks.callback, plugins, route, effective);
  route.isRepeatable = effective.size > 0;
  route.run = wrapAround(call, plugins, { kind: 'route', route, app: route.app as App }, effective);
  route.plugins = effectivePlugins(plugins, effective);
  return [];
}

/** Wires a mount point with the `around` of plugins, and with the `apply` of plugins in its own options that have no `around`. */
function wireMountPoint(route: Route): WiringProblem[] {
  const plugins = pluginsAt(route.app, route.places);
  route.available = plugins;
  const applied = new Set(route.places.flatMap(({ apply }) => apply.map((plugin) => asPlugin(plugin as PluginLike))));
  const own = plugins.filter((plugin) => plugin.around === undefined && applied.has(plugin));
  const acting = plugins.filter((plugin) => plugin.around !== undefined || own.includes(plugin));
  const problems = usesProblems(acting, [...route.app.plugins, ...plugins]);
  if (problems.length > 0) return problems;
  const effective = new Set<Plugin>();
  const { fn } = route.endpoint;
  const inner = wrapApply((context) => fn({}, context), own, route, effective);
  route.callback = (context) => {
    limitStream(route, context);
    return inner(context);
  };
  route.run = wrapAround(route.callback, plugins, { kind: 'mount', route, app: route.app as App }, effective);
  route.plugins = effectivePlugins(plugins, effective);
  return [];
}

/** Whether a route is the mount point of an app, a `fetch` handler or a listener. */
export function isMountPoint(route: Route): boolean {
  return route.method === 'PROXY';
}

/** The plugins in effect, outermost first. */
function effectivePlugins(plugins: readonly Plugin[], effective: ReadonlySet<Plugin>): Plugin[] {
  const outside = inAroundOrder(plugins.filter((plugin) => plugin.around !== undefined));
  return [...new Set([...outside, ...plugins])].filter((plugin) => effective.has(plugin));
}

/** The plugins whose values parameters use, and those that these plugins use in turn. */
function wantedPlugins(bound: readonly BoundParameter[], plugins: readonly Plugin[]): ReadonlySet<object> {
  const wanted = new Set<object>(bound.flatMap(({ provider }) => (provider === undefined ? [] : [provider.plugin])));
  // From the inside out. A plugin that provides no values is in effect on every route.
  for (const [i, plugin] of [...plugins.entries()].reverse()) {
    if (provisionsOf(plugin).length > 0 && !wanted.has(plugin)) continue;
    for (const key of plugin.uses ?? []) {
      const provider = plugins.slice(0, i).findLast((other) => keysOf(other).includes(key));
      // A plugin with `around` only is outside of every `apply`, so it reads the value through `context.read`.
      if (provider !== undefined && (provider.around !== undefined || plugin.apply !== undefined)) wanted.add(provider);
    }
  }
  return wanted;
}

/**
 * Reports values that plugins use and no outer plugin provides.
 *
 * @param readable The plugins that `context.read` finds, at any position.
 */
export function usesProblems(plugins: readonly Plugin[], readable: readonly Plugin[]): WiringProblem[] {
  const around = inAroundOrder(plugins.filter((plugin) => plugin.around !== undefined));
  const order = [...around, ...plugins.filter((plugin) => plugin.around === undefined)];
  return order.flatMap((plugin, i) =>
    (plugin.uses ?? []).flatMap((key) => {
      if (order.slice(0, i).some((other) => keysOf(other).includes(key))) return [];
      if (readerOf(readable, key) !== undefined) return [];
      const inside = plugins.find((other) => other !== plugin && keysOf(other).includes(key));
      const label = typeof key === 'string' ? `'${key}'` : key.name;
      const message =
        inside === undefined
          ? `The plugin ${pluginName(plugin)} uses ${label}, and no plugin provides it.`
          : `The plugin ${pluginName(plugin)} uses ${label}, which ${pluginName(inside)} provides further inside.`;
      const cure =
        inside === undefined
          ? `install the plugin that provides ${label} before it.`
          : `install ${pluginName(inside)} before ${pluginName(plugin)}; a plugin with \`around\` can only use what another \`around\` provides.`;
      return [{ code: 'BN_PLUGIN_USES', message, cure }];
    }),
  );
}

/** Wraps each message in the plugins of `socketScope: 'message'`, and the connection in the others. */
function wrapSocket(callback: Callback, plugins: readonly Plugin[], route: Route, effective: Set<Plugin>): Callback {
  const unit = wrapApply(unitCallback, plugins.filter(isPerMessage), route, effective);
  const others = plugins.filter((plugin) => !isPerMessage(plugin));
  const inner = wrapApply(callback, others, route, effective);
  return socketCallback(inner, unit === unitCallback ? undefined : unit, route);
}

function isPerMessage(plugin: Plugin): boolean {
  return plugin.socketScope === 'message';
}

/** Reports a method without a socket parameter: its connection would be closed at once. */
function socketProblems(route: Route): WiringProblem[] {
  const [first] = route.endpoint.parameters;
  const isTaken = takesArguments(route)
    ? first === undefined || !first.pattern || first.patternRest || first.patternNames?.includes('socket')
    : route.bound.some(({ from }) => from === 'the connection');
  if (isTaken) return [];
  return [
    {
      code: 'BN_SOCKET_UNUSED',
      message: 'The method of a WebSocket route has no parameter for the connection.',
      signature: route.endpoint.parameters.map(parameterText),
      cure: "add a parameter 'socket' (of type WebSocketConnection).",
    },
  ];
}

/** Collects problems. An error that a plugin throws is one of them. */
export function collectProblems(route: Route | undefined, find: () => readonly WiringProblem[]): WiringProblem[] {
  let found: readonly WiringProblem[];
  try {
    found = find();
  } catch (thrown) {
    const message = thrown instanceof globalThis.Error ? thrown.message : String(thrown);
    const cause = thrown instanceof PluginFailure ? thrown.cause : thrown;
    found = [{ code: 'BN_PLUGIN_FAILED', message, cause }];
  }
  return route === undefined ? [...found] : found.map((problem) => withLocation(problem, route));
}

/** Whether a bare function is called with `(args, context)`; with the option `params`, it is called like a method. */
function takesArguments({ endpoint, options }: Route): boolean {
  return endpoint.isFunction && options.params === undefined;
}

/** The values that the parameters of a route's methods can use. */
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

/** The values that plugins provide to parameters. The later of two with the same keyword is the inner one, so it wins. */
function providersOf(plugins: readonly Plugin[]): Provider[] {
  const providers = new Map<string | Function, Provider>();
  for (const plugin of plugins) {
    for (const { keyword, type } of provisionsOf(plugin)) {
      const key = keyword ?? type;
      if (key !== undefined) providers.set(key, { plugin, name: pluginName(plugin), keyword: key, type });
    }
  }
  return [...providers.values()];
}

/** Compiles the call of a bare function: it gets the wildcards, other values that it destructures, and the context. */
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
    `The function destructures '${name}' from its arguments, but nothing provides it.`,
    {
      parameter,
      names: availableNames(scope),
      available: describeAvailable(scope),
      cure: 'name one of the wildcards, install the plugin that provides it, or give it a default value.',
    },
  );
}

/** Applies `@Status` and `@SetHeader` to a successful response, unless it sets these itself. */
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
  return (context) =>
    chain(
      () => callback(context),
      (result) => apply(context, result),
    );
}

/** Reports, in strict mode, wildcards that no parameter of the method or of its hooks uses. */
export function unusedWildcards(route: Route, strict: boolean): WiringProblem[] {
  if (!(route.options.strict ?? strict) || isMountPoint(route)) return [];
  const { parameters } = route.endpoint;
  const [first] = parameters;
  const isFunction = takesArguments(route);
  // A function that takes all arguments as one object may use any of them.
  if (isFunction && first !== undefined && (!first.pattern || first.patternRest)) return [];
  const taken = boundWildcards.get(route);
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
    return [withLocation(problem, route)];
  });
}

/** Adds the controller, method, verb and rule to a problem. */
export function withLocation(problem: WiringProblem, route: Route): WiringProblem {
  const controller = route.endpoint.group?.description.name;
  return {
    ...problem,
    ...(controller !== undefined && { controller }),
    method: problem.method ?? route.displayName,
    verb: route.method,
    rule: route.rule,
  };
}
