// Compiles src/ into dist/, from nothing: a file that was renamed must not stay behind and be published.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
const { code, output } = await run('tsc', ['-p', 'tsconfig.build.json']);
process.stderr.write(output);
process.exitCode = code;
