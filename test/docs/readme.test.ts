import { describe, it } from '@jest/globals';
import { examplesOf, runExample } from './blocks.js';

describe('README', () => {
  examplesOf('README.md').forEach((example, i) => {
    it(`the example under '${example.heading}' does what it says`, () => runExample('README.md', i, example));
  });
});
