// Builds src/ into dist/, from nothing: a file that was renamed must not stay behind and be published. The compiler writes the
// types; the code is bundled into one file per entry point and shared chunks, because loading 130 modules takes twice as long.
// reflect-metadata goes in as well: it is CommonJS, which node would have to scan for its exports at every start.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
const { exports, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entryPoints = Object.values(exports)
  .flatMap((target) => target.default ?? [])
  .map((file) => file.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
  .filter((file) => existsSync(join(root, file)));

rmSync(join(root, 'dist'), { recursive: true, force: true });
const types = run('tsc', ['-p', 'tsconfig.build.json', '--emitDeclarationOnly']);
await build({
  absWorkingDir: root,
  entryPoints,
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== 'reflect-metadata'),
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // A class's name is part of messages: a bundler would call Response2 what meets a global Response.
  keepNames: true,
  logLevel: 'warning',
});
const { code, output } = await types;
process.stderr.write(output);
process.exitCode = code;
