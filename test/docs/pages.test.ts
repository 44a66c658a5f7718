import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cellsOf, cellsProgram } from './cells.js';
import { compileFolder } from './compile.js';
import { type Block, blocksOf, fragmentsOf, isFileName, pages, programsOf, readPage, root } from './page.js';
import { runProgram, writeProgram } from './run.js';

rmSync(join(root, 'build/docs'), { recursive: true, force: true });

const all = pages().map((page) => {
  const name = page.replace(/\.md$/, '').replace(/\W/g, '-');
  const text = readPage(page);
  const blocks = blocksOf(text);
  return { page, name, text, blocks, programs: programsOf(blocks), cells: cellsOf(text) };
});

/** How many blocks of a page are not run. */
const NOT_RUN: Record<string, number> = {
  'README.md': 2,
  'docs/coming-from/bottle.md': 1,
  'docs/coming-from/express.md': 1,
  'docs/coming-from/fastify.md': 1,
  'docs/coming-from/nestjs.md': 1,
  'docs/coming-from/routing-controllers.md': 1,
  'docs/guides/sqlite.md': 1,
  'docs/performance.md': 1,
  'docs/quick-start.md': 1,
  'docs/tutorial.md': 2,
};

/** Whether the tests do something with a block, or it says that they do not. */
function isChecked({ language, label, text }: Block): boolean {
  if (['not-run', 'other'].includes(label) || label.startsWith('from ')) return true;
  if (language === 'json') JSON.parse(text);
  if (['ts', 'console', 'text', 'json'].includes(language)) return true;
  return isFileName(label);
}

describe('every page', () => {
  for (const { name, blocks, programs, cells } of all) {
    for (const [i, program] of programs.entries()) {
      writeProgram(program, 'full', name, String(i));
      writeProgram(program, 'plain', name, String(i));
    }
    const project = programs.at(-1)?.files;
    for (const [i, text] of fragmentsOf(blocks).entries()) {
      writeProgram({ files: { ...project, 'fragment.ts': text } }, 'full', name, `fragment-${i}`);
    }
    if (cells.length > 0) writeProgram({ files: { 'cells.ts': cellsProgram(cells) } }, 'full', name, 'cells');
  }

  it('that puts another framework beside ours has code of ours in its table', () => {
    const few = all.filter(({ page, cells }) => page.includes('coming-from/') && cells.length < 25).map(({ page }) => page);
    expect(few).toEqual([]);
  });

  it('has programs that compile under the strict settings of this repository', () => {
    expect(compileFolder(join(root, 'build/docs'), ['full/**/*.ts'])).toBe('');
  }, 60_000);
});

describe('the links of a page', () => {
  it('lead somewhere', () => {
    const dead = all.flatMap(({ page, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)#\s]+)?(?:#([^)\s]+))?\)/g)].flatMap(([, path, heading]) => {
        const target = path === undefined ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(root, target))) return [`${page}: ${target}`];
        return heading === undefined || slugsOf(readPage(target)).includes(heading) ? [] : [`${page}: ${target}#${heading}`];
      }),
    );
    expect(dead).toEqual([]);
  });
});

function slugsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the blocks of a page', () => {
  const blocks = all.flatMap(({ page, blocks }) => blocks.map((block) => ({ page, ...block })));

  it('are of a kind that is checked, or say that they are not', () => {
    const unknown = blocks.filter((block) => !isChecked(block)).map(({ page, line, language }) => `${page}:${line} ${language}`);
    expect(unknown).toEqual([]);
  });

  it('are run, except for what cannot run here: other frameworks, installing, what needs a machine of its own', () => {
    const counts: Record<string, number> = {};
    for (const { page, label } of blocks) if (['not-run', 'other'].includes(label)) counts[page] = (counts[page] ?? 0) + 1;
    expect(counts).toEqual(NOT_RUN);
  });

  it('of configuration that name a file of the repository are what this holds', () => {
    for (const { page, line, label, text } of blocks.filter(({ label }) => label.startsWith('from '))) {
      const file = readFileSync(join(root, label.slice('from '.length)), 'utf8');
      expect({ place: `${page}:${line}`, isThere: file.includes(text.trim()) }).toEqual({
        place: `${page}:${line}`,
        isThere: true,
      });
    }
  });
});

describe.each(all)('$page', ({ name, programs }) => {
  for (const [i, program] of programs.entries()) {
    const place = `what stands under '${program.heading}' (${i + 1})`;

    it(`${place} does what it says`, () => runProgram(program, 'full', name, String(i)), 60_000);

    it(
      `${place} does the same where the compiler emits no metadata`,
      () => runProgram(program, 'plain', name, String(i)),
      60_000,
    );
  }
});
