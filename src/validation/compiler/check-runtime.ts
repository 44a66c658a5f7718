import {
  addConstraint,
  addContext,
  argumentsFor,
  newError,
  notWhitelistedError,
  recordFailedElements,
  setContext,
  typeOf,
  unknownValueError,
  type ValidationError,
} from './validation-error.js';
import type { CheckOptions, ConstraintMetadata, ValidationMetadata } from './validator-metadata.js';

/** Promises that must settle before the errors are complete. */
export type Awaiting = Promise<unknown>[];

/**
 * A compiled validator. It returns the errors, or `undefined`. With `list`, it adds the errors to that list. Promises are added
 * to `awaiting`; without it, asynchronous constraints are skipped, as in `validateSync`.
 */
export type Check = (
  object: object,
  awaiting: Awaiting | undefined,
  list: ValidationError[] | undefined,
) => ValidationError[] | undefined;

/** Finds the compiled validator for the actual class of a nested object. */
export type CheckFinder = (Class: Function) => Check;

/** Makes the validator of a class. */
export type CheckMaker = (Class: Function, options: CheckOptions, finder: CheckFinder) => Check;

/** The validator of a class without metadata. */
export function unknownClass(options: CheckOptions): Check {
  if (options.forbidUnknownValues === false) {
    return (object, _, list) => (options.whitelist ? whitelist(object, {}, options, list) : list);
  }
  return (object, _, list = []) => {
    list.push(unknownValueError(object, options));
    return list;
  };
}

/** Removes or reports properties that the class does not declare. */
export function whitelist(
  object: object,
  known: Record<string, { length: number } | undefined>,
  options: CheckOptions,
  list: ValidationError[] | undefined,
): ValidationError[] | undefined {
  let errors = list;
  for (const name of Object.keys(object)) {
    const declared = known[name];
    if (declared && declared.length > 0) continue;
    if (options.forbidNonWhitelisted) {
      errors ??= [];
      errors.push(notWhitelistedError(object, name, options));
    } else {
      delete (object as Record<string, unknown>)[name];
    }
  }
  return errors;
}

/** Calls the registered implementation of a constraint. */
export function callConstraint(
  previous: ValidationError | null,
  object: object,
  value: unknown,
  metadata: ValidationMetadata,
  constraint: ConstraintMetadata,
  options: CheckOptions,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  if (constraint.async && awaiting === undefined) return previous;
  const args = argumentsFor(object, value, metadata);
  const { instance } = constraint;
  if (metadata.each && (Array.isArray(value) || value instanceof Set || value instanceof Map)) {
    // A hole in an array is not an element.
    const results: unknown[] = elementsOf(value).map((one) => instance.validate(one, args));
    if (results.every((result) => result && !isPromise(result))) return previous;
    return recordResult(results, previous, object, value, metadata, constraint, options, awaiting);
  }
  const result = instance.validate(value, args);
  if (result && !isPromise(result)) return previous;
  return recordResult([result], previous, object, value, metadata, constraint, options, awaiting);
}

/** Records a failure, immediately or when all promises have settled. */
function recordResult(
  results: unknown[],
  previous: ValidationError | null,
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
    if (options.recordElements && metadata.each) recordFailedElements(error, type, value, (_, i) => settled[i]);
    return error;
  };
  if (!results.some(isPromise)) {
    if (results.every(Boolean)) return previous;
    return fail(previous ?? newError(object, value, metadata.propertyName, options), results);
  }
  if (awaiting === undefined) {
    // An unexpected promise cannot be awaited here. Its rejection is ignored.
    for (const result of results) if (isPromise(result)) result.then(undefined, () => undefined);
    return previous;
  }
  // The property keeps its position among the errors while the promise is pending.
  const error = previous ?? newError(object, value, metadata.propertyName, options);
  wait(
    awaiting,
    Promise.all(results).then((settled) => {
      if (settled.every(Boolean)) return;
      fail(error, settled);
      // class-validator does not check for a message here.
      if (metadata.context) setContext(error, metadata, type);
    }),
  );
  return error;
}

/**
 * Adds a promise. A rejection is reported by the code that awaits all of them. The handler prevents an unhandled rejection if
 * another one fails first.
 */
export function wait(awaiting: Awaiting, result: Promise<unknown>): void {
  result.catch(() => undefined);
  awaiting.push(result);
}

/** Validates a nested object, or every element of a nested array, set or map, with the validator of its actual class. */
export function validateNested(
  previous: ValidationError | null,
  object: object,
  value: unknown,
  property: string | number,
  metadatas: readonly ValidationMetadata[],
  options: CheckOptions,
  finder: CheckFinder,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  if (value === undefined) return previous;
  let error = previous;
  for (const metadata of metadatas) {
    if (options.stopAtFirstError && error !== null && Object.keys(error.constraints ?? {}).length > 0) continue;
    if (Array.isArray(value)) {
      // Most lists contain elements of one class, whose validator is looked up once.
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
      // The list itself, not a copy, because pending promises add errors to it.
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
