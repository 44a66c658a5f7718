import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from './page.js';

/** The sources without their comments, because comments also mention codes. */
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8').replace(/^\s*(?:\/\/|\/?\*).*$/gm, ''));

/** What the package's own code calls its errors, in full or, for decorators, as `bad-rule`. */
function codes(): string[] {
  const found = new Set<string>();
  for (const text of sources) {
    for (const [code] of text.matchAll(/\bBN_[A-Z][A-Z_]*\b/g)) found.add(code);
    for (const [, kind] of text.matchAll(/\b(?:report|addFault)\(\s*(?:[^'"`;]*,\s*)?'([a-z]+(?:-[a-z]+)+)'/g))
      found.add(`BN_${(kind as string).replaceAll('-', '_').toUpperCase()}`);
  }
  // Binding reports this fault of a method as BN_PARAMETER_REST.
  found.delete('BN_REST_PARAMETER');
  return [...found].sort();
}

const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const entries = [...page.matchAll(/^### (.*)\n\n(.+)\n\n\*\*Remedy:\*\* (.+)$/gm)];

it('every code of the package has its entry in the catalogue of errors, and the catalogue knows no other', () => {
  expect(entries.map(([, code]) => code).sort()).toEqual(codes());
});

it('an entry is there once, and complete', () => {
  expect(page.match(/^### /gm)).toHaveLength(entries.length);
  expect(new Set(entries.map(([, code]) => code)).size).toBe(entries.length);
});
