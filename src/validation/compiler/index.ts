import { stripEmpty, type ValidationError } from './errors.js';
import { type Check, type CheckFinder, generateCheck } from './generate.js';
import type { Awaiting } from './run.js';
import type { ValidatorOptions } from './storage.js';

export { type ValidationError, ValidationFailure } from './errors.js';
export { isValidated, type ValidatorOptions } from './storage.js';

/** A compiled validator. */
export interface CompiledValidator {
  /** The errors of an instance, as `class-validator`'s `validateSync` gives them; empty when it is valid. */
  validate(object: object): ValidationError[];
  /** The same with asynchronous constraints, as `validate` of `class-validator` gives them. */
  validateAsync(object: object): Promise<ValidationError[]>;
}

/** Compiles the validator of a class; those of nested classes follow when the first such object comes. */
export function compileChecks(Class: Function, options: ValidatorOptions = {}): CompiledValidator {
  const finder = checkFinder(options);
  const own = finder(Class);
  const find = (object: object): Check => (object.constructor === Class ? own : finder(object.constructor));
  return {
    validate(object) {
      return find(object)(object, undefined, undefined) ?? [];
    },
    async validateAsync(object) {
      const awaiting: Awaiting = [];
      const errors: ValidationError[] = [];
      find(object)(object, awaiting, errors);
      // What is awaited may itself find something to await.
      while (awaiting.length > 0) await Promise.all(awaiting.splice(0));
      return stripEmpty(errors);
    },
  };
}

function checkFinder(options: ValidatorOptions): CheckFinder {
  const checks = new Map<Function, Check>();
  const finder: CheckFinder = (Class) => {
    let check = checks.get(Class);
    if (check === undefined) {
      check = generateCheck(Class, options, finder);
      checks.set(Class, check);
    }
    return check;
  };
  return finder;
}
