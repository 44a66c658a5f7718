import 'reflect-metadata';
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from '@jest/globals';
import { compileValidator } from 'bottlenose';
import { plainToInstance } from 'class-transformer';
import * as cv from 'class-validator';
import { ValidationFailure } from '../../../src/validation/compile-validator.js';
import { Builders } from '../../../src/validation/parser/instance-builder.js';
import type { BuildProblem } from '../../../src/validation/parser/scalar-conversion.js';
import { cases, fc } from '../../property.js';
import { Draw, makeClasses, makePlain } from './transformer-scenes.js';

const VALIDATION = { validationError: { target: false, value: false } };

/** A copy within this realm, which `structuredClone` does not make under Jest. */
const copyOf = (plain: object): object => JSON.parse(JSON.stringify(plain)) as object;

/** What NestJS's `ValidationPipe` does: class-transformer, then class-validator. */
function pipe(Class: new () => object, plain: object, groups: string[] | undefined, whitelist: boolean): unknown {
  let instance: object;
  try {
    instance = plainToInstance(Class, plain, { ...(groups !== undefined && { groups }) });
  } catch {
    // class-transformer fails for `null` in a list with a discriminator.
    return undefined;
  }
  const options = { ...VALIDATION, whitelist, ...(groups !== undefined && { groups }) };
  const errors = cv.validateSync(instance, options);
  return errors.length > 0 ? errors : instance;
}

describe('parse of classes with decorators of class-transformer', () => {
  it('gives what plainToInstance and validateSync give', () => {
    fc.assert(
      fc.property(
        fc.noShrink(fc.integer()),
        fc.constantFrom<string[] | undefined>(undefined, ['some']),
        fc.boolean(),
        (seed, groups, whitelist) => {
          const draw = new Draw(seed);
          const plans = makeClasses(draw);
          const Class = plans[0]?.Class as new () => object;
          const plain = makePlain(draw, plans);
          const theirs = pipe(Class, copyOf(plain), groups, whitelist);
          const untouched = copyOf(plain);
          let ours: unknown;
          try {
            const options = {
              ...VALIDATION,
              unknown: whitelist ? 'drop' : 'keep',
              ...(groups !== undefined && { groups }),
            } as const;
            ours = compileValidator(Class, options).parse(plain);
          } catch (error) {
            if (!(error instanceof ValidationFailure)) throw error;
            ours = error.errors;
          }
          if (theirs !== undefined) assert.deepEqual(ours, theirs, inspect({ ours, theirs, plain, plans }, { depth: 9 }));
          assert.deepEqual(plain, untouched, 'the data was changed');
        },
      ),
      cases(400),
    );
  }, 3_600_000);

  it('gives the same without generated code', () => {
    fc.assert(
      fc.property(fc.noShrink(fc.integer()), fc.constantFrom('drop', 'keep', 'refuse'), fc.boolean(), (seed, unknown, texts) => {
        const draw = new Draw(seed);
        const plans = makeClasses(draw);
        const plain = makePlain(draw, plans);
        const [generated, interpreted] = [false, true].map((isInterpreted) => {
          const problems: BuildProblem[] = [];
          const build = new Builders({ unknown, texts, interpreted: isInterpreted }).for(plans[0]?.Class as new () => object);
          // As a text, because `deepEqual` takes two invalid dates for different ones.
          return inspect({ value: build(plain, problems), problems }, { depth: 30 });
        });
        assert.equal(interpreted, generated);
      }),
      cases(200),
    );
  }, 3_600_000);
});
