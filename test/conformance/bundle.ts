import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Puts a program and the sources of bottlenose into one file, for processes that are started often, and on other runtimes. */
export async function bundled(program: string): Promise<{ file: string; remove(): void }> {
  // Inside the project, where the packages that stay outside are found.
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'bundle-'));
  const file = join(folder, 'program.mjs');
  await build({
    stdin: { contents: program, resolveDir: join(root, 'test/conformance'), loader: 'js' },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    keepNames: true,
    alias: { bottlenose: join(root, 'src/index.ts') },
    packages: 'external',
    logLevel: 'error',
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
