// Loads src/ without a build: one script for each source file, under the URL of that file, with a source map inside. For
// module.register.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

/** Imports name what is compiled (`./x.js`); the sources are TypeScript (`./x.ts`). */
export function resolve(specifier, context, next) {
  const isSource = context.parentURL?.endsWith('.ts') && specifier.startsWith('.');
  return next(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const file = fileURLToPath(url);
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true, target: 'es2022' } };
  const text = await readFile(file, 'utf8');
  const { code } = await transform(text, { loader: 'ts', sourcefile: file, sourcemap: 'inline', target: 'es2022', tsconfigRaw });
  return { format: 'module', source: code, shortCircuit: true };
}
