import { loadPeer } from '../../support/load-peer.js';
import type { ConstraintMetadata, ValidationArguments, ValidationMetadata, ValidatorOptions } from './validator-metadata.js';

/** The errors of a property, with the members of `class-validator`'s `ValidationError`. */
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

/** The class of `class-validator`, which is installed if there are decorated classes. It loads with the first error. */
function errorClass(): new () => ValidationError {
  ErrorClass ??=
    loadPeer<{ ValidationError: new () => ValidationError }>('class-validator')?.ValidationError ??
    (class {} as new () => ValidationError);
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

/** The error for an object of a class without metadata. */
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

/** Records a failed constraint. `object` is the target for messages. */
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

/** Adds the decorator's context for each failed constraint. */
export function addContext(error: ValidationError, metadata: ValidationMetadata, type: string): void {
  if (metadata.context && error.constraints?.[type]) setContext(error, metadata, type);
}

export function setContext(error: ValidationError, metadata: ValidationMetadata, type: string): void {
  error.contexts ??= {};
  error.contexts[type] = Object.assign((error.contexts[type] as object | undefined) ?? {}, metadata.context);
}

/** Replaces `$constraint1`, `$value`, `$property` and `$target`. Replacement patterns in values act as in class-validator. */
function fillIn(message: unknown, args: ValidationArguments): string | undefined {
  let text: string | undefined;
  if (message instanceof Function) text = (message as (args: ValidationArguments) => string)(args);
  else if (typeof message === 'string') text = message;
  if (!text?.includes('$')) return text;
  for (const [i, constraint] of Array.isArray(args.constraints) ? args.constraints.entries() : []) {
    text = text.replaceAll(`$constraint${i + 1}`, constraintText(constraint));
  }
  if (['string', 'boolean', 'number'].includes(typeof args.value)) text = text.replaceAll('$value', args.value as string);
  text = text.replaceAll('$property', args.property);
  text = text.replaceAll('$target', args.targetName as string);
  return text;
}

function constraintText(constraint: unknown): string {
  if (Array.isArray(constraint)) return constraint.join(', ');
  return `${typeof constraint === 'symbol' ? constraint.description : constraint}`;
}

/** Removes properties without errors. They remain after asynchronous constraints. */
export function stripEmpty(errors: ValidationError[]): ValidationError[] {
  return errors.filter((error) => {
    if (error.children) error.children = stripEmpty(error.children);
    if (Object.keys(error.constraints ?? {}).length > 0) return true;
    if (error.children?.length === 0) return false;
    delete error.constraints;
    return true;
  });
}

/** The elements of a list that failed a constraint with `each`. */
const elementsByError = new WeakMap<ValidationError, Map<string, (string | number)[]>>();

/** Records the failed elements, for error lists with positions. `passes` checks each element again. */
export function recordFailedElements(
  error: ValidationError,
  type: string,
  value: unknown,
  passes: (element: unknown, index: number) => unknown,
): void {
  const isMap = value instanceof Map;
  if (!Array.isArray(value) && !isMap && !(value instanceof Set)) return;
  const failed: (string | number)[] = [];
  let index = 0;
  for (const [key, element] of isMap ? value : Array.from(value as Iterable<unknown>).entries()) {
    if (!passes(element, index++)) failed.push(isMap ? String(key) : (key as number));
  }
  const elements = elementsByError.get(error) ?? new Map<string, (string | number)[]>();
  elements.set(type, [...(elements.get(type) ?? []), ...failed]);
  elementsByError.set(error, elements);
}

/** The elements that failed a constraint with `each`. */
export function failedElements(error: ValidationError, type: string): readonly (string | number)[] {
  return [...new Set(elementsByError.get(error)?.get(type))];
}
