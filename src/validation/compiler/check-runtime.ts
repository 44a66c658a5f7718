import {
  addConstraint,
  addContext,
  argumentsFor,
  newError,
  notePlaces,
  setContext,
  typeOf,
  type ValidationError,
} from './validation-error.js';
import type { CheckOptions, ConstraintMetadata, ValidationMetadata } from './validator-metadata.js';

/** What must settle before the errors are complete. */
export type Awaiting = Promise<unknown>[];

/**
 * A compiled validator. Gives the errors found, or `undefined`; with `list` it adds them to that. Where there is something to
 * await it goes into `awaiting`; without one, asynchronous constraints are left out, as in `validateSync`.
 */
export type Check = (
  object: object,
  awaiting: Awaiting | undefined,
  list: ValidationError[] | undefined,
) => ValidationError[] | undefined;

/** Finds the compiled validator for whatever class a nested object turns out to have. */
export type CheckFinder = (Class: Function) => Check;

/** Calls a constraint that cannot stand inline. */
export function callConstraint(
  found: ValidationError | null,
  object: object,
  value: unknown,
  metadata: ValidationMetadata,
  constraint: ConstraintMetadata,
  options: CheckOptions,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  if (constraint.async && awaiting === undefined) return found;
  const args = argumentsFor(object, value, metadata);
  const { instance } = constraint;
  if (metadata.each && (Array.isArray(value) || value instanceof Set || value instanceof Map)) {
    // A hole in an array is no element.
    const answers: unknown[] = elementsOf(value).map((one) => instance.validate(one, args));
    if (answers.every((answer) => answer && !isPromise(answer))) return found;
    return conclude(answers, found, object, value, metadata, constraint, options, awaiting);
  }
  const answer = instance.validate(value, args);
  if (answer && !isPromise(answer)) return found;
  return conclude([answer], found, object, value, metadata, constraint, options, awaiting);
}

/** Notes what was refused, now or when all answers are there. */
function conclude(
  answers: unknown[],
  found: ValidationError | null,
  object: object,
  value: unknown,
  metadata: ValidationMetadata,
  constraint: ConstraintMetadata,
  options: CheckOptions,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  const type = typeOf(metadata, constraint);
  const fail = (error: ValidationError, settled: unknown[]): ValidationError => {
    addConstraint(error, object, value, metadata, constraint, options);
    if (options.places && metadata.each) notePlaces(error, type, value, (_, i) => settled[i]);
    return error;
  };
  if (!answers.some(isPromise)) {
    if (answers.every(Boolean)) return found;
    return fail(found ?? newError(object, value, metadata.propertyName, options), answers);
  }
  if (awaiting === undefined) {
    // An asynchronous answer that was not announced cannot be waited for here; its failure is nobody's.
    for (const answer of answers) if (isPromise(answer)) answer.then(undefined, () => undefined);
    return found;
  }
  // The property keeps its place among the errors while its answer is awaited.
  const error = found ?? newError(object, value, metadata.propertyName, options);
  wait(
    awaiting,
    Promise.all(answers).then((settled) => {
      if (settled.every(Boolean)) return;
      fail(error, settled);
      // Here class-validator does not ask whether there is a message.
      if (metadata.context) setContext(error, metadata, type);
    }),
  );
  return error;
}

/** Has an answer waited for. Its failure is known to all who wait; where something else fails first, nobody does. */
export function wait(awaiting: Awaiting, answer: Promise<unknown>): void {
  answer.catch(() => undefined);
  awaiting.push(answer);
}

/** Validates a nested object, or every element of a nested array, set or map, by the class that it turns out to have. */
export function validateNested(
  found: ValidationError | null,
  object: object,
  value: unknown,
  property: string | number,
  metadatas: readonly ValidationMetadata[],
  options: CheckOptions,
  finder: CheckFinder,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  if (value === undefined) return found;
  let error = found;
  for (const metadata of metadatas) {
    if (options.stopAtFirstError && error !== null && Object.keys(error.constraints ?? {}).length > 0) continue;
    if (Array.isArray(value)) {
      // Elements mostly are of one class, whose validator need not be looked for anew.
      let Class: unknown;
      let check: Check | undefined;
      for (let i = 0; i < value.length; i++) {
        const element: unknown = value[i];
        if (metadatas.length === 1 && isObject(element)) {
          if (check === undefined || element.constructor !== Class) {
            Class = element.constructor;
            check = isCollection(element) ? undefined : finder(element.constructor);
          }
          if (check !== undefined) {
            const list = check(element, awaiting, undefined);
            if (list === undefined) continue;
            const child = elementError(value, element, i, list, metadata, options, awaiting);
            error ??= newError(object, value, String(property), options);
            error.children?.push(child);
            continue;
          }
        }
        const child = validateElement(value, element, i, metadatas, options, finder, awaiting);
        if (child === null) continue;
        error ??= newError(object, value, String(property), options);
        error.children?.push(child);
      }
    } else if (value instanceof Set || value instanceof Map) {
      const elements: Iterable<[unknown, unknown]> = value instanceof Set ? Array.from(value).entries() : value;
      for (const [index, element] of elements) {
        const child = validateElement(value, element, String(index), metadatas, options, finder, awaiting);
        if (child === null) continue;
        error ??= newError(object, value, String(property), options);
        error.children?.push(child);
      }
    } else if (value instanceof Object) {
      // The list of errors itself, not a copy: what is awaited adds to it.
      const list = finder(value.constructor)(value, awaiting, error === null ? undefined : error.children);
      if (list !== undefined) {
        error ??= newError(object, value, String(property), options);
        error.children = list;
      }
    } else {
      error ??= newError(object, value, String(property), options);
      addConstraint(error, metadata.target as object, value, metadata, undefined, options);
    }
  }
  return error;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && value instanceof Object;
}

function isCollection(value: object): boolean {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

function elementError(
  container: object,
  element: unknown,
  index: number,
  children: ValidationError[],
  metadata: ValidationMetadata,
  options: CheckOptions,
  awaiting: Awaiting | undefined,
): ValidationError {
  const error = newError(container, element, String(index), options);
  error.children = children;
  addContext(error, metadata, metadata.type);
  if (awaiting === undefined) delete error.constraints;
  return error;
}

function validateElement(
  container: object,
  element: unknown,
  index: string | number,
  metadatas: readonly ValidationMetadata[],
  options: CheckOptions,
  finder: CheckFinder,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  if (element === undefined && (options.skipUndefinedProperties === true || options.skipMissingProperties === true)) return null;
  if (element === null && (options.skipNullProperties === true || options.skipMissingProperties === true)) return null;
  const error = validateNested(null, container, element, index, metadatas, options, finder, awaiting);
  if (error !== null) {
    for (const metadata of metadatas) addContext(error, metadata, metadata.type);
    if (awaiting === undefined && Object.keys(error.constraints ?? {}).length === 0) delete error.constraints;
  }
  return error;
}

function elementsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : Array.from((value as Set<unknown> | Map<unknown, unknown>).values());
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value !== null && typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function';
}
