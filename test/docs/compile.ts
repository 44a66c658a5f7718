import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './page.js';

/** Compiles everything that was written for the pages as strictly as this repository is. Gives what the compiler says. */
export function compileAll(): string {
  const folder = join(root, 'build/docs');
  const compilerOptions = { rootDir: root, noUnusedLocals: false };
  const include = ['full/**/*.ts'];
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include }),
  );
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout, stderr } = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
  return (stdout + stderr).trim();
}
