import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createPathsMatcher, type PathsMatcher } from 'get-tsconfig';
import type { Compiler } from './swc-compiler.js';
import { tsconfigOf } from './tsconfig.js';

/** Candidate source files for an import of compiled output (`./x.js` → `./x.ts`, `./x.tsx`). */
const SOURCE_EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};
const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];
const TYPESCRIPT = /\.(?:[cm]?ts|tsx)$/;
const OWN_PACKAGE = /^bottlenose(?:\/|$)/;
const DEPENDENCY = /[\\/]node_modules[\\/]/;

/** The rules of TypeScript modules, for all kinds of loaders. */
export class Hooks {
  readonly #compiler: Compiler;
  readonly #matchers = new Map<string, PathsMatcher | null>();

  constructor(compiler: Compiler) {
    this.#compiler = compiler;
  }

  /** The URL of a module that the runtime cannot resolve: `./posts.js` for posts.ts, and `paths` of tsconfig.json. */
  resolve(specifier: string, parentURL: string | undefined): string | undefined {
    if (parentURL !== undefined && !parentURL.startsWith('file:')) return undefined;
    const parent = parentURL === undefined ? undefined : fileURLToPath(parentURL);
    if (parent !== undefined && DEPENDENCY.test(parent)) return undefined;
    const [, name = specifier, query = ''] = /^([^?#]*)(.*)$/s.exec(specifier) ?? [];
    const file = this.find(name, parent);
    return file === undefined ? undefined : `${pathToFileURL(file).href}${query}`;
  }

  /** The same for file paths. */
  find(name: string, parent: string | undefined): string | undefined {
    const path = pathOf(name, parent);
    if (path !== undefined) return resolveFile(path, parent === undefined || TYPESCRIPT.test(parent));
    if (parent === undefined || name.startsWith('node:') || name.startsWith('#')) return undefined;
    if (OWN_PACKAGE.test(name)) return this.#own(name, parent);
    for (const candidate of this.#matcher(parent)?.(name) ?? []) {
      const found = resolveFile(candidate, true) ?? (isFile(candidate) ? candidate : undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Compiles a TypeScript module. Returns `undefined` for other files, and for packages, which Node loads. */
  load(url: string): { format: 'module' | 'commonjs'; source: string } | undefined {
    if (!url.startsWith('file:')) return undefined;
    const file = fileURLToPath(url.replace(/[?#].*$/, ''));
    if (!TYPESCRIPT.test(file) || DEPENDENCY.test(file)) return undefined;
    const text = readFileSync(file, 'utf8');
    const format = this.#compiler.formatOf(file, text);
    return { format, source: this.#compiler.compile(text, file, format) };
  }

  /** Compiles a required module, always as CommonJS. */
  loadRequired(file: string): string {
    return this.#compiler.compile(readFileSync(file, 'utf8'), file, 'commonjs');
  }

  /**
   * Resolves this package. `paths` must not lead to another copy, because the app's class `Bottle` would differ from the one that
   * serves it. If the app's folder has no copy, as with a global installation, this copy is used.
   */
  #own(name: string, parent: string): string | undefined {
    try {
      createRequire(parent).resolve(name);
      return undefined;
    } catch {
      return createRequire(import.meta.url).resolve(name);
    }
  }

  #matcher(parent: string): PathsMatcher | null {
    const config = tsconfigOf(parent);
    if (config === null) return null;
    let matcher = this.#matchers.get(config.path);
    if (matcher === undefined) {
      matcher = createPathsMatcher(config);
      this.#matchers.set(config.path, matcher);
    }
    return matcher;
  }
}

function pathOf(name: string, parent: string | undefined): string | undefined {
  try {
    if (name.startsWith('file:')) return fileURLToPath(name);
    if (isAbsolute(name)) return decodeURI(name);
    return /^\.{1,2}(?:\/|$)/.test(name) && parent !== undefined ? resolve(dirname(parent), decodeURI(name)) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file for a path, if it is not the path itself.
 *
 * @param fromTypeScript whether TypeScript imports it. Then the source is used, even if compiled output exists beside it.
 */
function resolveFile(path: string, fromTypeScript: boolean): string | undefined {
  const exists = isFile(path);
  if (exists && !fromTypeScript) return undefined;
  const extension = extname(path);
  const sources = SOURCE_EXTENSIONS[extension]?.map((other) => path.slice(0, -extension.length) + other).find(isFile);
  if (sources !== undefined || exists) return sources;
  return [...EXTENSIONS.map((other) => path + other), ...EXTENSIONS.map((other) => join(path, `index${other}`))].find(isFile);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
