import type { Bottle } from '../app/bottle.js';
import type { Route } from '../app/route.js';
import { SOCKET_VERB } from '../app/socket-route.js';
import type { Part } from '../routing/wildcard.js';

/** A route, and where the mounts around its app put it. */
export interface Place {
  readonly route: Route;
  /** The whole rule, with those of the mounts in front. */
  readonly parts: readonly Part[];
  /** The mounts that lead here, outermost first. */
  readonly mounts: readonly Route[];
}

/** The routes of an app and of the apps mounted in it that documents tell of: no WebSockets, no foreign handlers, none replaced. */
export function placesOf(app: Bottle): Place[] {
  return below(app, [], []);
}

function below(app: Bottle, prefix: readonly Part[], mounts: readonly Route[]): Place[] {
  const live = new Map(app.router.entries.map((entry) => [`${entry.method} ${entry.rule.shape}`, entry]));
  return app.router.entries.flatMap((entry): Place[] => {
    const { target: route, rule } = entry;
    if (entry.method === SOCKET_VERB || live.get(`${entry.method} ${rule.shape}`) !== entry) return [];
    if (entry.method !== 'PROXY') return [{ route, parts: joined(prefix, rule.parts), mounts }];
    // A mount has a rule for its prefix, and one for everything below it.
    const isBelow = rule.text.endsWith('/<:re:.*>');
    if (route.mounted === undefined || !isBelow) return [];
    return below(route.mounted, joined(prefix, withoutRest(rule.parts)), [...mounts, route]);
  });
}

/** A mount's rule without the wildcard that takes the rest, and without the slash before that. */
function withoutRest(parts: readonly Part[]): Part[] {
  const kept = parts.slice(0, -1);
  const last = kept.at(-1);
  if (typeof last !== 'string') return kept;
  return last === '/' ? kept.slice(0, -1) : [...kept.slice(0, -1), last.replace(/\/$/, '')];
}

function joined(prefix: readonly Part[], parts: readonly Part[]): Part[] {
  // The root of a mounted app is the mount point itself.
  if (prefix.length > 0 && parts.length === 1 && parts[0] === '/') return [...prefix];
  return [...prefix, ...parts];
}
