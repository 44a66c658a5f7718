import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from './page.js';

interface Results {
  groups: Record<string, { tables: Record<string, unknown> }>;
}

const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
const { groups } = JSON.parse(readFileSync(join(root, 'bench/results.json'), 'utf8')) as Results;
/** The tables that `npm run bench` has measured: it drops those that it no longer has. */
const measured = new Set(Object.values(groups).flatMap(({ tables }) => Object.keys(tables)));
const unknownIn = (text: string): string[] =>
  [...text.matchAll(/<!-- bench: (.*?) -->/g)].map(([, id]) => id as string).filter((id) => !measured.has(id));

describe('docs/performance.md', () => {
  it('shows the figures that were measured, and no others', () => {
    // Throws, with what to do, unless it does.
    execFileSync(process.execPath, [join(root, 'bench/docs.mjs'), '--check'], { encoding: 'utf8' });
  });

  it('names only tables that were measured', () => {
    expect(page.match(/<!-- bench: /g)?.length).toBeGreaterThan(10);
    expect(unknownIn(page)).toEqual([]);
  });

  it.each(['made-up', 'made-up-in-process', 'router-made-up', 'template-made-up', 'costs-made-up', 'json ', ''])(
    'would be seen to name a table that there is not (%j)',
    (id) => expect(unknownIn(`${page}<!-- bench: ${id} -->`)).toEqual([id]),
  );
});
