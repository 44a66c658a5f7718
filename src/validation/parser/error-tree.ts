import { newError, failedElements, type ValidationError } from '../compiler/validation-error.js';
import { escapePointer } from '../standard-schema.js';
import { sentName } from '../transformer-metadata.js';
import type { ValueError } from '../convert.js';
import type { BuildProblem } from './scalar-conversion.js';
import type { ValidatorOptions } from '../compiler/validator-metadata.js';

/** An error with the keys and indexes that lead to its value. */
interface LocatedError extends Omit<ValueError, 'path'> {
  readonly segments: readonly (string | number)[];
}

/** An error tree for a value that is not an object. */
export function notAnObject(value: unknown): ValidationError {
  const error = newError(undefined as unknown as object, value, undefined as unknown as string, {});
  error.constraints = { isObject: 'an object is expected here' };
  return error;
}

/**
 * Adds the problems of the conversion to the errors of the validators. A problem is omitted if the validators report an error at
 * the same position.
 */
export function withProblems(
  found: ValidationError[],
  problems: readonly BuildProblem[],
  root: object,
  options: ValidatorOptions,
): ValidationError[] {
  for (const problem of problems)
    if (problem.isAlwaysReported || !hasErrorAt(found, problem.segments)) insert(found, problem, root, options);
  return found;
}

function hasErrorAt(found: readonly ValidationError[], segments: readonly (string | number)[]): boolean {
  let errors: readonly ValidationError[] | undefined = found;
  for (const segment of segments) {
    const error: ValidationError | undefined = errors?.find(({ property }) => property === String(segment));
    if (error === undefined) return false;
    if (Object.keys(error.constraints ?? {}).length > 0) return true;
    errors = error.children;
  }
  return false;
}

function insert(found: ValidationError[], problem: BuildProblem, root: object, options: ValidatorOptions): void {
  let errors = found;
  let target = root;
  const { segments } = problem;
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    const name = String(segment);
    let error = errors.find(({ property }) => property === name);
    if (error === undefined) {
      const value: unknown = isLast ? problem.value : memberOf(target, segment);
      error = newError(target, value, name, options);
      // Undeclared properties come first, as in class-validator.
      if (isLast && problem.constraint === 'whitelistValidation') errors.unshift(error);
      else errors.push(error);
    }
    if (isLast) error.constraints = { ...error.constraints, [problem.constraint]: problem.message };
    else {
      if (Object.keys(error.constraints ?? {}).length === 0) delete error.constraints;
      error.children ??= [];
      errors = error.children;
      target = memberOf(target, segment) as object;
    }
  }
}

function memberOf(container: unknown, segment: string | number): unknown {
  if (container instanceof Map) return container.get(segment);
  const from = container instanceof Set ? [...container] : container;
  return (from as Record<string | number, unknown> | undefined)?.[segment];
}

/** Converts an error tree to a list. Each error has the path to its value in the sent data. */
export function locatedErrors(errors: readonly ValidationError[], parents: readonly (string | number)[] = []): LocatedError[] {
  return errors.flatMap((error) => {
    const segments = error.property === undefined ? parents : [...parents, segmentOf(error)];
    const own = Object.entries(error.constraints ?? {}).flatMap(([constraint, message]) => {
      const elements = failedElements(error, constraint);
      if (elements.length === 0) return [{ segments, constraint, message }];
      return elements.map((element) => ({ segments: [...segments, element], constraint, message }));
    });
    return [...own, ...locatedErrors(error.children ?? [], segments)];
  });
}

function segmentOf({ target, property }: ValidationError): string | number {
  if (Array.isArray(target) || target instanceof Set) return Number(property);
  const Class = (target as object | undefined)?.constructor;
  return typeof Class === 'function' ? sentName(Class, property) : property;
}

/** Like `locatedErrors`, with JSON pointers (RFC 6901). */
export function valueErrors(errors: readonly ValidationError[]): ValueError[] {
  return locatedErrors(errors).map(({ segments, constraint, message }) => ({
    path: segments.map((segment) => `/${escapePointer(String(segment))}`).join(''),
    constraint,
    message,
  }));
}
