import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { root } from './page.js';

interface Step {
  uses?: string;
  run?: string;
}
interface Job {
  needs?: string;
  permissions?: Record<string, string>;
  steps: Step[];
}
interface Workflow {
  on: { push?: { tags?: string[] } };
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const isPage = (name: string): boolean => name.endsWith('.md');
const github = readdirSync(join(root, '.github'), { recursive: true, encoding: 'utf8' }).map((name) => `.github/${name}`);
const contributorPages = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...github.filter(isPage)];

describe('the pages for contributors', () => {
  it('link to files that exist', () => {
    const dead = contributorPages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .filter(([, path = '']) => !existsSync(join(root, dirname(page), path)))
        .map(([link]) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });

  it('name only npm scripts, programs and folders that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const text = contributorPages
      .filter((page) => page !== 'CHANGELOG.md')
      .map(read)
      .join('\n');
    const names = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
    const paths = [
      ...text.matchAll(
        /\b(?:bash|node(?: --import tsx)?|test:jest --|`) ?((?:\.ci|bench|docs|scripts|src|test|create-bottlenose)\/[\w./-]*)/g,
      ),
    ];
    expect(paths).not.toEqual([]);
    expect(paths.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('a workflow', () => {
  const workflows = github.filter((name) => /workflows\/.*\.yml$/.test(name));
  it.each(workflows)('pins the major versions of its actions, and only reads by default: %s', (name) => {
    const { permissions, jobs } = parse(read(name)) as Workflow;
    expect(permissions).toEqual({ contents: 'read' });
    const actions = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(actions.filter((action) => !/^actions\/[a-z-]+@v\d+$/.test(action))).toEqual([]);
  });

  it('publishes on a tag, with provenance, after the tests', () => {
    const { on, jobs } = parse(read('.github/workflows/release.yml')) as Workflow;
    expect(on).toEqual({ push: { tags: ['v*'] } });
    expect(jobs.test?.permissions).toBeUndefined();
    expect(jobs.publish).toMatchObject({ needs: 'test', permissions: { contents: 'read', 'id-token': 'write' } });
    const commands = (job: string): string[] => jobs[job]?.steps.flatMap(({ run }) => run ?? []) ?? [];
    expect(commands('test')).toEqual(['node scripts/check-release.mjs "$GITHUB_REF_NAME"', 'bash .ci/run']);
    const publishing = commands('publish').filter((command) => command.startsWith('npm publish'));
    expect(publishing).toHaveLength(2);
    for (const command of publishing) expect(command).toContain('--provenance');
  });
});

describe('a tag', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'release-'));
    for (const name of ['scripts', 'create-bottlenose']) mkdirSync(join(folder, name));
    copyFileSync(join(root, 'scripts/check-release.mjs'), join(folder, 'scripts/check-release.mjs'));
    writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3" }');
    writeFileSync(
      join(folder, 'CHANGELOG.md'),
      '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n\n## [1.2.2] - 2026-11-30\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const check = (tag: string, other = '1.2.3') => {
    writeFileSync(join(folder, 'create-bottlenose/package.json'), JSON.stringify({ version: other }));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/check-release.mjs'), tag], {
      encoding: 'utf8',
    });
    return { status, stderr };
  };

  it('is released when both packages and the changelog have its version', () => {
    expect(check('v1.2.3')).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['another version', 'v1.2.2', '1.2.3', 'The tag is v1.2.2, but package.json has the version 1.2.3.'],
    ['no v', '1.2.3', '1.2.3', 'The tag is 1.2.3, but package.json has the version 1.2.3.'],
    ['another version of create-bottlenose', 'v1.2.3', '1.2.2', 'but create-bottlenose/package.json has the version 1.2.2.'],
    ['a version that the changelog lacks', 'v1.2.4', '1.2.4', 'CHANGELOG.md has no section "## [1.2.4] - YYYY-MM-DD".'],
  ])('is refused with %s', (_what, tag, other, message) => {
    const { status, stderr } = check(tag, other);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
