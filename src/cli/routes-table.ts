import type { Bottle } from '../app/bottle.js';
import { routeView } from '../app/debug-page/route-view.js';
import { joinRule } from '../app/wiring/group.js';
import type { Plugin } from '../app/wiring/plugin.js';
import type { Route } from '../app/wiring/route.js';

interface Row {
  readonly verb: string;
  readonly rule: string;
  readonly handler: string;
  readonly parameters: readonly string[];
  readonly plugins: string;
}

const HEAD: Row = { verb: 'VERB', rule: 'RULE', handler: 'HANDLER', parameters: ['PARAMETERS'], plugins: 'PLUGINS' };

/** How many routes an app and those mounted in it have. */
export function countRoutes(app: Bottle): number {
  return rowsOf(app, '', new Set([app]), []).length;
}

/** The routes of an app and of those mounted in it, for people: with each parameter's source, and the plugins in effect, outermost first. */
export function routesTable(app: Bottle): string {
  const rows = rowsOf(app, '', new Set([app]), []);
  if (rows.length === 0) return 'There are no routes.\n';
  const all = [HEAD, ...rows];
  const width = (column: (row: Row) => readonly string[]): number => Math.max(...all.flatMap(column).map((text) => text.length));
  const [verb, rule, handler, parameters] = [
    width((row) => [row.verb]),
    width((row) => [row.rule]),
    width((row) => [row.handler]),
    width((row) => row.parameters),
  ];
  const line = (...cells: [string, number][]): string =>
    cells
      .map(([text, size]) => text.padEnd(size))
      .join('  ')
      .trimEnd();
  const lines = all.flatMap((row) => [
    line([row.verb, verb], [row.rule, rule], [row.handler, handler], [row.parameters[0] ?? '', parameters], [row.plugins, 0]),
    ...row.parameters.slice(1).map((text) => line(['', verb], ['', rule], ['', handler], [text, parameters])),
  ]);
  const count = rows.length === 1 ? '1 route' : `${rows.length} routes`;
  return `${lines.join('\n')}\n\n${count}\n`;
}

function rowsOf(app: Bottle, prefix: string, seen: ReadonlySet<Bottle>, outside: readonly Plugin[]): Row[] {
  // The prefix itself and what lies below it are two routes.
  const shown = new Set<string>();
  return app.routes.flatMap((route) => {
    const { mounted } = route;
    const plugins = [...outside, ...app.pluginsOn(route)];
    const place = joinRule(prefix, route.rule.replace(/\/?<:re:\.\*>$/, ''));
    if (mounted !== undefined) {
      if (shown.has(place)) return [];
      shown.add(place);
    }
    if (mounted !== undefined && !seen.has(mounted)) {
      return rowsOf(mounted, place, new Set([...seen, mounted]), plugins);
    }
    return [rowOf(route, prefix, plugins)];
  });
}

function rowOf(route: Route, prefix: string, inEffect: readonly Plugin[]): Row {
  const { verb, rule, name, handler, parameters, plugins } = routeView(route, [], inEffect);
  return {
    verb: verb === 'PROXY' ? 'mount' : verb,
    rule: `${joinRule(prefix, rule) || '/'}${name === undefined ? '' : ` (${name})`}`,
    handler,
    parameters: parameters.map(({ text, from }) => `${text} from ${from}`),
    plugins: plugins.join(' → '),
  };
}
