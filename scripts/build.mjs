// Builds src/ into dist/, from nothing: a file that was renamed must not stay behind and be published. tsc writes the types, esbuild
// the code: one file for each entry point, and shared chunks. Names and lines stay as in the source, and source maps come along.
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
const { exports, bin, imports, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// Entry points by name, the command, and modules that are started by their file.
const files = [
  ...Object.values(exports).flatMap((target) => target.default ?? []),
  ...Object.values(bin),
  ...Object.values(imports),
];
const entryPoints = files.map((file) => file.replace(/^(?:\.\/)?dist\//, '').replace(/\.js$/, ''));

rmSync(join(root, 'dist'), { recursive: true, force: true });
const types = run('tsc', ['-p', 'tsconfig.build.json', '--emitDeclarationOnly']);
await build({
  absWorkingDir: root,
  entryPoints: entryPoints.map((name) => ({ in: `src/${name}.ts`, out: name })),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
});
for (const file of Object.values(bin)) chmodSync(join(root, file), 0o755);
const { code, output } = await types;
process.stderr.write(output);
process.exitCode = code;
