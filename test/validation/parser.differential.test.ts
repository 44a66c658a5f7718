import 'reflect-metadata';
import assert from 'node:assert/strict';
import { afterEach, describe, it } from '@jest/globals';
import { compileValidator } from 'bottlenose';
import { ValidationFailure } from '../../src/validation/compile-validator.js';
import { plainToInstance, Type } from 'class-transformer';
import * as cv from 'class-validator';
import { type ClassPlan, classPlan, forgetClasses, makeClass, validatorOptions } from './compiler/generate.js';
import { cases, fc } from '../property.js';

const NAMES = ['one', 'two', '3', 'four', 'extra'];

/** What can come as JSON. */
const { record } = fc.letrec((tie) => ({
  scalar: fc.oneof(
    fc.constantFrom('', 'a', 'abc', '12', 'red', 'a@b.co', '2020-01-31', '9d3f2e4c-1b7a-4e55-8c3d-2f6a7b8c9d0e'),
    fc.constantFrom(0, 1, -1, 2.5, 52, true, false, null),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: tie('scalar') },
    { weight: 2, arbitrary: tie('record') },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
  ),
  record: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));

const isOfDates = (make: unknown): boolean => /cv\.(?:IsDate|MinDate|MaxDate)\(|ValidatePromise/.test(String(make));

/** Dates and promises do not come as JSON: texts become dates here, and stay what they are there. */
function withoutDates({ properties, parent }: ClassPlan): ClassPlan {
  const kept = properties.map(({ name, decorators }) => ({
    name,
    decorators: decorators.filter(({ make }) => !isOfDates(make)),
  }));
  return {
    properties: kept.filter(({ decorators }) => decorators.length > 0),
    ...(parent !== undefined && { parent: withoutDates(parent) }),
  };
}

const plan = classPlan(false).map(withoutDates);
const scene = fc.record({
  plans: fc.tuple(plan, plan, plan),
  nested: fc.array(fc.nat(2), { minLength: 20, maxLength: 20 }),
  plain: record as fc.Arbitrary<Record<string, unknown>>,
  options: validatorOptions,
  unknown: fc.constantFrom('drop', 'keep'),
});

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

/** Classes that nest each other. */
function build({ plans, nested }: Scene): new () => object {
  const made = plans.map(makeClass);
  let at = 0;
  for (const [i, one] of plans.entries()) {
    const root = made[i] as new () => object;
    for (const property of [...one.properties, ...(one.parent?.properties ?? [])]) {
      const Nested = made[nested[at++ % nested.length] as number] as new () => object;
      if (property.decorators.some(({ make }) => String(make).includes('ValidateNested'))) {
        Type(() => Nested)(root.prototype as object, property.name);
      }
    }
  }
  return made[0] as new () => object;
}

describe('parse', () => {
  afterEach(forgetClasses);

  it('gives what plainToInstance and validateSync give', () => {
    fc.assert(
      fc.property(scene, (input) => {
        const Class = build(input);
        fc.pre(input.plans.every((one) => one.properties.length + (one.parent?.properties.length ?? 0) > 0));
        const { whitelist: _, forbidNonWhitelisted: __, ...options } = input.options;
        // What is nested, and not validated in the groups asked for, class-validator does not whitelist: what it does not declare
        // at all is still dropped here.
        if (input.unknown === 'drop') {
          delete options.groups;
          delete options.strictGroups;
        }
        options.validationError = { target: false, value: false };
        const instance = plainToInstance(Class, JSON.parse(JSON.stringify(input.plain)) as object, { exposeDefaultValues: true });
        const whitelist = input.unknown === 'drop';
        let theirs: unknown;
        try {
          // Here what is not declared is gone before any validator looks; there, of a nested object, only after those that stand on
          // the property itself did: `unknown` says so.
          if (whitelist) cv.validateSync(instance, { whitelist, forbidUnknownValues: false });
          theirs = cv.validateSync(instance, { ...options, whitelist } as cv.ValidatorOptions);
          if ((theirs as unknown[]).length === 0) theirs = instance;
        } catch (error) {
          theirs = String(error);
        }
        let ours: unknown;
        try {
          ours = compileValidator(Class, { ...options, unknown: input.unknown } as never).parse(input.plain);
        } catch (error) {
          // Classes that no data could satisfy are refused as such.
          fc.pre(!String(error).includes('nests objects without end'));
          ours = error instanceof ValidationFailure ? error.errors : String(error);
        }
        assert.deepEqual(ours, theirs);
        forgetClasses();
      }),
      cases(300),
    );
  }, 3_600_000);
});
