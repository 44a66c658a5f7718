// Merges the chunks of a bundle that are always loaded together. The bundler splits by what each entry point and each import() needs,
// into some fifty files; but finding, reading and linking a module takes node half a millisecond, and thirty of these were loaded by
// every `import 'bottlenose'`. Measured with `npm run bench -- --only startup`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from 'rollup';
import { isPart } from './parts.mjs';

/**
 * @param root the folder that the names in `outputs` are relative to.
 * @param outputs what esbuild's metafile says of its outputs, which are in `dist/`.
 * @param groups pairs of a name and the source files (of src/) whose chunks, with all that these import, make a file of that name.
 *   What is in several groups belongs to the first.
 */
export async function mergeChunks(root, outputs, groups) {
  const files = Object.keys(outputs).filter((file) => file.endsWith('.js'));
  const group = new Map();
  for (const [name, sources] of groups) {
    for (const source of sources) {
      const start = files.find((file) => outputs[file].entryPoint === source);
      if (start === undefined) throw new Error(`${source} is not where scripts/build.mjs expects it.`);
      collect(start, name);
    }
  }
  // What a part needs besides its own is the core's: a part imports nothing else.
  for (const { entryPoint, imports } of Object.values(outputs))
    if (entryPoint?.startsWith('part:')) for (const { path } of imports) if (path in outputs) collect(path, groups[0][0]);
  function collect(file, name) {
    const path = join(root, file);
    if (group.has(path)) return;
    group.set(path, name);
    for (const { path: next, kind } of outputs[file].imports)
      if (kind === 'import-statement' && next in outputs) collect(next, name);
  }
  // What people import, or run, keeps its name; the targets of import() may be anywhere.
  const entries = files.filter((file) => outputs[file].entryPoint !== undefined && !file.startsWith('dist/chunks/'));
  const bundle = await rollup({
    input: Object.fromEntries(entries.map((file) => [file.replace(/^dist\/|\.js$/g, ''), join(root, file)])),
    external: (id) => !id.startsWith('.') && !id.startsWith(root),
    preserveEntrySignatures: 'strict',
    treeshake: false,
  });
  const { output } = await bundle.generate({
    format: 'es',
    entryFileNames: ({ name }) => (isPart(name) ? '[name]-[hash].js' : '[name].js'),
    chunkFileNames: ({ name }) => `chunks/${name.replace(/-[A-Z0-9]{8}$/, '')}-[hash].js`,
    manualChunks: (id) => group.get(id),
    hoistTransitiveImports: false,
    minifyInternalExports: true,
    compact: true,
  });
  await bundle.close();
  for (const file of files) rmSync(join(root, file));
  return output;
}
