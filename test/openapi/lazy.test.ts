import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { build } from 'esbuild';

const root = new URL('../..', import.meta.url).pathname;
let folder: string;

// As the package is published: entry points that share what they have in common.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lazy-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'dist'));
  const exports = { '.': './dist/index.js', './openapi': './dist/openapi/index.js' };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'bottlenose', type: 'module', exports }));
  await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts', 'src/openapi/index.ts'],
    outbase: 'src',
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    keepNames: true,
    logLevel: 'error',
  });
}, 30_000);

afterAll(() => rm(folder, { recursive: true }));

async function run(script: string): Promise<string> {
  await writeFile(join(folder, 'script.mjs'), script);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['script.mjs'], { cwd: folder });
  return stdout + stderr;
}

it('app.openapi() needs no import, and costs nothing until it is called', async () => {
  const output = await run(`
    import { Bottle, Upload } from 'bottlenose';
    import { createRequire } from 'node:module';
    const { cache } = createRequire(import.meta.url);
    const isLoaded = () => Object.keys(cache).some((file) => file.endsWith('openapi/index.js'));
    const app = new Bottle();
    app.post('/files/<id:int>', { params: ['id', Upload('file')] }, (id, file) => file);
    const before = isLoaded();
    const { paths } = app.openapi({ title: 'Files' });
    console.log(before, isLoaded(), Object.keys(paths), Object.keys(paths['/files/{id}'].post.requestBody.content));
  `);
  expect(output).toBe("false true [ '/files/{id}' ] [ 'multipart/form-data' ]\n");
}, 20_000);

it('where it cannot be loaded by itself, the error says what to import', async () => {
  await rm(join(folder, 'dist/openapi'), { recursive: true });
  const output = await run(`
    import { Bottle } from 'bottlenose';
    try { new Bottle().openapi(); } catch (error) { console.log(error.message, error.cause.code); }
  `);
  expect(output).toContain("import 'bottlenose/openapi' before app.openapi()");
  expect(output).toContain('MODULE_NOT_FOUND');
}, 20_000);
