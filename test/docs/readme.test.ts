import { describe, expect, it } from '@jest/globals';
import { compileExamples, examplesOf, runExample } from './blocks.js';

describe('README', () => {
  it('its examples compile under the strict settings of this repository', () => {
    expect(compileExamples('README.md')).toBe('');
  }, 30_000);

  examplesOf('README.md').forEach((example, i) => {
    it(`the example under '${example.heading}' does what it says`, () => runExample('README.md', i, example));
  });
});
