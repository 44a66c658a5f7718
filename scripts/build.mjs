// Builds src/ into dist/, from nothing: a file that was renamed must not stay behind and be published. The compiler writes the
// types; the code is bundled into one file per entry point and shared chunks, because loading 130 modules takes twice as long.
// reflect-metadata goes in as well: it is CommonJS, which node would have to scan for its exports at every start. So do packages
// that are too small to be worth an installation. With their code go their licences.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { minify } from '@swc/core';
import { build, transform } from 'esbuild';
import { mergeChunks } from './merge-chunks.mjs';
import { asFunction, isPart, partEntries, standIns, writeLoaders } from './parts.mjs';
import { bundled } from './rooms.mjs';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
const target = 'node20.19';
const { exports, bin, imports, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const sourceOf = (file) => file.replace(/^(\.\/)?dist\//, 'src/').replace(/\.js$/, '.ts');
const entryPoints = Object.values(exports)
  .flatMap((target) => target.default ?? [])
  .map(sourceOf)
  .filter((file) => existsSync(join(root, file)));
/** What is run, and never imported by name. */
const programs = [...Object.values(bin), ...Object.values(imports)]
  .filter((target) => typeof target === 'string')
  .map(sourceOf)
  .filter((file) => existsSync(join(root, file)));

/** What every program loads, and what every server on node does besides. */
const together = [
  ['core', ['src/index.ts']],
  ['node', ['src/servers/node.ts']],
];

rmSync(join(root, 'dist'), { recursive: true, force: true });
const types = run('tsc', ['-p', 'tsconfig.build.json', '--emitDeclarationOnly']);
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [
    ...[...entryPoints, ...programs].map((file) => ({ in: file, out: file.replace(/^src\/|\.ts$/g, '') })),
    ...partEntries,
  ],
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !bundled.includes(name)),
  platform: 'node',
  format: 'esm',
  target,
  minifySyntax: true,
  logLevel: 'warning',
  metafile: true,
  plugins: [standIns(root)],
});
const chunks = await mergeChunks(root, metafile.outputs, together);
for (const { fileName, code } of chunks) {
  mkdirSync(dirname(join(root, 'dist', fileName)), { recursive: true });
  writeFileSync(join(root, 'dist', fileName), await shortened(code, isPart(fileName)));
}
await writeLoaders(root, chunks);
for (const file of Object.values(bin)) chmodSync(join(root, file), 0o755);
writeFileSync(join(root, 'dist/THIRD-PARTY.txt'), licences([...packagesIn(metafile), 'acorn'].sort()));
const { code, output } = await types;
pruneTypes();
process.stderr.write(output);
process.exitCode = code;

/**
 * Less to install, and to read at every start. Names at the top level stay: those of classes are part of messages, those of functions
 * of stack traces. (The bundler would shorten these too, and give them back by a call for each, `keepNames`, which took a tenth of
 * the start and, on the way of a request, 250 bytes for each arrow function that it makes; and `instanceof` of a class whose name was
 * defined takes 14 nanoseconds in place of 1.) The limit keeps line numbers of use.
 */
async function shortened(source, isPart) {
  const mangle = { toplevel: false, keep_classnames: true };
  const { code: mangled } = await minify(source, { module: true, toplevel: false, compress: false, mangle });
  const { code } = await transform(isPart ? asFunction((await transform(mangled, { target })).code) : mangled, {
    target,
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
  });
  // A class that mentions itself: the bundler has made it `var Body=class _Body{static empty=new _Body()}`.
  const inner = [...code.matchAll(/\b(\w+)=class _\1\b/g)].map(([, name]) => name);
  return inner.length === 0 ? code : code.replace(new RegExp(`(?<![\\w$.#])_(${inner.join('|')})(?![\\w$])`, 'g'), '$1');
}

/** Keeps the declarations that an entry point leads to; the others describe what users cannot reach. */
function pruneTypes() {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(file, 'utf8');
    const own = text.replace(/^import '([^']+)';\n/gm, (line, name) => (name.startsWith('.') ? line : ''));
    if (own !== text) writeFileSync(file, own);
    for (const [, name] of own.matchAll(/(?:from|import|import\(|module) ?'(\.[^']+)'/g)) {
      visit(resolve(dirname(file), name.replace(/\.js$/, '.d.ts')));
    }
  };
  for (const entry of entryPoints) visit(join(root, entry.replace(/^src/, 'dist').replace(/\.ts$/, '.d.ts')));
  const dist = join(root, 'dist');
  for (const name of readdirSync(dist, { recursive: true })) {
    const file = join(dist, name);
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
  }
}

/** The packages whose code went into the bundle. One that is not in the list is a mistake, such as a forgotten dependency. */
function packagesIn({ inputs }) {
  const names = Object.keys(inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  const found = [...new Set(names)].filter((name) => name !== undefined).sort();
  const strangers = found.filter((name) => !bundled.includes(name));
  if (strangers.length > 0) throw new Error(`${strangers.join(', ')} would be bundled: make it a dependency or a peer.`);
  return found;
}

/** What their licences ask for: that copyright and terms come along. */
function licences(names) {
  const texts = names.map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file, so it cannot be bundled.`);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `The files of this folder contain code of these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
