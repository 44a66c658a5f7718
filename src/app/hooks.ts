import type { Callback, Context } from '../controllers/context.js';
import type { MethodDescription } from '../controllers/description.js';
import { compilePlan } from '../controllers/plan.js';
import type { BoundParameter, Scope } from '../controllers/scope.js';
import type { WiringProblem } from '../controllers/wiring.js';
import { HTTPResponse } from '../http/errors.js';
import { isThenable } from '../http/streams.js';
import type { Route } from './route.js';

/** Around every request of an app, or of one controller. */
export type RequestHook = 'beforeRequest' | 'afterRequest';

/** Runs callbacks one after the other; gives a promise only if one of them does. */
export function runAll(callbacks: readonly Callback[], context: Context): void | Promise<void> {
  for (let i = 0; i < callbacks.length; i++) {
    const waited = (callbacks[i] as Callback)(context);
    if (isThenable(waited)) return Promise.resolve(waited).then(() => runAll(callbacks.slice(i + 1), context));
  }
}

/**
 * Calls `inner` between two lists of callbacks. Those after it run in every case, all of them, in the order given; an error in one
 * takes the place of the result.
 */
export function around(before: readonly Callback[], after: readonly Callback[], inner: Callback, context: Context): unknown {
  const leave = (outcome: Outcome): unknown => finish(outcome, after, 0, context);
  const enter = (): unknown => inner(context);
  let result: unknown;
  try {
    const ready = runAll(before, context);
    result = isThenable(ready) ? Promise.resolve(ready).then(enter) : enter();
  } catch (error) {
    return leave({ error });
  }
  if (!isThenable(result)) return leave({ value: result });
  return Promise.resolve(result).then(
    (value) => leave({ value }),
    (error: unknown) => leave({ error }),
  );
}

type Outcome = { value: unknown } | { error: unknown };

function finish(outcome: Outcome, after: readonly Callback[], from: number, context: Context): unknown {
  let last = outcome;
  const failed = (error: unknown): Outcome => {
    // Only one of them can be answered.
    if ('error' in last && !(last.error instanceof HTTPResponse)) context.report(last.error);
    return { error };
  };
  for (let i = from; i < after.length; i++) {
    try {
      const waited = (after[i] as Callback)(context);
      if (isThenable(waited)) {
        return Promise.resolve(waited).then(
          () => finish(last, after, i + 1, context),
          (error: unknown) => finish(failed(error), after, i + 1, context),
        );
      }
    } catch (error) {
      last = failed(error);
    }
  }
  if ('error' in last) throw last.error;
  return last.value;
}

/** A callback inside the `@Hook` methods of its controller, whose parameters are bound like those of any method. */
export function hookedCallback(
  callback: Callback,
  route: Route,
  scope: Scope,
): { callback: Callback; bound: BoundParameter[]; problems: WiringProblem[] } {
  const { group } = route.endpoint;
  const methods = group?.description.methods.filter((method) => method.hooks.length > 0) ?? [];
  const bound: BoundParameter[] = [];
  const problems: WiringProblem[] = [];
  const compile = (kind: RequestHook): Callback[] =>
    methods
      .filter((method) => method.hooks.includes(kind))
      .map((method: MethodDescription) => {
        const target = group?.instance as Record<PropertyKey, Function>;
        const plan = compilePlan(target[method.key] ?? method.fn, target, method.parameters, scope);
        bound.push(...plan.bound);
        problems.push(...plan.problems.map((problem) => ({ ...problem, method: method.name })));
        return plan.callback;
      });
  const before = compile('beforeRequest');
  const after = compile('afterRequest').reverse();
  if (before.length === 0 && after.length === 0) return { callback, bound, problems };
  return { callback: (context) => around(before, after, callback, context), bound, problems };
}
