import { isThenable } from '../../support/value-kinds.js';
import { bindParameter } from './bind-parameter.js';
import { withSourceName } from './source-name.js';
import type { Callback, Context } from '../../http/context.js';
import type { Parameter } from '../decorators/parameter.js';
import { BindError, validationError } from './bind-error.js';
import type { BoundParameter, Scope } from './binding-scope.js';
import { parameterText, WiringError, type WiringProblem } from './wiring-error.js';

/** The compiled call of a method, with its bound parameters and problems for the wiring check and the routes table. */
export interface Plan {
  readonly callback: Callback;
  readonly bound: readonly BoundParameter[];
  readonly problems: readonly WiringProblem[];
}

type Method = (...args: unknown[]) => unknown;

/**
 * Compiles the call of a method. The source of each parameter is resolved here, so that a request only reads the values.
 *
 * @param target the value of `this` in the method
 */
export function compilePlan(method: Function, target: unknown, parameters: readonly Parameter[], scope: Scope): Plan {
  const bound: BoundParameter[] = [];
  const found: WiringProblem[] = [];
  for (const parameter of parameters) {
    const outcome = bindParameter(withSourceName(parameter, parameters, scope), scope);
    if ('read' in outcome) bound.push(outcome);
    else found.push(outcome);
  }
  if (found.length > 0) {
    const signature = parameters.map(parameterText);
    const problems = found.map((problem) => ({ ...problem, signature }));
    return { callback: refusal(problems), bound, problems };
  }
  // Trailing parameters that only have defaults need not be passed.
  const needed = bound.findLastIndex((binding) => !binding.isDefault) + 1;
  return { callback: caller(method as Method, target, bound.slice(0, needed)), bound, problems: [] };
}

/** The callback of a route with wiring problems. */
export function refusal(problems: readonly WiringProblem[]): Callback {
  return () => {
    throw new WiringError(problems);
  };
}

function caller(method: Method, target: unknown, bound: readonly BoundParameter[]): Callback {
  if (bound.at(-1)?.parameter.rest) {
    const spread: Method = (...args) =>
      method.apply(target, [...args.slice(0, -1), ...((args.at(-1) as unknown[] | undefined) ?? [])]);
    return callerOf(spread, undefined, bound);
  }
  return callerOf(method, target, bound);
}

function callerOf(method: Method, target: unknown, bound: readonly BoundParameter[]): Callback {
  if (bound.some((binding) => binding.mayFail || binding.mayWait)) {
    const [only, ...others] = bound as [BoundParameter, ...BoundParameter[]];
    return others.length === 0 ? checkedCallerOfOne(method, target, only) : checkedCaller(method, target, bound);
  }
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

/** Calls a method with parameters that can be rejected or are promises. All errors are reported together. */
function checkedCaller(method: Method, target: unknown, bound: readonly BoundParameter[]): Callback {
  return (context) => {
    const values = new Array<unknown>(bound.length);
    let failures: BindError[] | undefined;
    let waiting: number[] | undefined;
    for (let i = 0; i < bound.length; i++) {
      const binding = bound[i] as BoundParameter;
      try {
        const value = binding.read(context);
        values[i] = value;
        // Values of plugins are never awaited: a query builder may have a `then`.
        if (binding.mayWait && isThenable(value)) {
          waiting ??= [];
          waiting.push(i);
        }
      } catch (error) {
        if (!(error instanceof BindError)) return abandon(values, waiting, error);
        failures ??= [];
        failures[i] = error;
      }
    }
    if (waiting !== undefined) return settle(method, target, values, waiting, failures ?? [], context);
    if (failures !== undefined) throw validationError(Object.values(failures), context.route?.maxErrors);
    return method.apply(target, values);
  };
}

/** Calls a method with one such parameter. This is the most frequent case, a body. */
function checkedCallerOfOne(method: Method, target: unknown, { read, mayWait }: BoundParameter): Callback {
  return (context) => {
    let value: unknown;
    try {
      value = read(context);
    } catch (error) {
      throw error instanceof BindError ? validationError([error], context.route?.maxErrors) : error;
    }
    if (mayWait && isThenable(value)) return settle(method, target, [value], [0], [], context);
    return method.call(target, value);
  };
}

/** Throws an error while other parameters are pending. Their rejections are ignored, so that they are not reported as unhandled. */
function abandon(values: readonly unknown[], waiting: readonly number[] | undefined, error: unknown): never {
  for (const i of waiting ?? []) Promise.resolve(values[i]).catch(() => undefined);
  throw error;
}

/**
 * Awaits the pending parameters and calls the method.
 *
 * @param failures the errors found so far, by the position of the parameter
 */
async function settle(
  method: Method,
  target: unknown,
  values: unknown[],
  waiting: readonly number[],
  failures: BindError[],
  context: Context,
): Promise<unknown> {
  const outcomes = await Promise.allSettled(waiting.map((i) => values[i]));
  for (const [at, outcome] of outcomes.entries()) {
    const position = waiting[at] as number;
    if (outcome.status === 'fulfilled') values[position] = outcome.value;
    else if (outcome.reason instanceof BindError) failures[position] = outcome.reason;
    else throw outcome.reason;
  }
  if (failures.length > 0) throw validationError(Object.values(failures), context.route?.maxErrors);
  return method.apply(target, values);
}
