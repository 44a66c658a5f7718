import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifestOf, Workshop } from './project.js';

const root = new URL('../..', import.meta.url).pathname;
const workshop = new Workshop();

beforeAll(() => workshop.pack(), 120_000);
afterAll(() => workshop.close());

describe('npm create bottlenose', () => {
  it('starts a project in a new folder, and says how to go on', async () => {
    const { status, output } = await workshop.create(['somewhere/My App']);
    expect([status, output]).toEqual([0, expect.stringMatching(/cd "somewhere.My App"\n {2}npm install\n {2}npm start /)]);
    const folder = join(workshop.folder, 'somewhere/My App');
    expect(readdirSync(folder).sort()).toEqual(['.gitignore', 'README.md', 'package.json', 'src', 'tsconfig.json']);
    expect(manifestOf(folder).name).toBe('my-app');
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/^# my-app\n/);
  });

  it('needs no name, and knows who calls it', async () => {
    const env = { npm_config_user_agent: 'pnpm/10.0.0 npm/? node/v20.20.0' };
    const { output } = await workshop.create([], { env });
    expect(output).toMatch(/cd bottlenose-app\n {2}pnpm install\n/);
    expect(existsSync(join(workshop.folder, 'bottlenose-app/package.json'))).toBe(true);
  });

  it('takes the current folder, if only git has been there', async () => {
    const cwd = join(workshop.folder, 'here');
    mkdirSync(join(cwd, '.git'), { recursive: true });
    const { status, output } = await workshop.create(['.'], { cwd });
    expect([status, output]).toEqual([0, expect.not.stringContaining('cd ')]);
    expect(manifestOf(cwd).name).toBe('here');
  });

  it('writes nothing where something is', async () => {
    const folder = join(workshop.folder, 'full');
    mkdirSync(folder);
    writeFileSync(join(folder, 'thesis.txt'), 'Chapter 1');
    const { status, output } = await workshop.create(['full']);
    expect([status, output]).toEqual([1, expect.stringMatching(/full is not empty \(thesis\.txt\)\. Nothing was written/)]);
    expect(readdirSync(folder)).toEqual(['thesis.txt']);
    const file = await workshop.create(['full/thesis.txt']);
    expect([file.status, file.output]).toEqual([1, expect.stringContaining('thesis.txt is a file')]);
    const below = await workshop.create(['full/thesis.txt/app']);
    expect([below.status, below.output]).toEqual([1, expect.stringMatching(/^create-bottlenose: ENOTDIR/)]);
  });

  it('tells what it does not understand', async () => {
    for (const [args, message] of [
      [['one', 'two'], /^create-bottlenose: One folder, please, not 2: one two\n\nUsage:/],
      [['--typescript'], /^create-bottlenose: Unknown option '--typescript'[\s\S]*Usage:/],
    ] as const) {
      const { status, output } = await workshop.create([...args]);
      expect([status, output]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(existsSync(join(workshop.folder, 'one'))).toBe(false);
  });

  it('explains itself', async () => {
    expect(await workshop.create(['--help'])).toEqual({
      status: 0,
      output: expect.stringMatching(/^Usage: npm create bottlenose/),
    });
    expect(await workshop.create(['--version'])).toEqual({ status: 0, output: `${manifestOf(root).version}\n` });
  });
});

describe('the new project', () => {
  const folder = join(workshop.folder, 'my-app');

  beforeAll(async () => {
    expect((await workshop.create(['my-app'])).status).toBe(0);
    await workshop.install(folder);
  }, 60_000);

  it('asks for what this repository is tested with', () => {
    const ours = manifestOf(root);
    const { dependencies, devDependencies } = manifestOf(folder);
    expect(dependencies.bottlenose).toBe(`^${ours.version}`);
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
      if (name !== 'bottlenose') expect([name, range]).toEqual([name, ours.devDependencies[name]]);
    }
  });

  it('passes its own tests, under the strictest types', async () => {
    const { status, output } = await workshop.run('npm', ['test'], folder).ended;
    expect([status, output]).toEqual([0, expect.stringMatching(/pass 3\n[\s\S]*fail 0\n/)]);
  }, 60_000);

  it('starts, and keeps what it is told', async () => {
    const serve = () => workshop.run('npm', ['start'], folder, { PORT: '0' });
    const first = serve();
    const created = await fetch(`${await first.url}/notes`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"text":"Buy milk"}',
    });
    expect([created.status, await created.json()]).toEqual([201, { id: 1, text: 'Buy milk' }]);
    await first.stop();
    const second = serve();
    expect(await (await fetch(`${await second.url}/notes`)).json()).toEqual([{ id: 1, text: 'Buy milk' }]);
    await second.stop();
  }, 120_000);

  it('runs from its sources while it is written', async () => {
    const dev = workshop.run('npm', ['run', 'dev', '--', '--bind', '127.0.0.1:0'], folder);
    const page = await fetch(`${await dev.url}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('/notes')]);
    await dev.stop();
  }, 60_000);
});
