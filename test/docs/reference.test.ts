import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import * as bottlenose from 'bottlenose';
import * as kit from 'bottlenose/kit';
import * as openapi from 'bottlenose/openapi';
import * as plugins from 'bottlenose/plugins';
import * as servers from 'bottlenose/servers';
import * as sqlite from 'bottlenose/sqlite';
import * as templates from 'bottlenose/templates';
import * as testing from 'bottlenose/testing';
import { compileFolder } from './compile.js';
import { root } from './page.js';

const folder = join(root, 'build/docs-reference');
const { NODE_OPTIONS: _options, ...env } = process.env;

function script(...args: string[]): string {
  return execFileSync(process.execPath, ['scripts/docs-reference.mjs', ...args], { cwd: root, env, encoding: 'utf8' });
}

const examples = JSON.parse(script('--examples')) as { name: string; code: string }[];
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { name, code } of examples) writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {};\n`);

describe('what the package exports', () => {
  it('has doc comments, whose examples are code', () => {
    const { stderr, stdout } = spawnSync(process.execPath, ['scripts/docs-reference.mjs', '--check'], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\d{3} exports, 0 mistakes in their doc comments\n$/);
  }, 60_000);

  it('has examples that compile, where they are whole programs', () => {
    expect(examples.length).toBeGreaterThan(9);
    expect(compileFolder(folder, ['*.ts'])).toBe('');
  }, 60_000);

  // A cluster would start this very test again, in each of its workers.
  const alone = examples.filter(({ code }) => !/server: 'cluster'/.test(code));

  it.each(alone.map(({ name }) => name))('has an example of %s that runs', async (name) => {
    await expect(import(pathToFileURL(join(folder, `${name}.ts`)).href)).resolves.toBeDefined();
  });
});

describe('the reference', () => {
  const pages = join(folder, 'pages');
  // Of the sources, as dist/ may be older.
  script('--out', pages, 'src');

  it.each(Object.entries({ bottlenose, kit, openapi, plugins, servers, sqlite, templates, testing }))(
    'of %s has an entry for each export',
    (name, exports) => {
      const text = readFileSync(join(pages, `${name}.md`), 'utf8');
      const entries = [...text.matchAll(/^### (\S+)\n\n```ts\n\S/gm)].map(([, entry]) => entry);
      expect(entries).toEqual(expect.arrayContaining(Object.keys(exports)));
    },
  );

  it('leaves out members that are there for other files of the package', () => {
    const text = readFileSync(join(pages, 'bottlenose.md'), 'utf8');
    expect(text).toContain('wiringProblems(');
    expect(text).not.toMatch(/@internal|`(?:override |abstract )?(?:newRoute|added|adopt|wireRoute|complete)\(/);
  });

  it('tells arguments, errors, members and examples, as the doc comment does', () => {
    const text = readFileSync(join(pages, 'bottlenose.md'), 'utf8');
    const entry = /### staticFile\n[\s\S]*?(?=\n### )/.exec(text)?.[0];
    expect(entry).toContain('function staticFile(name: string, options: StaticFileOptions): StaticFile');
    expect(entry).toContain('**Parameters**: `name`: the decoded name below the root');
    expect(entry).toContain('**Throws**: TypeError for invalid options.');
    expect(entry).toContain("```ts\nstaticFile('2024/07.pdf', ");
    expect(/### Bottle\n[\s\S]*?(?=\n### )/.exec(text)?.[0]).toContain('- `get: RouteMethod<this>');
  });
});
