import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

/** A project with this package and what it depends on, and no optional peer. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peers-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'bottlenose'), { recursive: true });
  for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(modules, 'bottlenose', name), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), 'safer-buffer', 'resolve-pkg-maps']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string): string {
  const source = `import { Bottle } from 'bottlenose';\nimport { logger, metrics } from 'bottlenose/plugins';\n${program}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  }).trim();
}

const failure = (install: string) =>
  run(`try { new Bottle().install(${install}); console.log('installed'); } catch (error) { console.log(error.message); }`);

describe('a plugin whose package is missing', () => {
  it('says so in one line when it is installed, with what to do', () => {
    expect(failure('metrics()')).toBe(
      'metrics() needs the package prom-client, which is not installed: npm install prom-client@15',
    );
    expect(failure('logger()')).toBe(
      'logger() needs the package pino, which is not installed: npm install pino@10; or have lines to read, logger({ pretty: true })',
    );
    expect(failure('logger({ pretty: true })')).toBe('installed');
  });

  it('writes lines to read in debug mode, without pino', () => {
    const output = run(`const app = new Bottle({ debug: true });
      app.install(logger());
      app.get('/', () => 'hello');
      await app.fetch(new Request('http://localhost/'));`);
    expect(output).toMatch(/^\d\d:\d\d:\d\d 200 GET \/ {2}[\d.]+ ms {2}5 B$/);
  });
});
