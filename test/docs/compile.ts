import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './page.js';

/** Compiles the files of a folder as strictly as this repository is compiled. Gives what the compiler says. */
export function compileFolder(folder: string, include: readonly string[]): string {
  const compilerOptions = { rootDir: root, noUnusedLocals: false };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include }),
  );
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout, stderr } = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
  return (stdout + stderr).trim();
}
