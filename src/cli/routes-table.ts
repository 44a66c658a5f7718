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

/** The number of routes of an app and its mounted apps. */
export function countRoutes(app: Bottle): number {
  return rowsOf(app, '', new Set([app]), []).length;
}

/**
 * The routes of an app and its mounted apps as a text table, with the source of each parameter and the effective plugins,
 * outermost first.
 */
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

function rowsOf(app: Bottle, prefix: string, visited: ReadonlySet<Bottle>, outerPlugins: readonly Plugin[]): Row[] {
  // A mount has two routes: the prefix itself and the paths below it.
  const listed = new Set<string>();
  return app.routes.flatMap((route) => {
    const { mounted } = route;
    const plugins = [...outerPlugins, ...app.pluginsOn(route)];
    const rule = joinRule(prefix, route.rule.replace(/\/?<:re:\.\*>$/, ''));
    if (mounted !== undefined) {
      if (listed.has(rule)) return [];
      listed.add(rule);
    }
    if (mounted !== undefined && !visited.has(mounted)) {
      return rowsOf(mounted, rule, new Set([...visited, mounted]), plugins);
    }
    return [rowOf(route, prefix, plugins)];
  });
}

function rowOf(route: Route, prefix: string, effectivePlugins: readonly Plugin[]): Row {
  const { verb, rule, name, handler, parameters, plugins } = routeView(route, [], effectivePlugins);
  return {
    verb: verb === 'PROXY' ? 'mount' : verb,
    rule: `${joinRule(prefix, rule) || '/'}${name === undefined ? '' : ` (${name})`}`,
    handler,
    parameters: parameters.map(({ text, from }) => `${text} from ${from}`),
    plugins: plugins.join(' → '),
  };
}
