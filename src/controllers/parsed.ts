import type { Parsed } from '../validation/object.js';
import { BindError, type ErrorSource, pointerTo } from './bind-error.js';

/**
 * What a parser made of a value, or a promise of it.
 *
 * @param name Under which the value came; without one it is all of its source.
 * @throws BindError (or rejects with it) what the parser refused
 */
export function parsed(outcome: Parsed | Promise<Parsed>, where: ErrorSource, name?: string): unknown {
  const finish = (found: Parsed): unknown => {
    if (!('errors' in found)) return found.value;
    const prefix = name === undefined ? '' : pointerTo(name);
    throw new BindError(where, prefix === '' ? found.errors : found.errors.map((e) => ({ ...e, path: prefix + e.path })));
  };
  return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
}
