// Checks the imports of src/: their direction against the table in rooms.mjs, import circles, and that no two files have one name.
// First it proves on made-up trees that it reports every breach, and nothing else: a check that cannot fail is worth nothing.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseFileSync } from '@swc/core';
import { cruise } from 'dependency-cruiser';
import { forbidden, roomOf, rooms } from './rooms.mjs';

const root = resolve(import.meta.dirname, '..');

/** How many files may import each other in a circle, type imports included. */
const LARGEST_CIRCLE = 3;

/** Every breach in a tree, as `[from, to, what is allowed]`. */
async function breaches(baseDir) {
  const folders = ['src', 'examples'].filter((name) => existsSync(join(baseDir, name)));
  // TypeScript 7 has no compiler API, so swc reads the sources; the extensions let './x.js' find x.ts.
  const { output } = await cruise(
    folders,
    { baseDir, parser: 'swc', tsPreCompilationDeps: true, validate: true, ruleSet: { forbidden } },
    { extensions: ['.ts', '.js'], conditionNames: ['types', 'import', 'node', 'default'] },
  );
  const why = new Map(forbidden.map(({ name, comment }) => [name, comment]));
  const borders = output.summary.violations.map(({ from, to, rule }) => [from, to, why.get(rule.name)]);
  const graph = new Map(
    output.modules
      .filter(({ source }) => source.startsWith('src/'))
      .map(({ source, dependencies }) => [
        source,
        dependencies.map(({ resolved }) => resolved).filter((to) => to.startsWith('src/')),
      ]),
  );
  const files = [...graph.keys()];
  return [
    ...borders,
    ...files.flatMap((file) => wrongDirections(file, graph.get(file))),
    ...circles(graph),
    ...sameNames(files),
    ...typeImports(baseDir, files),
    ...definitions(baseDir),
  ];
}

/** Imports of one file that the table does not allow. */
function wrongDirections(file, imports) {
  if (file === 'src/index.ts') return [];
  const room = roomOf(file);
  if (room === undefined) return [[file, '', 'no room of this name: add it to scripts/rooms.mjs']];
  const allowed = rooms[room].length > 0 ? `${room} may import ${rooms[room].join(', ')}` : `${room} imports no other room`;
  return [...new Set(imports)]
    .filter((to) => {
      const other = roomOf(to);
      return to === 'src/index.ts' || (other !== undefined && other !== room && !rooms[room].includes(other));
    })
    .map((to) => [file, to, allowed]);
}

/** Groups of files that import each other, directly or not (Tarjan's strongly connected components). */
function circles(graph) {
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const found = [];
  const visit = (file) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file));
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(file, Math.min(lowest.get(file), lowest.get(next)));
    }
    if (lowest.get(file) === order.get(file)) found.push(stack.splice(stack.indexOf(file)));
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  const tooLarge = found.filter(({ length }) => length > LARGEST_CIRCLE);
  return tooLarge.map((files) => [
    files.sort()[0],
    '',
    `${files.length} files import each other in a circle, at most ${LARGEST_CIRCLE} may: ${files.join(' ')}`,
  ]);
}

/** Files of one name, which a reader cannot tell apart in an editor. */
function sameNames(files) {
  const first = new Map();
  return files.flatMap((file) => {
    const name = basename(file);
    const other = first.get(name) ?? file;
    first.set(name, other);
    return name === 'index.ts' || other === file ? [] : [[file, '', `${other} has this name already`]];
  });
}

/** `import('../app/x.js').Type`, which dependency-cruiser does not see under swc. */
function typeImports(baseDir, files) {
  return files.flatMap((source) => {
    const found = [];
    JSON.stringify(parse(join(baseDir, source)), (_key, node) => {
      if (node?.type === 'TsImportType' && node.argument.value.startsWith('.')) found.push(node.argument.value);
      return node;
    });
    return found.map((to) => [
      source,
      to,
      "write an `import type` at the top, which this check can follow, instead of import('…')",
    ]);
  });
}

/** Statements of src/index.ts other than re-exports. */
function definitions(baseDir) {
  const index = join(baseDir, 'src/index.ts');
  if (!existsSync(index)) return [];
  const isReExport = (node) => node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source);
  const isSideEffect = (node) => node.type === 'ImportDeclaration' && node.specifiers.length === 0;
  const other = parse(index).body.filter((node) => !isReExport(node) && !isSideEffect(node));
  return other.map((node) => ['src/index.ts', '', `it re-exports and defines nothing, but holds a ${node.type}`]);
}

function parse(file) {
  return parseFileSync(file, { syntax: 'typescript', decorators: true, target: 'es2022' });
}

