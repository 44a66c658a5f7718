import { createRequire } from 'node:module';
import type { ConstraintMetadata, ValidationArguments, ValidationMetadata, ValidatorOptions } from './storage.js';

/** One property's errors, in the shape of `class-validator`'s `ValidationError`. */
export interface ValidationError {
  target?: object;
  value?: unknown;
  property: string;
  children?: ValidationError[];
  constraints?: Record<string, string>;
  contexts?: Record<string, unknown>;
  toString(shouldDecorate?: boolean, hasParent?: boolean, parentPath?: string, showConstraintMessages?: boolean): string;
}

let ErrorClass: (new () => ValidationError) | undefined;

/** `class-validator`'s own class: whoever has a decorated class has it. Loaded when the first error is built. */
function errorClass(): new () => ValidationError {
  if (ErrorClass === undefined) {
    try {
      ErrorClass = (createRequire(import.meta.url)('class-validator') as { ValidationError: new () => ValidationError })
        .ValidationError;
    } catch {
      ErrorClass = class {} as new () => ValidationError;
    }
  }
  return ErrorClass;
}

export function newError(object: object, value: unknown, property: string, options: ValidatorOptions): ValidationError {
  const error = new (errorClass())();
  const { target = true, value: showsValue = true } = options.validationError ?? {};
  if (target === true) error.target = object;
  if (showsValue === true) error.value = value;
  error.property = property;
  error.children = [];
  error.constraints = {};
  return error;
}

/** The error for an object of a class that nothing is known of. */
export function unknownValueError(object: object, options: ValidatorOptions): ValidationError {
  const error = newError(object, undefined, undefined as unknown as string, options);
  error.value = undefined;
  error.constraints = { unknownValue: 'an unknown value was passed to the validate function' };
  return error;
}

/** The error for a property that the class does not declare. */
export function notWhitelistedError(object: object, property: string, options: ValidatorOptions): ValidationError {
  const error = newError(object, (object as Record<string, unknown>)[property], property, options);
  error.constraints = { whitelistValidation: `property ${property} should not exist` };
  error.children = undefined;
  return error;
}

/** Notes a constraint that was not met. `object` is what messages are told to be about. */
export function addConstraint(
  error: ValidationError,
  object: object,
  value: unknown,
  metadata: ValidationMetadata,
  constraint: ConstraintMetadata | undefined,
  options: ValidatorOptions,
): void {
  const args = argumentsFor(object, value, metadata);
  let message: unknown = metadata.message || '';
  if (!metadata.message && !options.dismissDefaultMessages && constraint?.instance.defaultMessage instanceof Function) {
    message = constraint.instance.defaultMessage(args);
  }
  (error.constraints as Record<string, string>)[typeOf(metadata, constraint)] = fillIn(message, args) as string;
}

export function argumentsFor(object: object, value: unknown, metadata: ValidationMetadata): ValidationArguments {
  return {
    targetName: object.constructor ? object.constructor.name : undefined,
    property: metadata.propertyName,
    object,
    value,
    constraints: metadata.constraints,
  };
}

export function typeOf(metadata: ValidationMetadata, constraint: ConstraintMetadata | undefined): string {
  return constraint?.name ? constraint.name : metadata.type;
}

/** Adds what decorators pass through to the response, for each constraint that was not met. */
export function addContext(error: ValidationError, metadata: ValidationMetadata, type: string): void {
  if (!metadata.context || !error.constraints?.[type]) return;
  error.contexts ??= {};
  error.contexts[type] = Object.assign((error.contexts[type] as object | undefined) ?? {}, metadata.context);
}

/** Fills in `$constraint1`, `$value`, `$property` and `$target`. Replacement patterns in values act as in class-validator. */
function fillIn(message: unknown, args: ValidationArguments): string | undefined {
  let text: string | undefined;
  if (message instanceof Function) text = (message as (args: ValidationArguments) => string)(args);
  else if (typeof message === 'string') text = message;
  if (text && Array.isArray(args.constraints)) {
    args.constraints.forEach((constraint: unknown, i) => {
      text = (text as string).replace(new RegExp(`\\$constraint${i + 1}`, 'g'), constraintText(constraint));
    });
  }
  if (text && ['string', 'boolean', 'number'].includes(typeof args.value)) text = text.replace(/\$value/g, args.value as string);
  if (text) text = text.replace(/\$property/g, args.property);
  if (text) text = text.replace(/\$target/g, args.targetName as string);
  return text;
}

function constraintText(constraint: unknown): string {
  if (Array.isArray(constraint)) return constraint.join(', ');
  return `${typeof constraint === 'symbol' ? constraint.description : constraint}`;
}

/** Drops properties without errors, as they are left where something had to be awaited. */
export function stripEmpty(errors: ValidationError[]): ValidationError[] {
  return errors.filter((error) => {
    if (error.children) error.children = stripEmpty(error.children);
    if (Object.keys(error.constraints ?? {}).length > 0) return true;
    if (error.children?.length === 0) return false;
    delete error.constraints;
    return true;
  });
}

/** Thrown by `parse`: the data does not validate. */
export class ValidationFailure extends globalThis.Error {
  readonly code = 'BN_VALIDATION';
  readonly errors: readonly ValidationError[];

  constructor(Class: Function, errors: readonly ValidationError[]) {
    const all = errors.map((error) => error.property ?? 'the value').join(', ');
    super(`The data is no valid ${Class.name}: ${all}.`);
    this.name = 'ValidationFailure';
    this.errors = errors;
  }
}
