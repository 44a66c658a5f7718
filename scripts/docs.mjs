// `npm run docs`: builds the package (whose declarations the reference is made of), writes the reference, and builds the static site
// into build/site. VitePress is a dependency of docs/ alone, and is installed when it is missing.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
const docs = join(root, 'docs');

const steps = [
  [process.execPath, ['scripts/build.mjs'], root],
  [process.execPath, ['scripts/docs-reference.mjs'], root],
  ...(existsSync(join(docs, 'node_modules/vitepress')) ? [] : [['npm', ['ci', '--no-audit', '--no-fund'], docs]]),
  [process.execPath, ['node_modules/vitepress/bin/vitepress.js', 'build', '.'], docs],
];
for (const [command, args, cwd] of steps) {
  const { code, output } = await run(command, args, { cwd });
  if (code !== 0) {
    console.error(output);
    process.exit(code);
  }
}
console.log('build/site');
