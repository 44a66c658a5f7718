import { isThenable } from '../http/streams.js';
import { bindParameter } from './binding.js';
import type { Callback } from './context.js';
import type { Parameter } from './parameter-list.js';
import { BindError, validationError } from './bind-error.js';
import type { BoundParameter, Scope } from './scope.js';
import type { WiringProblem } from './wiring.js';

/** How a method is called: a callback compiled once, and what the check and the routes table say of it. */
export interface Plan {
  readonly callback: Callback;
  readonly bound: readonly BoundParameter[];
  readonly problems: readonly WiringProblem[];
}

/**
 * Compiles the call of a method: where each parameter comes from is decided here, so that a request only fetches.
 *
 * @param target What `this` is inside the method.
 */
export function compilePlan(method: Function, target: unknown, parameters: readonly Parameter[], scope: Scope): Plan {
  const bound: BoundParameter[] = [];
  const problems: WiringProblem[] = [];
  for (const parameter of parameters) {
    const outcome = bindParameter(parameter, scope);
    if ('read' in outcome) bound.push(outcome);
    else problems.push(outcome);
  }
  if (problems.length > 0) return { callback: refuse, bound, problems };
  // Trailing parameters that only have defaults need not be passed.
  const needed = bound.findLastIndex((binding) => !binding.isDefault) + 1;
  const readers = bound.slice(0, needed);
  return { callback: caller(method as (...args: unknown[]) => unknown, target, readers), bound, problems };
}

const refuse: Callback = () => {
  throw new TypeError('This route is not wired: app.check() tells why.');
};

function caller(method: (...args: unknown[]) => unknown, target: unknown, bound: readonly BoundParameter[]): Callback {
  if (bound.some((binding) => binding.mayFail || binding.mayWait)) return carefulCaller(method, target, bound);
  const readers = bound.map((binding) => binding.read);
  const [a, b, c] = readers as [Callback, Callback, Callback];
  switch (readers.length) {
    case 0:
      return () => method.call(target);
    case 1:
      return (context) => method.call(target, a(context));
    case 2:
      return (context) => method.call(target, a(context), b(context));
    case 3:
      return (context) => method.call(target, a(context), b(context), c(context));
    default:
      return (context) =>
        method.apply(
          target,
          readers.map((read) => read(context)),
        );
  }
}

/** Calls a method some of whose parameters can be refused: all that is wrong is told at once. Promises are awaited. */
function carefulCaller(method: (...args: unknown[]) => unknown, target: unknown, bound: readonly BoundParameter[]): Callback {
  const readers = bound.map((binding) => binding.read);
  return (context) => {
    const values = new Array<unknown>(readers.length);
    let failures: BindError[] | undefined;
    let waits = false;
    for (let i = 0; i < readers.length; i++) {
      try {
        const value = (readers[i] as Callback)(context);
        values[i] = value;
        waits ||= isThenable(value);
      } catch (error) {
        if (!(error instanceof BindError)) throw error;
        failures ??= [];
        failures.push(error);
      }
    }
    if (waits) return settle(method, target, values, failures ?? []);
    if (failures !== undefined) throw validationError(failures);
    return method.apply(target, values);
  };
}

async function settle(
  method: (...args: unknown[]) => unknown,
  target: unknown,
  values: unknown[],
  failures: BindError[],
): Promise<unknown> {
  const settled = await Promise.allSettled(values);
  for (const outcome of settled) {
    if (outcome.status !== 'rejected') continue;
    if (!(outcome.reason instanceof BindError)) throw outcome.reason;
    failures.push(outcome.reason);
  }
  if (failures.length > 0) throw validationError(failures);
  return method.apply(
    target,
    settled.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value),
  );
}
