import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readPage, root } from './page.js';

const { rooms } = (await import(pathToFileURL(join(root, 'scripts/rooms.mjs')).href)) as { rooms: Record<string, string[]> };
/** The folders (or files) that there are, from top to bottom. */
const present = Object.keys(rooms).filter((room) => ['', '.ts'].some((end) => existsSync(join(root, 'src', `${room}${end}`))));

const page = readPage('docs/architecture.md');

/** The cells of the table with these columns. */
function tableOf(text: string, ...columns: string[]): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${columns.join(' | ')} |`));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) => line.split(/ *\| */).slice(1, -1));
}

const codesOf = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** The folders that a cell names: `app/*` stands for those in `app`. */
function named(cell: string, folder: string): string[] {
  if (cell === 'all below') return present.slice(present.indexOf(folder) + 1);
  const all = codesOf(cell).flatMap((code) =>
    code.endsWith('/*') ? present.filter((room) => room.startsWith(code.slice(0, -1))) : code,
  );
  return cell.endsWith(' below') ? all.filter((room) => present.indexOf(room) > present.indexOf(folder)) : all;
}

describe('docs/architecture.md', () => {
  const folders = tableOf(page, 'folder', 'subject', 'may import');

  it('names every folder in the order of imports', () => {
    expect(folders.map(([folder]) => codesOf(folder)[0])).toEqual(present);
  });

  it('says what each folder may import', () => {
    const stated = folders.map(([cell = '', , imports = '']) => {
      const folder = codesOf(cell)[0] ?? '';
      return [folder, named(imports, folder).sort()];
    });
    const actual = present.map((folder) => {
      const allowed = rooms[folder]?.filter((room) => present.includes(room)) ?? [];
      return [folder, (folder === 'cli' ? allowed : allowed.filter((room) => room !== 'support')).sort()];
    });
    expect(stated).toEqual(actual);
  });

  it('names files that exist', () => {
    const text = page.replace(/^```[\s\S]*?^```/gm, '');
    const files = codesOf(text).filter((code) => /^\.?[\w.-]+(\/[\w.-]+)*\.(ts|mjs|md)$/.test(code));
    const own = ['toy-server.ts', 'app.ts'];
    const gone = files.filter((file) => !own.includes(file) && !['src', '.'].some((base) => existsSync(join(root, base, file))));
    expect(files.length).toBeGreaterThan(50);
    expect(gone).toEqual([]);
  });

  it('names functions that are in their files', () => {
    const rows = ['stage', 'subject'].flatMap((first) => tableOf(page, first, 'file', 'function'));
    const missing = rows.flatMap(([, file, functions]) => {
      const source = readFileSync(join(root, 'src', codesOf(file)[0] ?? ''), 'utf8');
      return codesOf(functions).filter((name) => !new RegExp(`\\b(function|class) ${name}\\b|^  ${name}\\(`, 'm').test(source));
    });
    expect(rows.length).toBeGreaterThan(12);
    expect(missing).toEqual([]);
  });
});

it('the README names the folders of src/ in the order of imports', () => {
  const stated = tableOf(readPage('README.md'), 'folder', 'subject').map(([folder]) => codesOf(folder)[0]);
  const tops = [...new Set(present.map((room) => room.split('/')[0]))];
  expect(stated).toEqual(tops.map((folder) => `src/${folder}`));
  const there = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect([...tops].sort()).toEqual(there.map(({ name }) => name).sort());
});