/** Compares what is reported of a made-up tree with what should be. */
async function prove(files, expected) {
  const baseDir = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(baseDir, path)), { recursive: true });
      writeFileSync(join(baseDir, path), text);
    }
    const reported = (await breaches(baseDir)).map(([from, to]) => `${from} > ${to}`.trim());
    const missed = expected.filter((line) => !reported.includes(line));
    const invented = reported.filter((line) => !expected.includes(line));
    if (missed.length + invented.length > 0) {
      throw new Error(`the check itself is broken\n  missed: ${missed.join(', ')}\n  invented: ${invented.join(', ')}`);
    }
    return expected.length;
  } finally {
    rmSync(baseDir, { recursive: true, force: true });
  }
}

/** Every room imports every other, in turn by each of the ways there are; then the borders of src/. */
async function proveDirections() {
  const ways = [
    (path, i) => `import { x as x${i} } from '${path}'; export const y${i} = x${i};`,
    (path, i) => `import type { X as X${i} } from '${path}'; export type Y${i} = X${i};`,
    (path, i) => `export { x as y${i} } from '${path}';`,
    (path, i) => `export const y${i} = async () => (await import('${path}')).x;`,
  ];
  const names = Object.keys(rooms);
  // A room that is a file has this one alone.
  const isFile = (room) => existsSync(join(root, 'src', `${room}.ts`));
  const fileOf = (room) => (isFile(room) ? `src/${room}.ts` : `src/${room}/end-${room.replaceAll('/', '-')}.ts`);
  const files = { 'src/index.ts': "export * from './app/end-app.js'; export const own = 1;" };
  const expected = ['src/index.ts >'];
  for (const [i, from] of names.entries()) {
    const file = fileOf(from);
    const lines = ['export const x = 1; export type X = 1;'];
    for (const [j, to] of [...names, 'index'].entries()) {
      if (to === from) continue;
      const target = to === 'index' ? 'src/index.ts' : fileOf(to);
      const path = relative(dirname(file), target).replace(/\.ts$/, '.js');
      lines.push(ways[(i + j) % ways.length](path.startsWith('.') ? path : `./${path}`, j));
      if (!rooms[from].includes(to)) expected.push(`${file} > ${target}`);
    }
    files[file] = lines.join('\n');
  }
  // All of them are one circle.
  expected.push(`${[...Object.keys(files)].sort()[0]} >`);
  const manifest = { type: 'module', devDependencies: { tool: '1' }, peerDependencies: { peer: '1' } };
  files['package.json'] = JSON.stringify(manifest);
  for (const name of ['tool', 'peer']) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, version: '1.0.0', main: 'index.js' });
    files[`node_modules/${name}/index.js`] = 'export const x = 1;';
  }
  Object.assign(files, {
    'src/routing/inline.ts': "export type Y = import('../app/end-app.js').X;",
    'src/routing/tool.ts': "export { x } from 'tool'; export { x as y } from 'peer'; export * from 'node:fs';",
    'src/routing/gone.ts': "export * from './nowhere.js';",
    'src/attic/old.ts': 'export const x = 1;',
    'examples/one.ts': "export { x } from '../src/app/end-app.js';",
  });
  expected.push('src/routing/inline.ts > ../app/end-app.js', 'src/routing/tool.ts > node_modules/tool/index.js');
  expected.push('src/routing/gone.ts > ./nowhere.js', 'src/attic/old.ts >', 'examples/one.ts > src/app/end-app.ts');
  return prove(files, expected);
}

/** A circle that is too large, one that is not, two files of one name, and two that are called index.ts. */
async function proveCircles() {
  const ring = (folder, count) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `src/${folder}/${folder}${i}.ts`,
        `import type { X${(i + 1) % count} } from './${folder}${(i + 1) % count}.js'; export type X${i} = X${(i + 1) % count} | 1;`,
      ]),
    );
  const files = {
    'package.json': '{ "type": "module" }',
    ...ring('routing', LARGEST_CIRCLE + 1),
    ...ring('templates', LARGEST_CIRCLE),
    'src/plugins/one/name.ts': 'export const x = 1;',
    'src/plugins/two/name.ts': 'export const x = 1;',
    'src/plugins/one/index.ts': 'export const x = 1;',
    'src/plugins/two/index.ts': 'export const x = 1;',
  };
  return prove(files, ['src/routing/routing0.ts >', 'src/plugins/two/name.ts >']);
}

const proven = (await proveDirections()) + (await proveCircles());
const found = await breaches(root);
for (const [from, to, why] of found) console.error(`${from}${to && ` imports ${to}`}: ${why}`);
console.log(`${found.length || 'no'} wrong imports (of ${proven} made-up ones, all were caught)`);
process.exitCode = found.length > 0 ? 1 : 0;
