import type { Rule } from '../../routing/rule.js';
import type { AppCore, MountPoint } from '../wiring/app-core.js';

/** The values for the wildcards of a rule: named ones, and anonymous ones in order. */
interface RuleValues {
  readonly params: Readonly<Record<string, unknown>>;
  readonly anonymous: readonly unknown[];
}

/**
 * Builds the prefixes under which an app is mounted, outermost first, percent-encoded. Returns the values that the wildcards of the
 * prefixes have not used, for the rule of the app itself.
 *
 * @throws RouteBuildError when a wildcard of a prefix has no value.
 */
export function mountedPrefix({ mountedAt }: AppCore, values: RuleValues): RuleValues & { prefix: string } {
  if (mountedAt === undefined) return { prefix: '', ...values };
  const outer = mountedPrefix(mountedAt.app, values);
  const { rule } = mountedAt;
  if (rule === undefined) return outer;
  const own = pickValues(rule, outer);
  return { prefix: outer.prefix + rule.build(own.params, own.anonymous), ...own.rest };
}

/** Splits the values into those of a rule's wildcards, and the rest. */
function pickValues(rule: Rule, { params, anonymous }: RuleValues): RuleValues & { rest: RuleValues } {
  const names = new Set(rule.wildcards.map(({ name }) => name));
  const entries = Object.entries(params);
  const count = rule.wildcards.filter(({ name }) => name === undefined).length;
  return {
    params: Object.fromEntries(entries.filter(([name]) => names.has(name))),
    anonymous: anonymous.slice(0, count),
    rest: {
      params: Object.fromEntries(entries.filter(([name]) => !names.has(name))),
      anonymous: anonymous.slice(count),
    },
  };
}

/** The place where a mount puts an app. */
export function mountPoint(app: AppCore, base: string): MountPoint {
  const route = base === '' ? undefined : app.routes.findLast((one) => one.rule === base);
  return { app, rule: route?.entry?.rule };
}
