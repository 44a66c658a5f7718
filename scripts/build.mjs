// Builds src/ into dist/, from nothing: a file that was renamed must not stay behind and be published. tsc writes the types, rolldown
// the code: one file for each entry point, and shared chunks. Names and lines stay as in the source, and source maps come along.
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'rolldown';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
const { exports, bin, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// Entry points by name, the command, and modules that are started by their file.
const files = [
  ...Object.values(exports).flatMap((target) => target.default ?? []),
  ...Object.values(bin),
  ...Object.values(imports),
];
const entryPoints = files.map((file) => file.replace(/^(?:\.\/)?dist\//, '').replace(/\.js$/, ''));

/**
 * Modules that programs load together, each with all that it imports, share one file: a program starts the faster the fewer files it
 * loads (benchmark: `bench --only startup`). Without groups, a bundler makes a chunk for each set of entry points.
 */
const groups = [
  { name: 'core', test: /\/src\/index\.ts$/, priority: 1 },
  { name: 'serve', test: /\/src\/(app\/run|servers\/node|http\/gateway\/node-(exchange|socket))\.ts$/ },
];

rmSync(join(root, 'dist'), { recursive: true, force: true });
const types = run('tsc', ['-p', 'tsconfig.build.json', '--emitDeclarationOnly']);
await build({
  cwd: root,
  input: Object.fromEntries(entryPoints.map((name) => [name, `src/${name}.ts`])),
  external: /^[^./]/,
  platform: 'node',
  tsconfig: 'tsconfig.build.json',
  transform: { target: 'node20.19' },
  output: {
    dir: 'dist',
    format: 'esm',
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: { groups },
    minify: false,
    minifyInternalExports: false,
    sourcemap: true,
  },
});
for (const file of Object.values(bin)) chmodSync(join(root, file), 0o755);
const { code, output } = await types;
process.stderr.write(output);
process.exitCode = code;
