// Checks the direction of imports against the table in rooms.mjs. First it proves on a made-up tree that it reports every import
// which the table does not allow, and no other: a check that cannot fail is worth nothing.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseFileSync } from '@swc/core';
import { cruise } from 'dependency-cruiser';
import { bundled, forbidden, rooms } from './rooms.mjs';

const root = resolve(import.meta.dirname, '..');

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
  const found = output.summary.violations.map(({ from, to, rule }) => [from, to, why.get(rule.name)]);
  return [...found, ...strangers(baseDir), ...typeImports(baseDir, output), ...definitions(baseDir)];
}

/** Entries of src/ that the table does not know, and that no rule would cover. */
function strangers(baseDir) {
  const known = new Set([...Object.keys(rooms), 'index.ts']);
  const unknown = readdirSync(join(baseDir, 'src')).filter((name) => !known.has(name));
  return unknown.map((name) => [`src/${name}`, '', 'no room of this name: add it to scripts/rooms.mjs']);
}

/** `import('../app/x.js').Type`, which dependency-cruiser does not see under swc. */
function typeImports(baseDir, { modules }) {
  const sources = modules.map(({ source }) => source).filter((source) => /^src\/.*\.ts$/.test(source));
  return sources.flatMap((source) => {
    const found = [];
    JSON.stringify(parse(join(baseDir, source)), (_key, node) => {
      if (node?.type === 'TsImportType' && node.argument.value.startsWith('.')) found.push(node.argument.value);
      return node;
    });
    return found.map((to) => [
      source,
      to,
      "write an `import type` at the top, which this check can follow, in place of import('…')",
    ]);
  });
}

/** Statements of src/index.ts that are no re-export. */
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

/** Builds a tree in which every room imports every other in each of the ways there are, and compares what is reported. */
async function selfTest() {
  const baseDir = mkdtempSync(join(tmpdir(), 'imports-'));
  const write = (path, text) => {
    mkdirSync(dirname(join(baseDir, path)), { recursive: true });
    writeFileSync(join(baseDir, path), text);
  };
  const ways = {
    value: (path) => `import { x } from '${path}'; export const y = x;`,
    type: (path) => `import type { X } from '${path}'; export type Y = X;`,
    again: (path) => `export { x } from '${path}';`,
    late: (path) => `export const y = async () => (await import('${path}')).x;`,
  };
  const expected = [];
  try {
    const inside = bundled[0];
    const devDependencies = { tool: '1', [inside]: '1' };
    write('package.json', JSON.stringify({ type: 'module', devDependencies, peerDependencies: { peer: '1' } }));
    for (const name of ['tool', 'peer', inside]) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      write(`node_modules/${name}/index.js`, 'export const x = 1;');
    }
    write('src/index.ts', "export * from './app/end.js'; export const own = 1;");
    expected.push('src/index.ts >');
    for (const from of Object.keys(rooms)) {
      write(`src/${from}/end.ts`, 'export const x = 1; export type X = 1;');
      for (const to of [...Object.keys(rooms), 'index.ts']) {
        const target = to === 'index.ts' ? 'src/index.ts' : `src/${to}/end.ts`;
        for (const [way, text] of Object.entries(ways)) {
          const file = `src/${from}/deep/${way}-${to}.ts`;
          write(file, text(`../../../${target.replace(/\.ts$/, '.js')}`));
          if (to !== from && !rooms[from].includes(to)) expected.push(`${file} > ${target}`);
        }
      }
    }
    write('src/http/inline.ts', "export type Y = import('../app/end.js').X;");
    write('src/http/tool.ts', "export { x } from 'tool'; export { x as y } from 'peer'; export * from 'node:fs';");
    write('src/http/inside.ts', `export { x } from '${inside}';`);
    write('src/http/gone.ts', "export * from './nowhere.js';");
    write('src/attic/end.ts', 'export const x = 1;');
    write('examples/one.ts', "export { x } from '../src/app/end.js';");
    expected.push('src/http/inline.ts > ../app/end.js', 'src/http/tool.ts > node_modules/tool/index.js', 'src/attic >');
    expected.push('src/http/gone.ts > ./nowhere.js', 'examples/one.ts > src/app/end.ts');
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

const proven = await selfTest();
const found = await breaches(root);
for (const [from, to, why] of found) console.error(`${from}${to && ` imports ${to}`}: ${why}`);
console.log(`${found.length || 'no'} wrong imports (of ${proven} made-up ones, all were caught)`);
process.exitCode = found.length > 0 ? 1 : 0;
