import { isThenable } from '../../support/value-kinds.js';

/** A thenable of this package. It calls back at most once and never throws, so it does not need to be wrapped in a promise. */
export abstract class Pending implements PromiseLike<unknown> {
  // biome-ignore lint/suspicious/noThenProperty: it is a thenable
  abstract then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B>;
}

/**
 * Calls `run`, then continues with its value or its error. A value is handled synchronously, a promise when it settles.
 * A synchronous handler therefore stays synchronous through every plugin that uses this function.
 *
 * @param onValue receives the value, or the value of the promise. Its own errors are not passed to `onError`.
 * @param onError receives the error of `run`, or of the promise. Default: the error is rethrown.
 * @example
 * around: (next) => (context) => {
 *   const start = performance.now();
 *   return chain(() => next(context), (value) => { report(performance.now() - start); return value; });
 * }
 */
export function chain<T, A, B = never>(
  run: () => T | PromiseLike<T>,
  onValue: (value: T) => A,
  onError?: (error: unknown) => B,
): A | B | Promise<Awaited<A> | Awaited<B>> {
  let value: T | PromiseLike<T>;
  try {
    value = run();
  } catch (error) {
    if (onError === undefined) throw error;
    return onError(error);
  }
  return isThenable(value)
    ? (toPromise(value).then(onValue as never, onError) as Promise<Awaited<A> | Awaited<B>>)
    : onValue(value as T);
}

/** Wraps a thenable in a promise, unless it is known to follow the rules of promises. */
export function toPromise(value: PromiseLike<unknown>): Promise<unknown> {
  return value instanceof Promise || value instanceof Pending ? (value as Promise<unknown>) : Promise.resolve(value);
}
