// Finds names that a file of src/ exports and that no other file of src/ uses. Names that a public entry point exports are in use,
// because users import them. A name that only tests import is not in use, so that a test does not keep dead code. A function that
// cannot be tested through what runs says so in its doc comment: "Exported for its test."
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseSync } from '@swc/core';

/** The unused exports of a tree, as `[file, name]`. */
export function unusedExports(baseDir) {
  const files = readdirSync(join(baseDir, 'src'), { recursive: true })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `src/${path}`);
  const modules = new Map(files.map((file) => [file, read(baseDir, file)]));
  const used = new Map(files.map((file) => [file, new Set()]));
  const entries = entryFiles(baseDir).filter((file) => modules.has(file));
  for (const entry of entries) useAll(entry, modules, used);
  for (const { uses } of modules.values()) {
    for (const { from, isUsed } of uses) {
      for (const [file, name] of exportsOf(from, modules)) if (isUsed(name)) used.get(file).add(name);
    }
  }
  return files.flatMap((file) =>
    [...modules.get(file).names].filter((name) => !used.get(file).has(name)).map((name) => [file, name]),
  );
}

/** The files of src/ that package.json names. */
function entryFiles(baseDir) {
  const { exports = {}, bin = {}, imports = {} } = JSON.parse(readFileSync(join(baseDir, 'package.json'), 'utf8'));
  const targets = [...Object.values(exports).map((target) => target.default), ...Object.values(bin), ...Object.values(imports)];
  return targets.flatMap((target) => target?.replace(/^(?:\.\/)?dist\/(.*)\.js$/, 'src/$1.ts') ?? []);
}

function useAll(file, modules, used) {
  for (const [place, name] of exportsOf(file, modules)) used.get(place).add(name);
}

/** What can be imported from a file: its own names, and those behind `export * from`, each with the file that holds it. */
function exportsOf(file, modules, visited = new Set()) {
  const module = modules.get(file);
  if (module === undefined || visited.has(file)) return [];
  visited.add(file);
  const own = [...module.names].map((name) => [file, name]);
  return [...own, ...module.stars.flatMap((star) => exportsOf(star, modules, visited))];
}

/** The exported names of a file, the files that it exports with `*`, and what it uses of others. */
function read(baseDir, file) {
  const text = readFileSync(join(baseDir, file), 'utf8');
  const { body } = parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2022' });
  const target = (source) => {
    const path = relative(baseDir, resolve(baseDir, file, '..', source.value.replace(/\.js$/, '.ts')));
    return existsSync(join(baseDir, path)) ? path : undefined;
  };
  const names = new Set();
  const stars = [];
  const uses = [];
  const use = (source, isUsed) => uses.push({ from: target(source), isUsed });
  /** For imports of a whole module: its names are used if they occur in the importing file. */
  const occurs = (name) => new RegExp(`\\b${name}\\b`).test(text);
  const isForTest = (name) =>
    new RegExp(`Exported for its test\\.\\s*\\*/\\s*export (?:(?:async )?function|const) ${name}\\b`).test(text);
  for (const node of body) {
    if (node.type === 'ImportDeclaration') {
      const isWhole = node.specifiers.some(({ type }) => type === 'ImportNamespaceSpecifier');
      const imported = node.specifiers.map((one) =>
        one.type === 'ImportDefaultSpecifier' ? 'default' : (one.imported ?? one.local).value,
      );
      use(node.source, isWhole ? occurs : (name) => imported.includes(name));
    } else if (node.type === 'ExportAllDeclaration') {
      stars.push(target(node.source));
    } else if (node.type === 'ExportNamedDeclaration') {
      const originals = node.specifiers.map(({ orig }) => orig?.value);
      for (const { orig, exported, name } of node.specifiers) names.add((exported ?? orig ?? name).value);
      if (node.source) use(node.source, originals.includes(undefined) ? () => true : (name) => originals.includes(name));
    } else if (node.type === 'ExportDeclaration') {
      for (const name of namesOf(node.declaration)) if (!isForTest(name)) names.add(name);
    } else if (node.type === 'ExportDefaultDeclaration' || node.type === 'ExportDefaultExpression') {
      names.add('default');
    } else if (node.type === 'TsModuleDeclaration' && node.id.type === 'StringLiteral') {
      // It adds to an interface of another file.
      const added = node.body.body.flatMap((inner) => namesOf(inner.declaration ?? inner));
      use(node.id, (name) => added.includes(name));
    }
  }
  JSON.stringify(body, (_key, node) => {
    const source = importedBy(node);
    if (source !== undefined) use(source, occurs);
    // `(await import('./x.js'))[name]`
    if (node?.type === 'MemberExpression' && node.property.type === 'Computed') {
      const awaited = importedBy(node.object.expression?.argument);
      if (awaited !== undefined) use(awaited, () => true);
    }
    return node;
  });
  return { names, stars, uses };
}

/** The literal of `import('./x.js')`. */
function importedBy(node) {
  if (node?.type !== 'CallExpression' || node.callee.type !== 'Import') return undefined;
  const [{ expression }] = node.arguments;
  return expression.type === 'StringLiteral' ? expression : undefined;
}

function namesOf(node) {
  if (node.type === 'VariableDeclaration') return node.declarations.map(({ id }) => id.value);
  return [(node.identifier ?? node.id).value];
}
