import { parameterText } from '../../controllers/binding/wiring-error.js';
import { shorten } from '../../support/escape-html.js';
import type { AppCore } from '../wiring/app-core.js';
import type { Plugin } from '../wiring/plugin.js';
import { pluginName } from '../wiring/plugin-list.js';
import type { Route } from '../wiring/route.js';
import { inspectSafely } from './failure.js';

/** The wiring of a route, prepared for display. Unescaped. */
export interface RouteView {
  readonly verb: string;
  readonly rule: string;
  readonly name: string | undefined;
  /** `Posts.show`. */
  readonly handler: string;
  readonly parameters: readonly { readonly text: string; readonly from: string; readonly value: string | undefined }[];
  /** The outermost first. */
  readonly plugins: readonly string[];
}

/**
 * The view of the route that a request matched.
 *
 * @param plugins The plugins in effect, outermost first.
 */
export function routeView(route: Route, values: readonly unknown[], plugins: readonly Plugin[] = route.plugins): RouteView {
  const { bound } = route;
  const wildcards = route.entry?.rule.wildcards ?? [];
  // A bare function gets the wildcards as one object, which `bound` does not contain.
  const usesArgs =
    route.endpoint.isFunction && route.mounted === undefined && !bound.some(({ wildcard }) => wildcard !== undefined);
  const named = wildcards.flatMap(({ name, filter }, i) =>
    usesArgs && name !== undefined
      ? { text: name, from: `wildcard <${name}${filter === 'default' ? '' : `:${filter}`}>`, value: valueText(values[i]) }
      : [],
  );
  const parameters = bound.map(({ parameter, from, wildcard }) => ({
    text: parameterText(parameter),
    from,
    value: typeof wildcard === 'number' ? valueText(values[wildcard]) : undefined,
  }));
  return {
    verb: route.method,
    rule: route.rule,
    name: route.name,
    handler: route.displayName,
    parameters: [...named, ...parameters],
    plugins: plugins.map((plugin) => plugin.name ?? pluginName(plugin)),
  };
}

/** The routes of an app, for a request without a matching route. */
export interface RoutesView {
  readonly routes: readonly { readonly verb: string; readonly rule: string; readonly handler: string }[];
  readonly more: number;
  /** The path with or without a trailing slash, if that would have matched. */
  readonly meant: string | undefined;
}

const MAX_ROUTES = 40;

/** The routes of an app, those with the first segment of the path first. */
export function routesView(app: AppCore, verb: string, rawPath: string): RoutesView {
  const [start] = rawPath.split('/').filter(Boolean);
  const isNear = ({ rule }: Route): boolean => start !== undefined && rule.split('/').includes(start);
  const sorted = [...app.routes.filter(isNear), ...app.routes.filter((route) => !isNear(route))];
  const routes = sorted
    .slice(0, MAX_ROUTES)
    .map(({ method, rule, displayName }) => ({ verb: method === 'PROXY' ? 'mount' : method, rule, handler: displayName }));
  return { routes, more: sorted.length - routes.length, meant: slashVariant(app, verb, rawPath) };
}

function slashVariant(app: AppCore, verb: string, path: string): string | undefined {
  const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
  try {
    return other !== '' && app.router.match(verb, other) !== null ? other : undefined;
  } catch {
    return undefined;
  }
}

function valueText(value: unknown): string | undefined {
  return value === undefined ? undefined : shorten(inspectSafely(value), 120);
}
