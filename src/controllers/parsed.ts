import type { Parsed } from '../validation/object.js';
import { BindError, type ErrorSource, pointerTo } from './bind-error.js';

/**
 * What a parser made of a value, or a promise of it.
 *
 * @param name Under which the value came; without one it is all of its source.
 * @throws BindError (or rejects with it) what the parser refused
 */
export function parsed(outcome: Parsed | Promise<Parsed>, where: ErrorSource, name?: string): unknown {
  return outcome instanceof Promise ? outcome.then((found) => valueOf(found, where, name)) : valueOf(outcome, where, name);
}

function valueOf(found: Parsed, where: ErrorSource, name: string | undefined): unknown {
  if (!('errors' in found)) return found.value;
  const prefix = name === undefined ? '' : pointerTo(name);
  throw new BindError(where, prefix === '' ? found.errors : found.errors.map((e) => ({ ...e, path: prefix + e.path })));
}
