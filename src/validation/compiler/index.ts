import { stripEmpty, type ValidationError } from './validation-error.js';
import { generateCheck } from './check-generator.js';
import type { Awaiting, Check, CheckFinder } from './check-runtime.js';
import type { CheckOptions } from './validator-metadata.js';

export type { ValidationError } from './validation-error.js';
export { hasValidators, isValidated, type ValidatorOptions } from './validator-metadata.js';

/** A compiled validator. */
export interface CompiledValidator {
  /** The errors of an instance, as `class-validator`'s `validateSync` gives them; empty when it is valid. */
  validate(object: object): ValidationError[];
  /** The same with asynchronous constraints, as `validate` of `class-validator` gives them. */
  validateAsync(object: object): Promise<ValidationError[]>;
}

/** Compiles the validator of a class; those of nested classes follow when the first such object comes. */
export function compileChecks(Class: Function, options: CheckOptions = {}): CompiledValidator {
  const finder = checkFinder(options);
  const own = finder(Class);
  const find = (object: object): Check => (object.constructor === Class ? own : finder(object.constructor));
  return {
    validate(object) {
      return find(object)(object, undefined, undefined) ?? [];
    },
    async validateAsync(object) {
      const awaiting: Awaiting = [];
      const errors = find(object)(object, awaiting, undefined);
      return settled(errors, awaiting);
    },
  };
}

/** The errors once all is answered. */
export async function settled(errors: ValidationError[] | undefined, awaiting: Awaiting): Promise<ValidationError[]> {
  // What is awaited may itself find something to await.
  while (awaiting.length > 0) await Promise.all(awaiting.splice(0));
  return errors === undefined ? [] : stripEmpty(errors);
}

/** Finds and keeps the validators of classes, one set of them for each set of options. */
export function checkFinder(options: CheckOptions): CheckFinder {
  const checks = new Map<Function, Check>();
  // Elements of a list mostly are of one class.
  let last: Function | undefined;
  let lastCheck: Check | undefined;
  return function finder(Class) {
    if (Class === last && lastCheck !== undefined) return lastCheck;
    let check = checks.get(Class);
    if (check === undefined) {
      check = generateCheck(Class, options, finder);
      checks.set(Class, check);
    }
    last = Class;
    lastCheck = check;
    return check;
  };
}
