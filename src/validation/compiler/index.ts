import { stripEmpty, type ValidationError } from './validation-error.js';
import { generateCheck } from './check-generator.js';
import type { Awaiting, Check, CheckFinder } from './check-runtime.js';
import type { CheckOptions } from './validator-metadata.js';

export type { ValidationError } from './validation-error.js';
export { hasValidators, isValidated, type ValidatorOptions } from './validator-metadata.js';

/** A compiled validator. */
export interface CompiledValidator {
  /** The errors of an instance, like `validateSync` of `class-validator`. An empty list for a valid instance. */
  validate(object: object): ValidationError[];
  /** Like `validate`, with asynchronous constraints, as `validate` of `class-validator`. */
  validateAsync(object: object): Promise<ValidationError[]>;
}

/** Compiles the validator of a class. Those of nested classes are compiled at the first such object. */
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

/** The errors after all promises have settled. */
export async function settled(errors: ValidationError[] | undefined, awaiting: Awaiting): Promise<ValidationError[]> {
  // A settled promise may add further promises.
  while (awaiting.length > 0) await Promise.all(awaiting.splice(0));
  return errors === undefined ? [] : stripEmpty(errors);
}

/** Finds and caches the validators of classes, for one set of options. */
export function checkFinder(options: CheckOptions): CheckFinder {
  const checks = new Map<Function, Check>();
  // Most lists contain elements of one class.
  let last: Function | undefined;
  let lastCheck: Check | undefined;
  return function finder(Class) {
    if (Class === last && lastCheck !== undefined) return lastCheck;
    let check = checks.get(Class);
    if (check === undefined) {
      check = generateCheck(Class, options, finder);
      // An object that no class made may have any value as its `constructor`.
      if (typeof Class === 'function') checks.set(Class, check);
    }
    last = Class;
    lastCheck = check;
    return check;
  };
}
