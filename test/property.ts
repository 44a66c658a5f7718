import fc from 'fast-check';

/** `npm run test:nightly` tries more cases, and other ones each time. `npm test` has always the same. */
const { PROPERTY_TIMES = 1, PROPERTY_SEED = 1 } = process.env;

fc.configureGlobal({ seed: Number(PROPERTY_SEED), ...cases(100) });

/** The options of a property that `npm test` tries with so many cases. */
export function cases(count: number): { numRuns: number } {
  return { numRuns: count * Number(PROPERTY_TIMES) };
}

const codePoint = fc
  .oneof(
    { weight: 0xd800, arbitrary: fc.nat(0xd7ff) },
    { weight: 0x102000, arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }) },
  )
  .map(
    (code) => String.fromCodePoint(code),
    (text) => {
      if (typeof text !== 'string' || [...text].length !== 1) throw new Error('not one character');
      return text.codePointAt(0) as number;
    },
  );

/** Any characters, like `unit: 'binary'`, which first makes a table of all of them. */
export function anyText(constraints: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: codePoint });
}

export { fc };
