import type { App, AppCore } from '../app/wiring/app-core.js';
import type { Plugin, RouteInfo } from '../app/wiring/plugin.js';
import type { Endpoint, Route } from '../app/wiring/route.js';
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

/** What is known of a route, for tools that describe an app to others: documents, clients, consoles. */
export interface RouteDescription {
  readonly route: RouteInfo;
  /** The whole rule, with those of the mounts in front: percent-encoded text, and wildcards. */
  readonly parts: readonly (string | WildcardDescription)[];
  /** The mount points that lead to it, outermost first. */
  readonly mounts: readonly RouteInfo[];
  /** The plugins in effect, outermost first, with those around the mounts. */
  readonly plugins: readonly Plugin[];
  /** What the method, and the hooks of its controller, take of a request. */
  readonly inputs: readonly InputDescription[];
  /** Whether what the method takes may be refused as not valid, with 422. */
  readonly isValidated: boolean;
  readonly result: ResultDescription;
  /** The error handlers of the controller (`@Error`), and what they answer. */
  readonly errors: readonly { readonly what: readonly (number | Function)[]; readonly result: ResultDescription }[];
  /** What `@Summary`, `@Description`, `@Tag`, `@Deprecated` and `config: { openapi }` say; `config` before decorators. */
  readonly docs: Readonly<Record<string, unknown>>;
  /** Whether `@Hidden` or `config: { openapi: false }` leaves it out of documents. */
  readonly isHidden: boolean;
  /** The controller, by its name and by what it says of all its methods. */
  readonly controller?: {
    readonly name: string;
    readonly description?: string | undefined;
    readonly tags?: readonly string[] | undefined;
  };
}

/** A wildcard of a rule. */
export interface WildcardDescription {
  /** `undefined` for an anonymous one. */
  readonly name: string | undefined;
  /** As the rule names it; `default` without a filter. */
  readonly filter: string;
  /** What its value is, if the filter tells. */
  readonly type: FilterType | undefined;
  /** The source of the regular expression that its text matches as a whole. */
  readonly pattern: string;
  /** Whether its text may contain slashes. */
  readonly crossesSlashes: boolean;
  /** Whether it stands in the rule of a mount, which no parameter of the method takes. */
  readonly isOfMount: boolean;
}

/** What one parameter takes of a request. */
export interface InputDescription {
  /** `param` stands for wildcards. */
  readonly kind: 'param' | 'query' | 'form' | 'header' | 'cookie' | 'upload' | 'body';
  /** The name that clients send it under; `undefined` where the parameter takes all there is of this kind. */
  readonly name: string | undefined;
  /** Whether it takes all there is as it came, in a `FormsDict` or `HeaderDict`. */
  readonly isDictionary: boolean;
  /** The class or Standard Schema that it becomes; `undefined` for anything. Of a list, that of its elements. */
  readonly type: Function | object | undefined;
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
  /** Its default, where that is written as a literal. */
  readonly defaultValue: unknown;
  /** Whether it is a cookie that the server signs. */
  readonly isSigned: boolean;
  /** Validation groups of class-validator. */
  readonly groups: readonly string[] | undefined;
  /** What becomes of properties that the class does not declare. Default: `drop`. */
  readonly unknown: 'drop' | 'keep' | 'refuse' | undefined;
}

/** What a method answers when it succeeds. */
export interface ResultDescription {
  /** What `@Status` says. */
  readonly status: number | undefined;
  /** What `@SetHeader` says. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What `@Returns` says. */
  readonly returns: { readonly type: Function; readonly isList: boolean } | undefined;
  /** The declared result, where the compiler emits it. */
  readonly declared: Function | undefined;
  /** Whether a template renders it, and whether clients that prefer JSON get that. */
  readonly view: { readonly offersJson: boolean } | undefined;
}

/**
 * Describes the routes of an app and of the apps mounted in it, as far as requests can reach them. Mount points of other handlers are
 * routes of the verb `PROXY`.
 *
 * @throws WiringError when the wiring is not whole.
 * @example for (const { route, plugins } of describeRoutes(app)) console.log(route.method, route.rule, plugins.length);
 */
export function describeRoutes(app: App): RouteDescription[] {
  const problems = app.wiringPending();
  if (problems.length > 0) throw new WiringError(problems);
  return routesBelow(app, { parts: [], mounts: [], plugins: [] });
}

type Outside = Pick<RouteDescription, 'parts' | 'mounts' | 'plugins'>;

function routesBelow(app: AppCore, outside: Outside): RouteDescription[] {
  const live = new Map(app.router.entries.map((entry) => [`${entry.method} ${entry.rule.shape}`, entry]));
  return app.router.entries.flatMap((entry): RouteDescription[] => {
    const { target: route, rule } = entry;
    if (live.get(`${entry.method} ${rule.shape}`) !== entry) return [];
    const plugins = [...outside.plugins, ...app.pluginsOn(route)];
    // A mount has a rule for its prefix, and one for everything below it.
    const isMount = entry.method === 'PROXY';
    if (isMount && !rule.text.endsWith('/<:re:.*>')) return [];
    if (route.mounted !== undefined) {
      const parts = joined(outside.parts, withoutRest(rule.parts).map(described(true)));
      return routesBelow(route.mounted, { parts, mounts: [...outside.mounts, route], plugins });
    }
    return [describe(route, { ...outside, plugins, parts: joined(outside.parts, rule.parts.map(described(false))) })];
  });
}

