import type { Callback, Context } from '../../http/context.js';
import type { MethodDescription } from '../../controllers/decorators/controller-description.js';
import { compilePlan } from '../../controllers/binding/call-plan.js';
import type { BoundParameter, Scope } from '../../controllers/binding/binding-scope.js';
import type { WiringProblem } from '../../controllers/binding/wiring-error.js';
import { openFile } from '../../http/answer/cast.js';
import { chain } from '../../http/answer/chain.js';
import { afterHooks, beforeHooks } from '../road/request-hooks.js';
import type { Route } from './route.js';

/** The hooks that run for every request of an app, or of one controller. */
type RequestHook = 'beforeRequest' | 'afterRequest';

/** Wraps a callback in the `@Hook` methods of its controller. Their parameters are bound like those of other methods. */
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
  const inner: Callback = (context) =>
    chain(
      () => beforeHooks(before, context),
      (answer) => answer ?? callback(context),
    );
  const opened = (context: Context): unknown =>
    chain(
      () => inner(context),
      (result) => openFile(result, context),
    );
  const hooked: Callback = after.length === 0 ? inner : (context) => afterHooks(after, () => opened(context), context);
  return { callback: hooked, bound, problems };
}
