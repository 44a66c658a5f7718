import type { App, AppCore } from '../app/wiring/app-core.js';
import type { Plugin, RouteInfo } from '../app/wiring/plugin.js';
import type { Endpoint, Route } from '../app/wiring/route.js';
import { ErrorHandlers } from '../app/road/error-handlers.js';
import type { Callback } from '../http/context.js';
import { HTTPError } from '../http/http-error.js';
import { DOCS } from '../controllers/decorators/documentation.js';
import type { Parameter, ParameterSource } from '../controllers/decorators/controller-description.js';
import type { ViewMark } from '../controllers/decorators/view-options.js';
import { inputOf } from '../controllers/binding/parameter-input.js';
import { RETURNS, type ReturnsMark } from '../controllers/decorators/returns-decorator.js';
import { targetOf } from '../controllers/binding/target-type.js';
import { WiringError } from '../controllers/binding/wiring-error.js';
import type { FilterType } from '../routing/filters.js';
import { encodeLiteral } from '../routing/path.js';
import type { Part } from '../routing/wildcard.js';

/** The description of a route, for tools that document an app: OpenAPI, clients, consoles. */
export interface RouteDescription {
  readonly route: RouteInfo;
  /** The whole rule, with the rules of the mounts in front: percent-encoded text and wildcards. */
  readonly parts: readonly (string | WildcardDescription)[];
  /** The mount points around the route, outermost first. */
  readonly mounts: readonly RouteInfo[];
  /** The plugins in effect, outermost first, including those around the mounts. */
  readonly plugins: readonly Plugin[];
  /** The inputs of the method and of the hooks of its controller. */
  readonly inputs: readonly InputDescription[];
  /** Whether an input can be rejected with 422. */
  readonly isValidated: boolean;
  readonly result: ResultDescription;
  /** The error handlers of the controller (`@Error`): the handled statuses and classes, and the result. */
  readonly errors: readonly { readonly what: readonly (number | Function)[]; readonly result: ResultDescription }[];
  /**
   * The result of the handler that answers an `HTTPError` of a status: of the controller, else of the app, else of the apps around it.
   * `undefined` without a handler: the answer is problem details, or a page for browsers.
   */
  readonly errorResult: (status: number) => ResultDescription | undefined;
  /** The values of `@Summary`, `@Description`, `@Tag`, `@Deprecated` and `config: { openapi }`. `config` overrides decorators. */
  readonly docs: Readonly<Record<string, unknown>>;
  /** Whether `@Hidden` or `config: { openapi: false }` excludes the route from documents. */
  readonly isHidden: boolean;
  /** The controller of the route: its name and its documentation. */
  readonly controller?: {
    readonly name: string;
    readonly description?: string | undefined;
    readonly tags?: readonly string[] | undefined;
  };
}

/** A wildcard of a rule. */
export interface WildcardDescription {
  /** The name; `undefined` for an anonymous wildcard. */
  readonly name: string | undefined;
  /** The name of the filter; `default` without a filter. */
  readonly filter: string;
  /** The type of the value; `undefined` if the filter does not declare one. */
  readonly type: FilterType | undefined;
  /** The source of the regular expression that matches the whole text. */
  readonly pattern: string;
  /** Whether the text may contain slashes. */
  readonly crossesSlashes: boolean;
  /** Whether the wildcard belongs to the rule of a mount, so that no parameter of the method binds it. */
  readonly isOfMount: boolean;
}

/** The input of one parameter. */
export interface InputDescription {
  /** The source of the value. `param` means wildcards. */
  readonly kind: 'param' | 'query' | 'form' | 'header' | 'cookie' | 'upload' | 'body';
  /** The name of the value in the request; `undefined` if the parameter binds all values of this kind. */
  readonly name: string | undefined;
  /** Whether the parameter binds all values without conversion, as a `FormsDict` or `HeaderDict`. */
  readonly isDictionary: boolean;
  /** The target class or Standard Schema; `undefined` for any value. For a list, the type of its elements. */
  readonly type: Function | object | undefined;
  readonly isList: boolean;
  readonly isRequired: boolean;
  /** Whether `null` is accepted instead of a value. */
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  /** The default value, if it is written as a literal. */
  readonly defaultValue: unknown;
  /** Whether the value is a signed cookie. */
  readonly isSigned: boolean;
  /** The validation groups of class-validator. */
  readonly groups: readonly string[] | undefined;
  /** The treatment of properties that the class does not declare. Default: `drop`. */
  readonly unknown: 'drop' | 'keep' | 'refuse' | undefined;
}

