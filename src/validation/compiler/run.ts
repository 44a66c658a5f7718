import { addConstraint, addContext, argumentsFor, newError, typeOf, type ValidationError } from './errors.js';
import type { CheckFinder } from './generate.js';
import type { ConstraintMetadata, ValidationMetadata, ValidatorOptions } from './storage.js';

/** What must settle before the errors are complete. */
export type Awaiting = Promise<unknown>[];

/** Calls a constraint that cannot stand inline. */
export function callConstraint(
  found: ValidationError | null,
  object: object,
  value: unknown,
  metadata: ValidationMetadata,
  constraint: ConstraintMetadata,
  options: ValidatorOptions,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  if (constraint.async && awaiting === undefined) return found;
  const args = argumentsFor(object, value, metadata);
  const { instance } = constraint;
  const isEach = metadata.each && (Array.isArray(value) || value instanceof Set || value instanceof Map);
  // A hole in an array is no element.
  const answers: unknown[] = isEach
    ? elementsOf(value).map((one) => instance.validate(one, args))
    : [instance.validate(value, args)];
  let error = found;
  const fail = (): void => {
    error ??= newError(object, value, metadata.propertyName, options);
    addConstraint(error, object, value, metadata, constraint, options);
  };
  if (!answers.some(isPromise)) {
    if (!answers.every(Boolean)) fail();
    return error;
  }
  if (awaiting === undefined) {
    // An asynchronous answer that was not announced cannot be waited for here; its failure is nobody's.
    for (const answer of answers) if (isPromise(answer)) answer.then(undefined, () => undefined);
    return error;
  }
  // The property keeps its place among the errors while its answer is awaited.
  error ??= newError(object, value, metadata.propertyName, options);
  const kept = error;
  awaiting.push(
    Promise.all(answers).then((settled) => {
      if (settled.every(Boolean)) return;
      fail();
      addContext(kept, metadata, typeOf(metadata, constraint));
    }),
  );
  return error;
}

/** Validates a nested object, or every element of a nested array, set or map, by the class that it turns out to have. */
export function validateNested(
  found: ValidationError | null,
  object: object,
  value: unknown,
  property: string,
  metadatas: readonly ValidationMetadata[],
  options: ValidatorOptions,
  finder: CheckFinder,
  awaiting: Awaiting | undefined,
): ValidationError | null {
  if (value === undefined) return found;
  let error = found;
  const open = (): ValidationError => {
    error ??= newError(object, value, property, options);
    return error;
  };
  for (const metadata of metadatas) {
    if (options.stopAtFirstError && error !== null && Object.keys(error.constraints ?? {}).length > 0) continue;
    if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
      const elements = value instanceof Set ? Array.from(value) : value;
      (elements as Map<unknown, unknown>).forEach((element, index) => {
        const child = validateElement(value, element, String(index), metadatas, options, finder, awaiting);
        if (child !== null) open().children?.push(child);
      });
    } else if (value instanceof Object) {
      const check = finder(value.constructor);
      if (awaiting !== undefined) check(value, awaiting, open().children);
      else {
        const errors = check(value, undefined, undefined);
        if (errors !== undefined) open().children?.push(...errors);
      }
    } else {
      addConstraint(open(), metadata.target as object, value, metadata, undefined, options);
    }
  }
  return error;
}

function validateElement(
  container: object,
  element: unknown,
  index: string,
  metadatas: readonly ValidationMetadata[],
  options: ValidatorOptions,
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
