import { describe, expect, it } from '@jest/globals';
import { CAPABILITIES, type Lacks, lacksOf } from './capabilities.js';
import type { Case } from './case.js';
import { groups } from './cases/index.js';
import { prove, type Subject } from './suite.js';

const cases = groups.flatMap(({ subject, cases: some }) => some.map((one) => ({ ...one, name: `${subject}: ${one.name}` })));

describe('the table of what servers lack', () => {
  it('is about things that cases ask for, each of them', () => {
    const needed = new Set(cases.flatMap(({ needs = [] }) => needs));
    expect(Object.keys(CAPABILITIES).filter((name) => !needed.has(name as never))).toEqual([]);
  });

  it('cannot go stale: a case that holds although something is said to be lacking is an error', async () => {
    const subject = (lacks: Lacks) => ({ target: {}, lacks }) as Subject;
    const holds: Case = { name: 'holds', needs: ['http1'], run: async () => undefined };
    const fails: Case = { name: 'fails', needs: ['http1'], run: () => Promise.reject(new Error('no')) };
    await prove(holds, subject({}));
    await prove(fails, subject({ http1: 'it has none' }));
    await expect(prove(fails, subject({}))).rejects.toThrow('no');
    await expect(prove(holds, subject({ http1: 'it has none' }))).rejects.toThrow('correct the table');
  });

  it('knows which servers there are', () => {
    expect(() => lacksOf('nod')).toThrow("no 'nod' in the table");
  });
});

describe('the cases', () => {
  it('have names of their own', () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
