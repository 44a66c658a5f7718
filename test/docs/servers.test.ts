import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PAGE, serversTable, tableIn } from '../conformance/table.js';

describe('the page about servers', () => {
  it('lists what the conformance suite proves. To update it: node --import tsx test/conformance/table.ts', () => {
    expect(tableIn(readFileSync(PAGE, 'utf8'))).toBe(serversTable());
  });
});