/** The successful result of a method. */
export interface ResultDescription {
  /** The status of `@Status`. */
  readonly status: number | undefined;
  /** The headers of `@SetHeader`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The type of `@Returns`. */
  readonly returns: { readonly type: Function; readonly isList: boolean } | undefined;
  /** The declared return type, if the compiler emits it. */
  readonly declared: Function | undefined;
  /** Present if a template renders the result. `offersJson`: whether clients that prefer JSON get JSON. */
  readonly view: { readonly offersJson: boolean } | undefined;
}

/**
 * Describes the reachable routes of an app and of the apps mounted in it. Mount points of other handlers are routes with the verb
 * `PROXY`.
 *
 * @param app the app to describe.
 * @throws WiringError if the wiring has problems.
 * @example for (const { route, plugins } of describeRoutes(app)) console.log(route.method, route.rule, plugins.length);
 */
export function describeRoutes(app: App): RouteDescription[] {
  const problems = app.wiringPending();
  if (problems.length > 0) throw new WiringError(problems);
  return routesBelow(app, { parts: [], mounts: [], plugins: [], apps: [] });
}

/** The mounts around an app, with their rules and plugins. */
type MountContext = Pick<RouteDescription, 'parts' | 'mounts' | 'plugins'> & { readonly apps: readonly AppCore[] };

function routesBelow(app: AppCore, outer: MountContext): RouteDescription[] {
  const reachable = new Map(app.router.entries.map((entry) => [`${entry.method} ${entry.rule.shape}`, entry]));
  return app.router.entries.flatMap((entry): RouteDescription[] => {
    const { target: route, rule } = entry;
    if (reachable.get(`${entry.method} ${rule.shape}`) !== entry) return [];
    const plugins = [...outer.plugins, ...app.pluginsOn(route)];
    // A mount has one rule for its prefix and one for the paths below it. Only the second is described.
    const isMount = entry.method === 'PROXY';
    if (isMount && !rule.text.endsWith('/<:re:.*>')) return [];
    if (route.mounted !== undefined) {
      const parts = joinParts(outer.parts, prefixParts(rule.parts).map(describePart(true)));
      return routesBelow(route.mounted, { parts, mounts: [...outer.mounts, route], plugins, apps: [app, ...outer.apps] });
    }
    const parts = joinParts(outer.parts, rule.parts.map(describePart(false)));
    return [describe(route, { ...outer, plugins, parts, apps: [app, ...outer.apps] })];
  });
}

/** The rule of a mount without its trailing wildcard and the slash before it. */
function prefixParts(parts: readonly Part[]): Part[] {
  const prefix = parts.slice(0, -1);
  const last = prefix.at(-1);
  if (typeof last !== 'string') return prefix;
  return last === '/' ? prefix.slice(0, -1) : [...prefix.slice(0, -1), last.replace(/\/$/, '')];
}

function joinParts(prefix: MountContext['parts'], parts: MountContext['parts']): MountContext['parts'] {
  // The root of a mounted app is the mount point itself.
  if (prefix.length > 0 && parts.length === 1 && parts[0] === '/') return prefix;
  return [...prefix, ...parts];
}

function describePart(isOfMount: boolean): (part: Part) => string | WildcardDescription {
  return (part) => {
    if (typeof part === 'string') return encodeLiteral(part);
    const { name, filter, type, pattern } = part;
    const crossesSlashes = filter === 'path' || (filter === 're' && pattern.matchesSlash);
    return { name, filter, type, pattern: pattern.source, crossesSlashes, isOfMount };
  };
}

function describe(route: Route, { apps, ...outer }: MountContext): RouteDescription {
  const { endpoint } = route;
  const { group } = endpoint;
  const methods = group?.description.methods ?? [];
  const extras = group?.description.extras;
  return {
    ...outer,
    route,
    inputs: inputsOf(route),
    isValidated: route.bound.some(({ mayFail }) => mayFail === true),
    result: resultOf({ ...endpoint, view: route.view }),
    errors: methods
      .filter(({ errors }) => errors.length > 0)
      .map((method) => ({ what: method.errors, result: resultOf(method) })),
    errorResult: errorResults(methods, [route.app, ...apps]),
    ...docsOf(route),
    ...(group !== undefined && {
      controller: {
        name: group.description.name,
        description: extras?.get(DOCS.description) as string | undefined,
        tags: extras?.get(DOCS.tags) as string[] | undefined,
      },
    }),
  };
}

