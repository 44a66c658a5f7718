import assert from 'node:assert/strict';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as cv from 'class-validator';
import { generateCheck } from '../../../src/validation/compiler/check-generator.js';
import { interpretCheck } from '../../../src/validation/compiler/check-interpreter.js';
import { compileChecks } from '../../../src/validation/compiler/index.js';
import { CONSTRAINTS, classPlan, forgetClasses, makeClass, makeValue, propertyValue, validatorOptions } from './generate.js';
import { cases, fc } from '../../property.js';

const MINUTES = 60_000;
const NAMES = ['one', 'two', '3', 'four', 'extra'];

const values = (withPromises: boolean) => fc.dictionary(fc.constantFrom(...NAMES), propertyValue(withPromises), { maxKeys: 5 });

function scene(withAsync: boolean) {
  return fc.record({
    plans: fc.array(classPlan(withAsync), { minLength: 3, maxLength: 3 }),
    values: fc.array(values(withAsync), { minLength: 3, maxLength: 3 }),
    options: validatorOptions,
  });
}

type Scene = typeof scene extends (...args: never[]) => fc.Arbitrary<infer T> ? T : never;

/** Makes the root object of a scene: an instance of the first class, in whose properties those of the others may lie. */
function build({ plans, values: all }: Scene): { make: () => object; Class: Function } {
  const made = plans.map(makeClass);
  const instance = (i: number, depth: number): object => {
    const object = new (made[i] as new () => object)();
    if (depth < 3) {
      for (const [name, plan] of Object.entries(all[i] as object)) {
        (object as Record<string, unknown>)[name] = makeValue(plan, (j) => instance(j, depth + 1));
      }
    }
    return object;
  };
  return { make: () => instance(0, 0), Class: made[0] as Function };
}

/** Errors, or what was thrown: validators and messages of users may throw, and both must then throw the same. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

function asyncOutcome(run: () => Promise<unknown>): Promise<unknown> {
  return run().catch(String);
}

describe.each([
  ['generated', generateCheck],
  ['interpreted', interpretCheck],
] as const)('the %s validator', (_, maker) => {
  afterEach(forgetClasses);

  it(
    'gives the very error trees of class-validator',
    () => {
      fc.assert(
        fc.property(scene(false), (input) => {
          const { make, Class } = build(input);
          const theirs = outcome(() => cv.validateSync(make(), input.options as cv.ValidatorOptions));
          const ours = outcome(() => compileChecks(Class, input.options, maker).validate(make()));
          assert.deepEqual(ours, theirs);
          forgetClasses();
        }),
        cases(400),
      );
    },
    60 * MINUTES,
  );

  it(
    'gives them with asynchronous constraints and promises too',
    async () => {
      await fc.assert(
        fc.asyncProperty(scene(true), async (input) => {
          const { make, Class } = build(input);
          const theirs = await asyncOutcome(async () => cv.validate(make(), input.options as cv.ValidatorOptions));
          const ours = await asyncOutcome(() => compileChecks(Class, input.options, maker).validateAsync(make()));
          assert.deepEqual(ours, theirs);
          forgetClasses();
        }),
        cases(200),
      );
    },
    60 * MINUTES,
  );
});

describe('the comparison', () => {
  it('covers every constraint that class-validator exports', () => {
    const notConstraints = [
      'Allow',
      'IsOptional',
      'Validate',
      'ValidateBy',
      'ValidateIf',
      'ValidateNested',
      'ValidatePromise',
      'ValidatorConstraint',
    ];
    const internals = /^(?:Validation|Validator|MetadataStorage|Constraint)/;
    const exported = Object.entries(cv)
      .filter(([name, value]) => /^[A-Z][a-zA-Z0-9]*$/.test(name) && typeof value === 'function' && !internals.test(name))
      .map(([name]) => name)
      .filter((name) => !notConstraints.includes(name));
    expect(Object.keys(CONSTRAINTS).sort()).toEqual(exported.sort());
  });
});
