// Reads what the entry points of the package export, with doc comments and signatures. TypeScript 7 has no compiler API, so swc
// parses; it reads src/*.ts as well as the declarations in dist/, where the types that the compiler has inferred are written out.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from '@swc/core';

export const root = resolve(import.meta.dirname, '..');

/** The entry points: how users import them, and the file, relative to `src` and without its ending. */
export function entryPoints() {
  const { exports, name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([path, { types }]) => ({ specifier: join(name, path), file: types.replace(/^\.\/dist\/|\.d\.ts$/g, '') }));
}

/** Reads declarations of one tree: `src` with `.ts`, or `dist` with `.d.ts`. */
export class Declarations {
  #folder;
  #ending;
  #files = new Map();

  constructor(tree) {
    this.#folder = join(root, tree);
    this.#ending = tree === 'src' ? '.ts' : '.d.ts';
  }

  /** The exports of a file, by name: each with the declarations behind it, wherever they stand. */
  exportsOf(file) {
    const { locals, exported, reExports, stars } = this.#read(file);
    const found = new Map();
    for (const from of stars) for (const [name, value] of this.exportsOf(from)) if (name !== 'default') found.set(name, value);
    for (const [name, local] of exported) found.set(name, { file, declarations: locals.get(local) ?? [] });
    for (const [name, { from, original }] of reExports) {
      const source = from === undefined ? undefined : this.exportsOf(from).get(original);
      found.set(name, source ?? { file: from ?? 'another package', declarations: [] });
    }
    return found;
  }

  /** The members that a class inherits, from classes that users do not see by themselves. */
  inherited(file, declarations, isExported) {
    const base = declarations.find(({ base }) => base !== undefined)?.base;
    if (base === undefined || isExported(base) || !existsSync(join(this.#folder, file + this.#ending))) return [];
    const { imported } = this.#read(file);
    const { from = file, original = base } = imported.get(base) ?? {};
    if (from === undefined) return [];
    const found = this.#read(from).locals.get(original) ?? [];
    return [...found.flatMap(({ members }) => members), ...this.inherited(from, found, isExported)];
  }

  #read(file) {
    const known = this.#files.get(file);
    if (known) return known;
    const text = readFileSync(join(this.#folder, file + this.#ending), 'utf8');
    const parsed = parse(text);
    const result = { locals: new Map(), exported: new Map(), reExports: new Map(), stars: [], imported: new Map() };
    this.#files.set(file, result);
    const { imported } = result;
    for (const node of parsed.body) {
      if (node.type === 'ImportDeclaration') {
        const from = this.#resolve(file, node.source.value);
        for (const { local, imported: original } of node.specifiers)
          imported.set(local.value, { from, original: original?.value ?? local.value });
      } else if (node.type === 'ExportAllDeclaration') {
        const from = this.#resolve(file, node.source.value);
        if (from !== undefined) result.stars.push(from);
      } else if (node.type === 'ExportNamedDeclaration' && node.source) {
        const from = this.#resolve(file, node.source.value);
        for (const { orig, exported } of node.specifiers)
          result.reExports.set((exported ?? orig).value, { from, original: orig.value });
      } else if (node.type === 'ExportNamedDeclaration') {
        for (const { orig, exported } of node.specifiers) {
          const name = (exported ?? orig).value;
          if (imported.has(orig.value)) result.reExports.set(name, imported.get(orig.value));
          else result.exported.set(name, orig.value);
        }
      } else {
        const declaration = node.type === 'ExportDeclaration' ? node.declaration : node;
        for (const [name, kind] of namesOf(declaration)) {
          const list = result.locals.get(name) ?? [];
          list.push(describe(parsed, node, declaration, kind));
          result.locals.set(name, list);
          if (node.type === 'ExportDeclaration') result.exported.set(name, name);
        }
      }
    }
    return result;
  }

  #resolve(file, specifier) {
    if (!specifier.startsWith('.')) return undefined;
    const path = relative(this.#folder, resolve(dirname(join(this.#folder, file)), specifier.replace(/\.js$/, '')));
    return existsSync(join(this.#folder, path + this.#ending)) ? path : undefined;
  }
}

/** Parses, with a function that gives the text between two places. swc counts bytes, from wherever it stopped the last time. */
function parse(text) {
  const bytes = Buffer.from(`;${text}`);
  const { body } = parseSync(bytes.toString(), { syntax: 'typescript', decorators: true, target: 'es2022' });
  const base = body[0].span.start;
  return { body: body.slice(1), slice: (start, end) => bytes.subarray(start - base, end - base).toString(), base };
}

function namesOf(node) {
  switch (node.type) {
    case 'VariableDeclaration':
      return node.declarations.map(({ id }) => [id.value, 'constant']);
    case 'FunctionDeclaration':
      return [[node.identifier.value, 'function']];
    case 'ClassDeclaration':
      return [[node.identifier.value, 'class']];
    case 'TsInterfaceDeclaration':
      return [[node.id.value, 'interface']];
    case 'TsTypeAliasDeclaration':
      return [[node.id.value, 'type']];
    case 'TsEnumDeclaration':
      return [[node.id.value, 'enum']];
    default:
      return [];
  }
}

function describe({ slice, base }, outer, node, kind) {
  const doc = docBefore(slice(base, outer.span.start));
  const text = slice(outer.span.start, outer.span.end).replace(/^export (declare )?/, '');
  const members = kind === 'class' ? node.body : kind === 'interface' ? node.body.body : [];
  const list = members.flatMap((member) => describeMember(slice, base, member));
  const start = members[0] === undefined ? undefined : slice(outer.span.start, bodyStart(node, members));
  const head = kind === 'class' || kind === 'interface' ? headOf(start ?? text) : text.replace(/;$/, '');
  const parent = node.type === 'ClassDeclaration' ? node.superClass?.value : undefined;
  return { kind, doc, signature: head, members: list, base: parent };
}

function bodyStart(node, members) {
  return (node.type === 'TsInterfaceDeclaration' ? node.body.span.start : members[0].span.start) + 1;
}

/** `class A<T> extends B` of a declaration that goes on with its members. */
function headOf(text) {
  return text
    .replace(/^export (declare )?/, '')
    .replace(/\s*\{[^{}]*$/s, '')
    .replace(/\s*\{\s*\}$/, '')
    .trim();
}

function describeMember(slice, base, member) {
  const name = member.key?.value;
  const isHidden =
    ['PrivateProperty', 'PrivateMethod', 'StaticBlock'].includes(member.type) || member.accessibility === 'private';
  if (isHidden || member.kind === 'setter' || name?.startsWith('_')) return [];
  const body = member.function?.body ?? member.body;
  const end = body?.span?.start ?? member.span.end;
  const signature = slice(member.span.start, end).trim().replace(/[;,]$/, '');
  const doc = docBefore(slice(base, member.span.start));
  // Public to the other files of the package only.
  return doc !== undefined && /^@internal\b/m.test(doc) ? [] : [{ doc, signature }];
}

/** The doc comment that ends a text, without its stars. */
function docBefore(text) {
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text)?.[1];
  return comment
    ?.split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}
