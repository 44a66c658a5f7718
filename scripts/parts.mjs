// Takes parts of the code out of what every program loads, and puts them into files of their own, which are read when a function of
// theirs is first called. Node takes 25 microseconds for each kB that it loads, used or not, and most programs use few of the parts.
//
// The sources know nothing of it: they import a part's modules like all others. In their place the build puts functions of the same
// names, which load the part and call the real ones. A part is loaded synchronously, by `require`, so it is written as one function
// that is given what it needs of the core: hooks such as tsx's would make a second core of one that imports it. Bundlers cannot
// follow that, and find in `dist/parts/at-once.js` a `createRequire` that has all parts already. It is called `#parts` in the core, for
// which `imports` of package.json gives them that file, and node its own `module`, since a file in between would be one more to load
// at every start. (Jest has the condition of node, `module-sync`, but finds no `module` there, and takes the next of the list.)
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

/** The modules through which each part is entered. They export nothing but functions; what only these import goes along. */
export const parts = {
  plugins: [
    'basic-auth',
    'bearer-auth',
    'body-limit',
    'compress',
    'cors',
    'csrf',
    'etag',
    'health',
    'logger',
    'metrics',
    'overload',
    'secure-headers',
  ].map((name) => `plugins/${name}/index`),
  files: ['http/static-answer', 'http/mime'],
  templates: ['templates/compiler'],
  validation: [
    'compiler/index',
    'object',
    'parser/index',
    'parser/tree',
    'properties',
    'serializer/index',
    'serializer/shape',
    'transformer',
  ].map((name) => `validation/${name}`),
};

const names = Object.keys(parts);
/** Stand in the core for what it gives to the parts, and for their files, until these are known. */
const GIVEN = 'GIVEN_TO_PARTS';
const FILES = 'FILES_OF_PARTS';
const LOADER = `
import { createRequire } from '#parts';
const loaded = {};
let require;
function load(name) {
  return (require ??= createRequire(import.meta.url))(${FILES}[name]).default;
}
export function part(name) {
  return (loaded[name] ??= load(name)(${GIVEN}, process.getBuiltinModule, import.meta.url));
}
export const parser = () => load('acorn')();`;

/** The parser, which signatures and templates need at times, is a part by itself, and a fifth of its package's size. */
const PARSER = "createRequire(import.meta.url)('acorn')";
const withParser = ['controllers/signature', 'templates/compiler'];

/** The entry point of each part, as esbuild takes it. */
export const partEntries = names.map((name) => ({ in: `part:${name}`, out: `parts/${name}` }));

/** Whether a file of the bundle is a part. Their names have a hash: a server that runs while it is upgraded must not load a new one. */
export const isPart = (fileName) => fileName.startsWith('parts/');

/** For esbuild: gives those outside of a part stand-ins for the functions of its modules. */
export function standIns(root) {
  const fileOf = (module) => join(root, 'src', `${module}.ts`);
  const partOf = new Map(names.flatMap((name) => parts[name].map((module) => [fileOf(module), name])));
  /** A module that is listed, or stands in the folder of an index that is. */
  const isInside = (name, file) =>
    partOf.get(file) === name ||
    parts[name].some((module) => module.endsWith('/index') && dirname(file) === dirname(fileOf(module)));

  function setup(builder) {
    builder.onResolve({ filter: /^part:/ }, ({ path }) => ({ path, namespace: 'part' }));
    builder.onLoad({ filter: /./, namespace: 'part' }, ({ path }) => ({
      contents: parts[path.slice('part:'.length)].map((module, i) => `export * as m${i} from './src/${module}.ts';`).join('\n'),
      resolveDir: root,
    }));
    builder.onResolve({ filter: /^\.{1,2}\//, namespace: 'file' }, ({ path, importer, kind }) => {
      if (kind !== 'import-statement') return undefined;
      const file = resolve(dirname(importer), path.replace(/\.js$/, '.ts'));
      const name = partOf.get(file);
      return name === undefined || isInside(name, importer) ? undefined : { path: file, namespace: 'stand-in' };
    });
    builder.onLoad({ filter: /./, namespace: 'stand-in' }, async ({ path }) => {
      const name = partOf.get(path);
      const index = parts[name].findIndex((module) => fileOf(module) === path);
      const functions = (await exportsOf(path)).map(
        (one) => `export function ${one}(...given) { return part('${name}').m${index}.${one}(...given); }`,
      );
      return { contents: ["import { part } from 'part-loader';", ...functions].join('\n') };
    });
    builder.onResolve({ filter: /^part-loader$/ }, ({ path }) => ({ path, namespace: 'part-loader' }));
    builder.onLoad({ filter: /./, namespace: 'part-loader' }, () => ({ contents: LOADER }));
    const parserFiles = new RegExp(`src.(${withParser.join('|').replaceAll('/', '.')})\\.ts$`);
    builder.onLoad({ filter: parserFiles, namespace: 'file' }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes(PARSER)) throw new Error(`${path} no longer loads acorn the way the build expects.`);
      return {
        contents: `import { parser as acornParser } from 'part-loader';\n${source.replace(PARSER, 'acornParser()')}`,
        loader: 'ts',
      };
    });
    builder.onResolve({ filter: /^#parts$/ }, ({ path }) => ({ path, external: true }));
  }

  return { name: 'parts', setup };
}

