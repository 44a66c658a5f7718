import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Project } from './project.js';

const project = Project.forTests();

async function ask(target: string, path = '/'): Promise<string> {
  const running = project.start(['--bind', ':0', target]);
  const text = await (await fetch(`${await running.url()}${path}`)).text();
  running.child.kill('SIGTERM');
  await running.ended;
  return text;
}

const BY_TYPE = `
import { Bottle, Controller, Get } from 'bottlenose';
import { SQLitePlugin, Database } from 'bottlenose/sqlite';
@Controller('/')
class One {
  @Get('/') one(connection: Database) { return connection.prepare('SELECT 40 + 2 AS n').get(); }
}
export const app = new Bottle();
app.install(new SQLitePlugin({ file: ':memory:' }));
app.mount(One);
`;

describe('TypeScript', () => {
  it.each([
    ['an ES module', 'main.ts', '{"type":"module"}'],
    ['.mts', 'main.mts', '{}'],
    ['CommonJS', 'main.ts', '{"type":"commonjs"}'],
    ['.cts', 'main.cts', '{"type":"module"}'],
    ['a package without a type', 'main.ts', '{}'],
  ])(
    'a parameter is injected by its declared type: %s',
    async (_, file, manifest) => {
      project.write({ [file]: BY_TYPE, 'package.json': manifest });
      expect(JSON.parse(await ask(file))).toEqual({ n: 42 });
    },
    60_000,
  );

  it("imports find .ts files as .js, without an ending, as a folder, and by tsconfig.json's paths", async () => {
    project.write({
      'tsconfig.json':
        '{ "extends": "./base.json", /* as tsc reads it */ "compilerOptions": { "paths": { "~/*": ["./lib/*"], "bottlenose": ["./other.ts"] }, } }',
      'base.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
      'other.ts': 'export {};',
      'a.ts': "export const a: string = 'a';",
      'b.ts': "export const b: string = 'b';",
      'c/index.ts': "export { d } from '~/d';\nexport const c: string = 'c';",
      'lib/d.ts': "export const d: string = 'd';",
      'lib/e.mts': "export const e: string = 'e';",
      'f.cts': "import g = require('./g.cjs');\nexport = { f: `f${g.g}` };",
      'g.cts': "exports.g = 'g' as string;",
      'main.ts': `
        import { Bottle } from 'bottlenose';
        import { a } from './a.js';
        import { b } from './b';
        import { c, d } from './c';
        import { e } from '~/e.mjs';
        import f from './f.cjs';
        export const app = new Bottle();
        app.get('/', () => [a, b, c, d, e, f.f].join(''));`,
    });
    expect(await ask('main')).toBe('abcdefg');
  }, 60_000);

  it('JavaScript imports TypeScript where there is a tsconfig.json', async () => {
    project.write({ 'tsconfig.json': '{}', 'one.ts': BY_TYPE, 'main.js': "export { app } from './one.ts';" });
    expect(JSON.parse(await ask('main.js'))).toEqual({ n: 42 });
  }, 60_000);

  it('experimentalDecorators: false makes them standard ones; said or not, ours work', async () => {
    const text = `
      import { Bottle, Controller, Get } from 'bottlenose';
      function kind(...given: any[]) { (globalThis as any).kind = typeof given[1]; }
      @Controller('/') class One { @Get('/<id:int>') @kind one(id) { return { kind: (globalThis as any).kind, id }; } }
      export const app = new Bottle();
      app.mount(One);`;
    project.write({ 'main.ts': text, 'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": false } }' });
    expect(JSON.parse(await ask('main.ts', '/7'))).toEqual({ kind: 'object', id: 7 });
    project.write({ 'tsconfig.json': '{}' });
    expect(JSON.parse(await ask('main.ts', '/7'))).toEqual({ kind: 'string', id: 7 });
  }, 60_000);

  it.each(['main.ts', 'main.cts'])(
    'traces tell the line of the source: %s',
    async (file) => {
      project.write({
        [file]: `${BY_TYPE}\ninterface Erased {\n  a: string;\n}\napp.get('/boom', () => {\n  throw new Error('here');\n});\n`,
      });
      const running = project.start(['-b', ':0', file]);
      await fetch(`${await running.url()}/boom`);
      running.child.kill('SIGTERM');
      const { stderr } = await running.ended;
      expect(stderr).toMatch(new RegExp(`Error: here\\n\\s+at [^\\n]*${file.replace('.', '\\.')}:16:9`));
    },
    60_000,
  );

  it('a syntax error tells its place, in however deep an import', async () => {
    project.write({
      'main.ts': "import './deep/one.js';",
      'deep/one.ts': "import './two.js';",
      'deep/two.ts': 'export const x = 1;\n\nlet y = = 3;\n',
    });
    const { status, stderr } = await project.run('main.ts');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bottlenose: deep\/two\.ts:3:9: .*\n/);
    expect(stderr).toContain('let y = = 3;');
    expect(stderr).not.toMatch(/\n\s+at /);
  }, 60_000);

  it('an export that is not there is told with its module', async () => {
    project.write({ 'main.ts': "import { nope } from './one.js'; export const app = nope;", 'one.ts': 'export const yes = 1;' });
    const { status, stderr } = await project.run('main.ts');
    expect(status).toBe(1);
    expect(stderr).toContain("does not provide an export named 'nope'");
  }, 60_000);

  it('where @swc/core is not installed, one line says so', async () => {
    const home = mkdtempSync(join(tmpdir(), 'bare-'));
    try {
      const modules = join(home, 'node_modules');
      mkdirSync(modules);
      cpSync(join(dirname(project.folder), 'node_modules/bottlenose'), join(modules, 'bottlenose'), { recursive: true });
      const theirs = join(project.folder, '../../../node_modules');
      for (const name of readdirSync(theirs).filter((one) => !one.startsWith('.') && one !== '@swc')) {
        symlinkSync(join(theirs, name), join(modules, name));
      }
      writeFileSync(join(home, 'package.json'), '{"type":"module"}');
      writeFileSync(join(home, 'main.ts'), BY_TYPE);
      const { status, stderr } = await project.program([join(modules, 'bottlenose/dist/cli/main.js'), '-b', ':0', 'main.ts'], {
        cwd: home,
      }).ended;
      expect(status).toBe(1);
      expect(stderr).toMatch(/^bottlenose: main\.ts is TypeScript[^\n]*npm install --save-dev @swc\/core\n$/);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }, 60_000);
});

it('a global installation leaves the work to the copy that the app imports', async () => {
  project.write({
    'main.js': "import { Bottle } from 'bottlenose'; export const app = new Bottle(); app.get('/', () => 'mine');",
  });
  const home = mkdtempSync(join(project.folder, '../global-'));
  mkdirSync(join(home, 'node_modules'));
  cpSync(join(dirname(project.folder), 'node_modules/bottlenose'), join(home, 'node_modules/bottlenose'), { recursive: true });
  const running = project.program([join(home, 'node_modules/bottlenose/dist/cli/main.js'), '-b', ':0', 'main.js']);
  expect(await (await fetch(await running.url())).text()).toBe('mine');
}, 60_000);
