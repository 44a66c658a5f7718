import type { Parsed } from '../../validation/object-parser.js';
import { HTTPError } from '../../http/http-error.js';
import type { ValueError } from '../../validation/convert.js';
import { escapePointer } from '../../validation/standard-schema.js';

/** Where a refused value came from. */
export type ErrorSource = 'path' | 'query' | 'form' | 'header' | 'cookie' | 'body';

/** A value that could not become what the parameter asks for. */
export class BindError extends globalThis.Error {
  readonly in: ErrorSource;
  readonly errors: readonly ValueError[];

  constructor(source: ErrorSource, errors: readonly ValueError[]) {
    // Caught by the plan within the same call: nobody reads its stack.
    const limit = globalThis.Error.stackTraceLimit;
    globalThis.Error.stackTraceLimit = 0;
    super('A parameter was refused.');
    globalThis.Error.stackTraceLimit = limit;
    this.in = source;
    this.errors = errors;
  }
}

/** A name as the JSON pointer (RFC 6901) to what came under it. */
export function pointerTo(name: string): string {
  return `/${escapePointer(name)}`;
}

/** Refuses a value that is missing though it is required. Without a name, all of the source is. */
export function missing(source: ErrorSource, name = ''): BindError {
  const article = /^[aeiou]/.test(source) ? 'an' : 'a';
  const message = name === '' ? `${article} ${source} is required` : `${name} is required`;
  return new BindError(source, [{ path: name === '' ? '' : pointerTo(name), constraint: 'required', message }]);
}

/** The answer to a request some of whose parameters were refused: 422 with all errors of all sources (RFC 9457 §3.2). */
export function validationError(failures: readonly BindError[]): HTTPError {
  const errors = failures.flatMap((failure) => failure.errors.map((error) => ({ in: failure.in, ...error })));
  const detail = errors.map((error) => `${error.in}${error.path}: ${error.message}`).join('; ');
  return new HTTPError(422, detail, { problem: { errors }, code: 'BN_REQUEST_INVALID' });
}

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
