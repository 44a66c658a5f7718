import type { Callback, Context, Plugin, Target } from './plugin.js';
import { HTTPError } from '../../http/http-error.js';
import { chain } from '../../http/answer/chain.js';
import { isAnswer } from '../road/request-hooks.js';
import { asGuard } from './guard-facts.js';

/** What a guard may be told, besides the members of a plugin. */
export interface GuardOptions extends Omit<Plugin, 'name' | 'around'> {
  /**
   * Whether it finds out who the caller is. Only such guards are proof that a route is not open to everybody; others filter
   * (a limit, a check of forms). Default: true.
   */
  identifies?: boolean;
  /** Whether it lets callers pass that it cannot identify. Such a guard is no proof. Default: false. */
  optional?: boolean;
  /** Tells which targets it guards. Called once per target, when routes are wired. Default: all. */
  where?(target: Target): boolean;
}

/**
 * Makes a plugin that lets a request through, or refuses it. It stands inside all other `around`s and before the body is read, so it
 * sees the route that runs, and its refusals get the headers of the plugins around it. It guards routes, mounted apps, WebSockets and
 * paths without a route. Preflight requests pass: they carry no credentials, and the route does not run.
 *
 * Guards never replace each other. They add up, and only `skip` leaves one out.
 *
 * @param check Throws to refuse (an `HTTPError`, `abort(403)`), or returns an `HTTPError`, an `HTTPResponse`, a `fetch` `Response`, or
 *   `false` (403). Any other result lets the request through. May return a promise.
 * @param options What parameters may ask it for (`provides`), what documents say (`openapi`), whether it `identifies` callers, and
 *   `where` it stands.
 * @throws TypeError for a check that is not a function.
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
  throw new HTTPError(403, 'Access denied.', { code: 'BN_GUARD', cause: new TypeError(`The guard '${name}' gave false.`) });
}
