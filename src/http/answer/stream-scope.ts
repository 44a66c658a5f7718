import { AsyncLocalStorage } from 'node:async_hooks';
import { isPlainData, isThenable } from '../../support/value-kinds.js';
import { isStreamed } from './streams.js';

/** Runs a function in the asynchronous context of a method. */
type StreamScope = <R>(run: () => R) => R;

const scopes = new WeakMap<object, StreamScope>();

/**
 * Remembers the asynchronous context in which a method returns a streamed result. The caster produces the stream in it, after the
 * plugins have returned, so that an `AsyncLocalStorage` that a plugin opens holds in generators too. Returns the result.
 *
 * @param request the object that stands for the request; `scopeOfStream` gets the same one.
 */
export function rememberScope(request: object, result: unknown): unknown {
  if (typeof result !== 'object' || result === null || isPlainData(result)) return result;
  if (isThenable(result)) return rememberLater(request, result);
  if (isStreamed(result) && !scopes.has(request)) scopes.set(request, AsyncLocalStorage.snapshot());
  return result;
}

// A separate function, so that results that are not promises allocate no closure's scope (benchmark: `bench/allocations.mjs`).
function rememberLater(request: object, result: PromiseLike<unknown>): PromiseLike<unknown> {
  return result.then((value) => rememberScope(request, value));
}

/** The asynchronous context of a streamed result; `undefined` if no plugin is around its method. */
export function scopeOfStream(request: object): StreamScope | undefined {
  return scopes.get(request);
}
