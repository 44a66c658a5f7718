import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { errorLink } from '../../src/controllers/binding/wiring-error.js';
import { root } from './page.js';

const manifests = ['package.json', 'create-bottlenose/package.json'].map((name) =>
  JSON.parse(readFileSync(join(root, name), 'utf8')),
);
/** The one address of the project. */
const base = String(manifests[0].repository.url).replace(/^git\+|\.git$/g, '');
/** The files that users get. Without dist/, which other tests may be building. */
const packaged: string[] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
)[0].files.map(({ path }: { path: string }) => path);
const pages = packaged.filter((path) => path.endsWith('.md'));

function filesBelow(folder: string, kind: RegExp): { name: string; text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => kind.test(name))
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') }));
}

/** Doc comments, messages and the help of the command line, and all that `npm create bottlenose` writes. */
const sources = [...filesBelow('src', /\.ts$/), ...filesBelow('create-bottlenose', /(?:\.(?:js|ts|md|json)|gitignore)$/)];

/** Whether an address leads into the project, and, if it names a file there, to an existing one. */
function isAlive(url: string): boolean {
  if (!/^(?:[/#].*|\.git|)$/.test(url.slice(base.length)) || !url.startsWith(base)) return false;
  const file = /^\/(?:blob|tree)\/main\/([^#]*)/.exec(url.slice(base.length))?.[1];
  return file === undefined || existsSync(join(root, file));
}

describe('a reference in messages, doc comments and templates', () => {
  it('to a page names its file in the package', () => {
    const found = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/[\w@./-]*\w\/[\w-]+\.md\b/g)].map(([path]) => ({ name, path })),
    );
    expect(found).not.toEqual([]);
    const dead = found.filter(({ path }) => {
      const inside = /^node_modules\/bottlenose\/(.+)/.exec(path)?.[1];
      return inside === undefined || !packaged.includes(inside);
    });
    expect(dead).toEqual([]);
  });

  it('to the project has its one address, and names an existing file', () => {
    const dead = [...sources, ...pages.map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))].flatMap(
      ({ name, text }) =>
        [...text.matchAll(/https?:\/\/[^\s)'"`>]*bottlenose[^\s)'"`>]*/g)]
          .map(([url]) => url.replace(/[.,;:]$/, ''))
          .filter((url) => !/^https?:\/\/(?:localhost|127\.0\.0\.1|www\.npmjs\.com\/package\/bottlenose$)/.test(url))
          .filter((url) => !isAlive(url))
          .map((url) => `${name}: ${url}`),
    );
    expect(dead).toEqual([]);
  });

  it('to an error names its entry', () => {
    const [path, anchor] = errorLink('BN_PARAMETER_UNPROVIDED').split('#');
    expect(path).toBe('node_modules/bottlenose/docs/errors.md');
    expect(packaged).toContain('docs/errors.md');
    const entries = [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^### (\w+)$/gm)];
    expect(entries.map(([, code = '']) => code.toLowerCase())).toContain(anchor);
  });
});

describe('a page of the package', () => {
  it('links only to other files of the package, and to full addresses', () => {
    const dead = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, path = '']) => normalize(join(dirname(page), path)).replaceAll('\\', '/'))
        .filter((path) => !packaged.includes(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(dead).toEqual([]);
  });
});

it('every manifest names the repository, its page and its issues', () => {
  for (const { repository, homepage, bugs } of manifests) {
    expect({ repository: repository.url, homepage, bugs }).toEqual({
      repository: `git+${base}.git`,
      homepage: `${base}#readme`,
      bugs: `${base}/issues`,
    });
  }
});
