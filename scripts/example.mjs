// `npm start [-- name]` builds the package, compiles examples/<name> against it as a user would (decorator metadata included),
// and runs it in this process, so that Ctrl-C and SIGTERM reach it directly.
import { cpSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
const [name = 'todo', ...args] = process.argv.slice(2);
const sources = join(root, 'examples');
const compiled = join(root, 'build/examples');

if (!existsSync(join(sources, name, 'main.ts'))) {
  console.error(`There is no examples/${name}/main.ts.`);
  process.exit(1);
}
const steps = [
  [process.execPath, ['scripts/build.mjs']],
  ['tsc', ['-p', 'tsconfig.examples.json']],
];
for (const [command, given] of steps) {
  const { code, output } = await run(command, given);
  if (code !== 0) {
    console.error(output);
    process.exit(code);
  }
}
// Templates, styles and the like stand beside the code that names them.
cpSync(sources, compiled, { recursive: true, filter: (path) => !/\.(ts|db|db-shm|db-wal)$/.test(path) });

const main = join(compiled, name, 'main.js');
process.argv = [process.execPath, main, ...args];
await import(pathToFileURL(main).href);