/** What a module exports, which must be functions: by the house's habits their names, and no others, begin with a small letter. */
async function exportsOf(file) {
  const { metafile } = await build({ entryPoints: [file], outdir: '.', format: 'esm', metafile: true, write: false });
  const { exports } = Object.values(metafile.outputs)[0];
  const other = exports.find((name) => !/^[a-z]/.test(name));
  if (other !== undefined)
    throw new Error(`${other} of ${file} is no function: move it to a module that scripts/parts.mjs does not list.`);
  return exports;
}

/** The module of a part as one function, that is given the core's exports, the way to node's modules, and its own URL. */
export function asFunction(code) {
  const body = code
    .replace(/^import\s*(\{[^}]*\}|\*\s*as\s+\S+|\S+)\s*from\s*["']([^"']+)["'];/gm, (_all, what, from) => {
      if (!from.startsWith('node:') && !/\/core-[^/]+\.js$/.test(from))
        throw new Error(`A part imports ${from}: see scripts/parts.mjs.`);
      const given = from.startsWith('node:') ? `builtin("${from}")` : 'core';
      return `const ${taken(what)} = ${given};`;
    })
    .replace(/^export\s*\{([^}]*)\};?\s*$/m, (_all, what) => `return { ${pairsOf(what).map(([a, b]) => `${b}: ${a}`)} };`)
    .replaceAll('import.meta.url', 'url');
  return `export default function (core, builtin, url) {\n${body}\n}`;
}

/**
 * Writes the parser, what bundlers take, and into the core what it has to know of the parts.
 *
 * @param chunks the files of the bundle, as rollup tells of them.
 */
export async function writeLoaders(root, chunks) {
  const dist = join(root, 'dist');
  const files = new Map(chunks.filter(({ fileName }) => isPart(fileName)).map((chunk) => [basename(chunk.name), chunk.fileName]));
  const coreFile = join(dist, chunks.find(({ name }) => name === 'core').fileName);
  const core = readFileSync(coreFile, 'utf8');
  if (!core.includes(GIVEN) || !core.includes(FILES)) throw new Error('The core does not load the parts: see scripts/parts.mjs.');
  const [, exported] = /\bexport\s*\{([^}]*)\};?\s*$/.exec(core);
  const own = new Map(pairsOf(exported).map(([inside, outside]) => [outside, inside]));
  const used = [...files.values()].flatMap((file) => importsOf(readFileSync(join(dist, file), 'utf8')));
  const given = [...new Set(used)].map((name) => `${name}:${own.get(name)}`);
  const { outputFiles } = await build({
    entryPoints: [join(root, 'node_modules/acorn/dist/acorn.mjs')],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'acorn',
    write: false,
  });
  const write = (file, lines) => writeFileSync(join(dist, file), `${lines.join('\n')}\n`);
  files.set('acorn', 'parts/acorn.js');
  write('parts/acorn.js', [`export default function () {${outputFiles[0].text.trim()}return acorn}`]);
  const list = [...files].map(([name, file]) => [name, `../${file}`]);
  const known = { [GIVEN]: `{${given.join(',')}}`, [FILES]: JSON.stringify(Object.fromEntries(list)) };
  writeFileSync(
    coreFile,
    core.replace(new RegExp(Object.keys(known).join('|'), 'g'), (name) => known[name]),
  );
  write('parts/at-once.js', [
    ...list.map(([name, file]) => `import ${name} from '${file}';`),
    `const parts = { ${list.map(([name, file]) => `'${file}': { default: ${name} }`).join(', ')} };`,
    'export const createRequire = () => (file) => parts[file];',
  ]);
}

/** What stands between `import` and `from`, as the left side of a declaration: `{ a as b }`, `* as a` or `a`. */
function taken(what) {
  if (!what.startsWith('{')) return what.split(/\s+/).at(-1);
  return `{ ${pairsOf(what.slice(1, -1)).map(([name, own]) => `${name}: ${own}`)} }`;
}

/** A list of imports or exports, each by its name before `as` and after. */
function pairsOf(list) {
  return list.split(',').map((one) => {
    const [before, after = before] = one.trim().split(/\s+as\s+/);
    return [before, after];
  });
}

/** What a part takes from the core, by the names under which that exports it. */
function importsOf(code) {
  const [, list] = /\bconst\s*\{([^}]*)\}\s*=\s*core\b/.exec(code);
  return list.split(',').map((one) => one.trim().split(':')[0].trim());
}