/** Finds the result of the error handler for a status, in the order in which a request looks for it. */
function errorResults(methods: readonly ResultMethod[], apps: readonly AppCore[]): RouteDescription['errorResult'] {
  const own = new ErrorHandlers();
  const results = new Map<Callback, ResultDescription>();
  for (const method of methods) {
    const stand: Callback = () => undefined;
    results.set(stand, resultOf(method));
    own.setAll(method.errors, stand);
  }
  return (status) => {
    const error = new HTTPError(status);
    for (const handlers of [own, ...apps.map(({ errors }) => errors)]) {
      const found = handlers.find(error, error);
      if (found !== undefined) return results.get(found.callback) ?? UNKNOWN_RESULT;
    }
    return undefined;
  };
}

/** The result of a function, which declares nothing. */
const UNKNOWN_RESULT: ResultDescription = {
  status: undefined,
  headers: [],
  returns: undefined,
  declared: undefined,
  view: undefined,
};

/** The inputs of the parameters of the method, then those of the hooks of its controller. */
function inputsOf({ endpoint, bound, entry }: Route): InputDescription[] {
  const wildcards = entry?.rule.wildcards ?? [];
  const own = bound.flatMap(({ parameter, wildcard }) => {
    if (wildcard === undefined) return requestInput(parameter, parameter.source);
    const source = parameter.source ?? { kind: 'param', options: {} };
    const name = wildcard === 'all' ? undefined : wildcards[wildcard]?.name;
    return [describeInput(parameter, source, 'param', { name, isDictionary: false })];
  });
  const hooks = (endpoint.group?.description.methods ?? []).filter((method) => method.hooks.length > 0);
  return [...own, ...hooks.flatMap(({ parameters }) => parameters.flatMap((one) => requestInput(one, one.source)))];
}

function requestInput(parameter: Parameter, source: ParameterSource | undefined): InputDescription[] {
  if (source === undefined) return [];
  const { kind } = source;
  if (kind === 'inject' || kind === 'custom' || kind === 'param') return [];
  return [describeInput(parameter, source, kind, inputOf(parameter, source, targetOf(parameter, source)))];
}

function describeInput(
  parameter: Parameter,
  source: ParameterSource,
  kind: InputDescription['kind'],
  input: Pick<InputDescription, 'name' | 'isDictionary'>,
): InputDescription {
  const { type, isList } = targetOf(parameter, source);
  const { required, nullable, secret, groups, unknown } = source.options;
  return {
    ...input,
    kind,
    type,
    isList,
    isRequired: required === true,
    isNullable: nullable === true,
    hasDefault: parameter.hasDefault,
    defaultValue: parameter.defaultValue,
    isSigned: secret !== undefined,
    groups,
    unknown,
  };
}

type ResultMethod = ResultSource & { readonly errors: readonly (number | Function)[] };

type ResultSource = Pick<Endpoint, 'headers' | 'extras'> & {
  readonly status?: number | undefined;
  readonly returnType?: Function | undefined;
  readonly view?: ViewMark | undefined;
};

function resultOf({ status, headers, extras, returnType, view }: ResultSource): ResultDescription {
  return {
    status,
    headers,
    returns: extras.get(RETURNS) as ReturnsMark | undefined,
    declared: returnType,
    view: view && { offersJson: view.options.json !== false },
  };
}

/** The documentation of a route. The route's own overrides its controller's, and `config` overrides decorators. */
function docsOf({ endpoint, options }: Route): Pick<RouteDescription, 'docs' | 'isHidden'> {
  const { extras, group } = endpoint;
  const controllerExtras: ReadonlyMap<string | symbol, unknown> = group?.description.extras ?? new Map();
  const configs = [group?.config.openapi, options.config?.openapi];
  const [shared, own] = configs.map((config) => (typeof config === 'object' && config !== null ? config : {}));
  const decorated = {
    summary: extras.get(DOCS.summary),
    description: extras.get(DOCS.description),
    tags: extras.get(DOCS.tags) ?? controllerExtras.get(DOCS.tags) ?? (group && [group.description.name]),
    deprecated: extras.get(DOCS.deprecated) ?? controllerExtras.get(DOCS.deprecated),
  };
  const defined = Object.fromEntries(Object.entries(decorated).filter(([, value]) => value !== undefined));
  const isHidden = extras.has(DOCS.hidden) || controllerExtras.has(DOCS.hidden) || (configs[1] ?? configs[0]) === false;
  return { docs: { ...defined, ...shared, ...own }, isHidden };
}