/** A mount's rule without the wildcard that takes the rest, and without the slash before that. */
function withoutRest(parts: readonly Part[]): Part[] {
  const kept = parts.slice(0, -1);
  const last = kept.at(-1);
  if (typeof last !== 'string') return kept;
  return last === '/' ? kept.slice(0, -1) : [...kept.slice(0, -1), last.replace(/\/$/, '')];
}

function joined(prefix: Outside['parts'], parts: Outside['parts']): Outside['parts'] {
  // The root of a mounted app is the mount point itself.
  if (prefix.length > 0 && parts.length === 1 && parts[0] === '/') return prefix;
  return [...prefix, ...parts];
}

function described(isOfMount: boolean): (part: Part) => string | WildcardDescription {
  return (part) => {
    if (typeof part === 'string') return encodeLiteral(part);
    const { name, filter, type, pattern } = part;
    const crossesSlashes = filter === 'path' || (filter === 're' && pattern.matchesSlash);
    return { name, filter, type, pattern: pattern.source, crossesSlashes, isOfMount };
  };
}

function describe(route: Route, place: Outside): RouteDescription {
  const { endpoint } = route;
  const { group } = endpoint;
  const methods = group?.description.methods ?? [];
  const extras = group?.description.extras;
  return {
    ...place,
    route,
    inputs: inputsOf(route),
    isValidated: route.bound.some(({ mayFail }) => mayFail === true),
    result: resultOf({ ...endpoint, view: route.view }),
    errors: methods
      .filter(({ errors }) => errors.length > 0)
      .map((method) => ({ what: method.errors, result: resultOf(method) })),
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

/** Of the parameters of the method, then of the hooks around it. */
function inputsOf({ endpoint, bound, entry }: Route): InputDescription[] {
  const wildcards = entry?.rule.wildcards ?? [];
  const own = bound.flatMap(({ parameter, wildcard }) => {
    if (wildcard === undefined) return inputFrom(parameter, parameter.source);
    const source = parameter.source ?? { kind: 'param', options: {} };
    const name = wildcard === 'all' ? undefined : wildcards[wildcard]?.name;
    return [inputWith(parameter, source, 'param', { name, isDictionary: false })];
  });
  const hooks = (endpoint.group?.description.methods ?? []).filter((method) => method.hooks.length > 0);
  return [...own, ...hooks.flatMap(({ parameters }) => parameters.flatMap((one) => inputFrom(one, one.source)))];
}

function inputFrom(parameter: Parameter, source: ParameterSource | undefined): InputDescription[] {
  if (source === undefined) return [];
  const { kind } = source;
  if (kind === 'inject' || kind === 'custom' || kind === 'param') return [];
  return [inputWith(parameter, source, kind, inputOf(parameter, source, targetOf(parameter, source)))];
}

function inputWith(
  parameter: Parameter,
  source: ParameterSource,
  kind: InputDescription['kind'],
  input: Pick<InputDescription, 'name' | 'isDictionary'>,
): InputDescription {
  const { type, isList } = targetOf(parameter, source);
  const { required, secret, groups, unknown } = source.options;
  return {
    ...input,
    kind,
    type,
    isList,
    isRequired: required === true,
    hasDefault: parameter.hasDefault,
    defaultValue: parameter.defaultValue,
    isSigned: secret !== undefined,
    groups,
    unknown,
  };
}

type Answering = Pick<Endpoint, 'headers' | 'extras'> & {
  readonly status?: number | undefined;
  readonly returnType?: Function | undefined;
  readonly view?: ViewMark | undefined;
};

function resultOf({ status, headers, extras, returnType, view }: Answering): ResultDescription {
  return {
    status,
    headers,
    returns: extras.get(RETURNS) as ReturnsMark | undefined,
    declared: returnType,
    view: view && { offersJson: view.options.json !== false },
  };
}

/** What is said of a route in words: its own before its controller's, `config` before decorators. */
function docsOf({ endpoint, options }: Route): Pick<RouteDescription, 'docs' | 'isHidden'> {
  const { extras, group } = endpoint;
  const general: ReadonlyMap<string | symbol, unknown> = group?.description.extras ?? new Map();
  const configs = [group?.config.openapi, options.config?.openapi];
  const [shared, own] = configs.map((config) => (typeof config === 'object' && config !== null ? config : {}));
  const said = {
    summary: extras.get(DOCS.summary),
    description: extras.get(DOCS.description),
    tags: extras.get(DOCS.tags) ?? general.get(DOCS.tags) ?? (group && [group.description.name]),
    deprecated: extras.get(DOCS.deprecated) ?? general.get(DOCS.deprecated),
  };
  const known = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const isHidden = extras.has(DOCS.hidden) || general.has(DOCS.hidden) || (configs[1] ?? configs[0]) === false;
  return { docs: { ...known, ...shared, ...own }, isHidden };
}
