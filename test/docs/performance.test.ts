import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from './page.js';

describe('docs/performance.md', () => {
  it('shows the figures that were measured, and no others', () => {
    // Throws, with what to do, unless it does.
    execFileSync(process.execPath, [join(root, 'bench/docs.mjs'), '--check'], { encoding: 'utf8' });
  });

  it('names only tables that the benchmarks have', () => {
    const text = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    const named = [...text.matchAll(/<!-- bench: ([\w-]+) -->/g)].map(([, id]) => id as string);
    const groups = ['scenarios', 'groups/in-process', 'groups/costs', 'groups/router', 'groups/validation', 'groups/templates'];
    const sources = [...groups, 'groups/startup', 'groups/memory', 'groups/size']
      .map((name) => readFileSync(join(root, `bench/${name}.mjs`), 'utf8'))
      .join('\n');
    const known = (id: string): boolean =>
      new RegExp(`id: '${id}'|^ {2}${id}: \\{|'${id}': \\{|table\\('${id}'`, 'm').test(sources) ||
      [/-in-process$/, /^router-/, /^template-/].some((family) => family.test(id));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((id) => !known(id))).toEqual([]);
  });
});
