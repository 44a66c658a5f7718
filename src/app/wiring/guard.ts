import { checkKnownOptions, optionNames } from '../../support/known-options.js';
import type { Callback, Context, Plugin, Target } from './plugin.js';
import { HTTPError } from '../../http/http-error.js';
import { chain } from '../../http/answer/chain.js';
import { isAnswer } from '../road/request-hooks.js';
import { asGuard } from './guard-facts.js';

/** The options of a guard, besides the members of a plugin. */
export interface GuardOptions extends Omit<Plugin, 'name' | 'around'> {
  /**
   * Whether it authenticates the caller. Only such guards count as access control; others only filter
   * requests (a rate limit, a check of forms). Default: true.
   */
  identifies?: boolean;
  /** Whether it lets unauthenticated callers pass. Such a guard does not count as access control. Default: false. */
  optional?: boolean;
  /** Selects the targets that it guards. Called once per target, when routes are wired. Default: all. */
  where?(target: Target): boolean;
}

const GUARD_OPTIONS = optionNames<GuardOptions>({
  identifies: true,
  optional: true,
  where: true,
  provides: true,
  uses: true,
  setup: true,
  apply: true,
  read: true,
  socketScope: true,
  check: true,
  openapi: true,
  close: true,
});

/**
 * Creates a plugin that accepts or refuses requests. It runs inside all other `around`s and before the body is read, so it knows the
 * route, and its refusals get the headers of the other plugins. It guards routes, mounted apps, WebSockets and paths without a
 * route. Preflight requests pass: they carry no credentials, and the route does not run.
 *
 * Guards never replace each other. All of them run, except those that `skip` names.
 *
 * @param check Throws to refuse (an `HTTPError`, `abort(403)`), or returns an `HTTPError`, an `HTTPResponse`, a `fetch` `Response`, or
 *   `false` (403). Any other result lets the request through. May return a promise.
 * @param options The values it provides to parameters (`provides`), its documentation (`openapi`), whether it `identifies` callers,
 *   and `where` it applies.
 * @throws TypeError for a check that is not a function, or an option that does not exist.
 * @example
 * const members = guard('members', (context) => {
 *   const key = context.request.getHeader('x-key') ?? abort(401);
 *   context.provide('member', members.get(key) ?? abort(403));
 * }, { provides: { keyword: 'member' } });
 */
export function guard(name: string, check: (context: Context) => unknown, options: GuardOptions = {}): Plugin {
  if (typeof check !== 'function') {
    throw new TypeError(`guard('${name}') needs a function that throws where it refuses: guard('${name}', (context) => …).`);
  }
  checkKnownOptions(`guard('${name}')`, options, GUARD_OPTIONS);
  const { identifies = true, optional = false, where = () => true, ...members } = options;
  const plugin: Plugin = {
    ...members,
    name,
    around(next, target): Callback {
      if (target.preflight === true || !where(target)) return next;
      return (context) =>
        chain(
          () => check(context),
          (outcome) => (isRefusal(outcome) ? refuse(outcome, name) : next(context)),
        );
    },
  };
  return asGuard(plugin, { identifies, optional });
}

function isRefusal(outcome: unknown): boolean {
  return outcome === false || isAnswer(outcome);
}

function refuse(outcome: unknown, name: string): unknown {
  if (outcome !== false) return outcome;
  throw new HTTPError(403, 'Access denied.', { code: 'BN_GUARD', cause: new TypeError(`The guard '${name}' returned false.`) });
}
