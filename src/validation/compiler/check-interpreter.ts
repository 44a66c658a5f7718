import { addContext, type ValidationError } from './validation-error.js';
import {
  type Awaiting,
  type Check,
  type CheckFinder,
  callConstraint,
  unknownClass,
  validateNested,
  wait,
  whitelist,
} from './check-runtime.js';
import { contextType, propertyPlan } from './property-plan.js';
import {
  type CheckOptions,
  type ConstraintMetadata,
  constraintsOf,
  metadataByProperty,
  type ValidationMetadata,
} from './validator-metadata.js';

/** Checks the value of one property of an object. */
type PropertyCheck = (object: object, value: unknown, awaiting: Awaiting | undefined) => ValidationError | null;

/** A step of a property's check. It returns the given error or a new one. */
type Step = (
  error: ValidationError | null,
  object: object,
  value: unknown,
  awaiting: Awaiting | undefined,
) => ValidationError | null;

/**
 * Makes the validator of a class without generating code, for runtimes that forbid it. It executes the same plan as the generated
 * validator, slower.
 */
export function interpretCheck(Class: Function, options: CheckOptions, finder: CheckFinder): Check {
  const known = metadataByProperty(Class, options);
  if (Object.keys(known).length === 0) return unknownClass(options);
  const properties = Object.entries(known).map(([name, metadatas]) => {
    const plan = propertyPlan(name, metadatas);
    return { ...plan, check: propertyCheck(plan, options, finder) };
  });
  return (object, awaiting, list) => {
    let errors = options.whitelist ? whitelist(object, known, options, list) : list;
    for (const { name, isPromise, check } of properties) {
      const value = (object as Record<string, unknown>)[name];
      if (isPromise && value instanceof Promise) {
        if (awaiting === undefined) continue;
        errors ??= [];
        wait(awaiting, value.then(addLater(errors, (settled) => check(object, settled, awaiting))));
        continue;
      }
      const error = check(object, value, awaiting);
      if (error !== null) {
        errors ??= [];
        errors.push(error);
      }
    }
    return errors;
  };
}

function addLater(errors: ValidationError[], check: (value: unknown) => ValidationError | null): (value: unknown) => void {
  return (value) => {
    const error = check(value);
    if (error !== null) errors.push(error);
  };
}

function propertyCheck(plan: ReturnType<typeof propertyPlan>, options: CheckOptions, finder: CheckFinder): PropertyCheck {
  const { name, conditions, defined, custom, nested, rest } = plan;
  const { skipUndefinedProperties, skipNullProperties, skipMissingProperties } = options;
  const skipsUndefined = skipUndefinedProperties === true || skipMissingProperties === true;
  const skipsNull = skipNullProperties === true || skipMissingProperties === true;
  const first = [...constraintSteps(defined, options), ...contextSteps(defined)];
  const second = constraintSteps(custom, options);
  if (nested.length > 0) {
    second.push((error, object, value, awaiting) =>
      validateNested(error, object, value, name, nested, options, finder, awaiting),
    );
  }
  second.push(...contextSteps(rest));
  const holds = conditions.map(({ constraints }) => constraints?.[0] as (object: object, value: unknown) => unknown);
  return (object, value, awaiting) => {
    if (holds.filter((condition) => !condition(object, value)).length > 0) return null;
    let error: ValidationError | null = null;
    for (const step of first) error = step(error, object, value, awaiting);
    if ((skipsUndefined && value === undefined) || (skipsNull && value === null)) return error;
    for (const step of second) error = step(error, object, value, awaiting);
    if (error !== null && awaiting === undefined && Object.keys(error.constraints ?? {}).length === 0) delete error.constraints;
    return error;
  };
}

function constraintSteps(metadatas: readonly ValidationMetadata[], options: CheckOptions): Step[] {
  return metadatas.flatMap((metadata) =>
    constraintsOf(metadata).map((constraint) => constraintStep(metadata, constraint, options)),
  );
}

function constraintStep(metadata: ValidationMetadata, constraint: ConstraintMetadata, options: CheckOptions): Step {
  return (error, object, value, awaiting) => {
    if (metadata.validateIf && !metadata.validateIf(object, value)) return error;
    if (options.stopAtFirstError && error !== null && Object.keys(error.constraints ?? {}).length > 0) return error;
    return callConstraint(error, object, value, metadata, constraint, options, awaiting);
  };
}

function contextSteps(metadatas: readonly ValidationMetadata[]): Step[] {
  return metadatas
    .filter((metadata) => metadata.context)
    .map((metadata) => {
      const type = contextType(metadata);
      return (error) => {
        if (error !== null) addContext(error, metadata, type);
        return error;
      };
    });
}
