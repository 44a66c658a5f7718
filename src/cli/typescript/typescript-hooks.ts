import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createPathsMatcher, type PathsMatcher } from 'get-tsconfig';
import type { Compiler } from './swc-compiler.js';
import { tsconfigOf } from './tsconfig.js';

/** Under which names a file may be meant that is imported by that of what it is compiled to. */
const COMPILED_FROM: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};
const LEFT_OUT = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];
const TYPESCRIPT = /\.(?:[cm]?ts|tsx)$/;
const OURS = /^bottlenose(?:\/|$)/;
const DEPENDENCY = /[\\/]node_modules[\\/]/;

/** What is special about loading TypeScript, for all kinds of loaders. */
export class Hooks {
  readonly #compiler: Compiler;
  readonly #matchers = new Map<string, PathsMatcher | null>();

  constructor(compiler: Compiler) {
    this.#compiler = compiler;
  }

  /** The URL of a module that the runtime would not find by itself: `./posts.js` for posts.ts, and tsconfig.json's `paths`. */
  resolve(specifier: string, parentURL: string | undefined): string | undefined {
    if (parentURL !== undefined && !parentURL.startsWith('file:')) return undefined;
    const parent = parentURL === undefined ? undefined : fileURLToPath(parentURL);
    if (parent !== undefined && DEPENDENCY.test(parent)) return undefined;
    const [, name = specifier, query = ''] = /^([^?#]*)(.*)$/s.exec(specifier) ?? [];
    const file = this.find(name, parent);
    return file === undefined ? undefined : `${pathToFileURL(file).href}${query}`;
  }

  /** The same for paths. */
  find(name: string, parent: string | undefined): string | undefined {
    const path = pathOf(name, parent);
    if (path !== undefined) return meant(path, parent === undefined || TYPESCRIPT.test(parent));
    if (parent === undefined || name.startsWith('node:') || name.startsWith('#')) return undefined;
    if (OURS.test(name)) return this.#own(name, parent);
    for (const candidate of this.#matcher(parent)?.(name) ?? []) {
      const found = meant(candidate, true) ?? (isFile(candidate) ? candidate : undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A TypeScript module, compiled. `undefined` for everything else, and for packages, as node has it. */
  load(url: string): { format: 'module' | 'commonjs'; source: string } | undefined {
    if (!url.startsWith('file:')) return undefined;
    const file = fileURLToPath(url.replace(/[?#].*$/, ''));
    if (!TYPESCRIPT.test(file) || DEPENDENCY.test(file)) return undefined;
    const text = readFileSync(file, 'utf8');
    const format = this.#compiler.formatOf(file, text);
    return { format, source: this.#compiler.compile(text, file, format) };
  }

  /** A required module: always CommonJS. */
  loadRequired(file: string): string {
    return this.#compiler.compile(readFileSync(file, 'utf8'), file, 'commonjs');
  }

  /**
   * This package's own modules, which `paths` must not lead to another copy of: the app would be an instance of another class than
   * the one that serves it. Where the app's folder has none, as with a global installation, this one.
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
 * The file that a path stands for, where that is not the path itself.
 *
 * @param fromTypeScript whether TypeScript imports it: then the source counts, even where something compiled lies beside it.
 */
function meant(path: string, fromTypeScript: boolean): string | undefined {
  const exists = isFile(path);
  if (exists && !fromTypeScript) return undefined;
  const ending = extname(path);
  const sources = COMPILED_FROM[ending]?.map((other) => path.slice(0, -ending.length) + other).find(isFile);
  if (sources !== undefined || exists) return sources;
  return [...LEFT_OUT.map((other) => path + other), ...LEFT_OUT.map((other) => join(path, `index${other}`))].find(isFile);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
