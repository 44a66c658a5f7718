import type { Parsed } from '../../validation/object-parser.js';
import { HTTPError, type RefusedValue } from '../../http/http-error.js';
import type { ValueError } from '../../validation/convert.js';
import { escapePointer } from '../../validation/standard-schema.js';

/** The source of a rejected value. */
export type ErrorSource = 'path' | 'query' | 'form' | 'header' | 'cookie' | 'body';

/** The error for a value that could not be converted to the target of its parameter. */
export class BindError extends globalThis.Error {
  readonly in: ErrorSource;
  readonly errors: readonly ValueError[];

  constructor(source: ErrorSource, errors: readonly ValueError[]) {
    // No stack trace, because the call plan catches this error in the same call.
    const limit = globalThis.Error.stackTraceLimit;
    globalThis.Error.stackTraceLimit = 0;
    super('A parameter was refused.');
    globalThis.Error.stackTraceLimit = limit;
    this.in = source;
    this.errors = errors;
  }
}

/** Converts a name to the JSON pointer (RFC 6901) of its value. */
export function pointerTo(name: string): string {
  return `/${escapePointer(name)}`;
}

/** Creates the error for a missing required value. Without a name, the whole source is missing. */
export function missingError(source: ErrorSource, name = ''): BindError {
  const article = /^[aeiou]/.test(source) ? 'an' : 'a';
  const message = name === '' ? `${article} ${source} is required` : `${name} is required`;
  return new BindError(source, [{ path: name === '' ? '' : pointerTo(name), constraint: 'required', message }]);
}

/** The default of `maxErrors`. */
const MAX_ERRORS = 50;

/** The maximum length of `detail`, in characters. The messages are complete in `errors`. */
const MAX_DETAIL = 1000;

/** The length of paths and messages, in characters, from which on no further error is listed. A path may contain a client's long names. */
const MAX_TEXT = 50_000;

/**
 * Creates the response to a request with rejected parameters: 422 with the first errors of all sources (RFC 9457 section 3.2).
 *
 * @param maxErrors the maximum number of errors. A request with thousands of mistakes must not cause a larger response.
 */
export function validationError(failures: readonly BindError[], maxErrors = MAX_ERRORS): HTTPError {
  const errors: RefusedValue[] = [];
  let count = 0;
  let length = 0;
  for (const failure of failures) {
    count += failure.errors.length;
    for (const error of failure.errors) {
      if (errors.length >= maxErrors || length > MAX_TEXT) break;
      length += error.path.length + error.message.length;
      errors.push({ in: failure.in, ...error });
    }
  }
  const texts = errors.map((error) => `${error.in}${error.path}: ${error.message}`);
  if (count > errors.length) texts.push(`and ${count - errors.length} more errors`);
  const detail = texts.join('; ');
  // The client does not get the values and contexts.
  const sent = errors.map(({ in: source, path, constraint, message }) => ({ in: source, path, constraint, message }));
  return new HTTPError(422, detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail, {
    problem: { errors: sent },
    errors,
    code: 'BN_REQUEST_INVALID',
  });
}

/**
 * Returns the result of a parser, or a promise of it.
 *
 * @param name the name of the value; without a name, the value is the whole source
 * @throws BindError (or rejects with it) if the parser rejected the value
 */
export function parsedValue(outcome: Parsed | Promise<Parsed>, where: ErrorSource, name?: string): unknown {
  return outcome instanceof Promise ? valueLater(outcome, where, name) : valueOf(outcome, where, name);
}

// A separate function, so that synchronous parsers allocate no closure's scope (benchmark: `bench/allocations.mjs`).
function valueLater(outcome: Promise<Parsed>, where: ErrorSource, name: string | undefined): Promise<unknown> {
  return outcome.then((found) => valueOf(found, where, name));
}

function valueOf(found: Parsed, where: ErrorSource, name: string | undefined): unknown {
  if (!('errors' in found)) return found.value;
  const prefix = name === undefined ? '' : pointerTo(name);
  throw new BindError(where, prefix === '' ? found.errors : found.errors.map((e) => ({ ...e, path: prefix + e.path })));
}
