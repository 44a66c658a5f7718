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
  const tree = new ErrorTree(found, root, options);
  for (const problem of problems) if (problem.isAlwaysReported || !tree.hasErrorAt(problem.segments)) tree.insert(problem);
  return tree.inOrder();
}

/** Error trees that grow. They are indexed, so that the work is in proportion to the number of errors. */
class ErrorTree {
  readonly #found: ValidationError[];
  readonly #root: object;
  readonly #options: ValidatorOptions;
  readonly #byProperty = new Map<ValidationError[], Map<string, ValidationError>>();
  readonly #undeclared = new Map<ValidationError[], ValidationError[]>();
  readonly #elements = new Map<Set<unknown>, unknown[]>();

  constructor(found: ValidationError[], root: object, options: ValidatorOptions) {
    this.#found = found;
    this.#root = root;
    this.#options = options;
  }

  hasErrorAt(segments: readonly (string | number)[]): boolean {
    let errors: ValidationError[] | undefined = this.#found;
    for (const segment of segments) {
      const error: ValidationError | undefined = errors && this.#index(errors).get(String(segment));
      if (error === undefined) return false;
      if (Object.keys(error.constraints ?? {}).length > 0) return true;
      errors = error.children;
    }
    return false;
  }

  insert({ segments, constraint, message, value }: BuildProblem): void {
    let errors = this.#found;
    let target: unknown = this.#root;
    for (const [i, segment] of segments.entries()) {
      const isLast = i === segments.length - 1;
      const name = String(segment);
      const known = this.#index(errors).get(name);
      const error = known ?? newError(target as object, isLast ? value : this.#member(target, segment), name, this.#options);
      if (known === undefined) {
        this.#index(errors).set(name, error);
        this.#listFor(errors, isLast && constraint === 'whitelistValidation').push(error);
      }
      if (isLast) error.constraints = { ...error.constraints, [constraint]: message };
      else {
        if (Object.keys(error.constraints ?? {}).length === 0) delete error.constraints;
        error.children ??= [];
        errors = error.children;
        target = this.#member(target, segment);
      }
    }
  }

  /** The errors, those of undeclared properties first, as in `class-validator`. */
  inOrder(): ValidationError[] {
    for (const [errors, undeclared] of this.#undeclared) {
      const others = errors.splice(0);
      for (const error of [...undeclared.reverse(), ...others]) errors.push(error);
    }
    return this.#found;
  }

  #listFor(errors: ValidationError[], isUndeclared: boolean): ValidationError[] {
    if (!isUndeclared) return errors;
    const list = this.#undeclared.get(errors) ?? [];
    this.#undeclared.set(errors, list);
    return list;
  }

  #index(errors: ValidationError[]): Map<string, ValidationError> {
    let index = this.#byProperty.get(errors);
    if (index === undefined) {
      index = new Map();
      for (const error of errors) if (!index.has(error.property)) index.set(error.property, error);
      this.#byProperty.set(errors, index);
    }
    return index;
  }

  #member(container: unknown, segment: string | number): unknown {
    if (!(container instanceof Set)) return memberOf(container, segment);
    const elements = this.#elements.get(container) ?? [...container];
    this.#elements.set(container, elements);
    return elements[Number(segment)];
  }
}

function memberOf(container: unknown, segment: string | number): unknown {
  if (container instanceof Map) return container.get(segment);
  const from = container instanceof Set ? [...container] : container;
  return (from as Record<string | number, unknown> | undefined)?.[segment];
}

/** Converts an error tree to a list. Each error has the path to its value in the sent data. */
export function locatedErrors(errors: readonly ValidationError[]): LocatedError[] {
  const list: LocatedError[] = [];
  addLocated(list, errors, []);
  return list;
}

function addLocated(list: LocatedError[], errors: readonly ValidationError[], parents: readonly (string | number)[]): void {
  for (const error of errors) {
    const segments = error.property === undefined ? parents : [...parents, segmentOf(error)];
    for (const [constraint, message] of Object.entries(error.constraints ?? {})) {
      const context = error.contexts?.[constraint];
      const common = { constraint, message, ...(context !== undefined && { context }) };
      const elements = failedElements(error, constraint);
      const value = elements.length > 1 && error.value instanceof Set ? [...error.value] : error.value;
      for (const element of elements) {
        list.push({ segments: [...segments, element], ...common, value: memberOf(value, element) });
      }
      // An undeclared property may have the name of one that is sent under another name.
      const isUndeclared = constraint === 'whitelistValidation' && error.property !== undefined;
      const own = isUndeclared ? [...parents, error.property] : segments;
      if (elements.length === 0) list.push({ segments: own, ...common, value: error.value });
    }
    if (error.children !== undefined) addLocated(list, error.children, segments);
  }
}

function segmentOf({ target, property }: ValidationError): string | number {
  if (Array.isArray(target) || target instanceof Set) return Number(property);
  const Class = (target as object | undefined)?.constructor;
  return typeof Class === 'function' ? sentName(Class, property) : property;
}

/** Like `locatedErrors`, with JSON pointers (RFC 6901). */
export function valueErrors(errors: readonly ValidationError[]): ValueError[] {
  return locatedErrors(errors).map(({ segments, ...error }) => ({
    path: segments.map((segment) => `/${escapePointer(String(segment))}`).join(''),
    ...error,
  }));
}
