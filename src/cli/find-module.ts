import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { usage } from './command-error.js';

/** File extensions, in the order in which they are tried for a name without one. */
const EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'];

/** A module and an expression over its exports. */
interface Target {
  readonly module: string;
  readonly expression: string | undefined;
}

/** Splits `module:expression` at its first colon. The colons of `file:`, `node:` and Windows drives belong to the module. */
export function splitTarget(text: string): Target {
  const start = /^(?:file|node):|^[A-Za-z]:[\\/]/.exec(text)?.[0].length ?? 0;
  const colon = text.indexOf(':', start);
  if (colon === -1) return { module: text, expression: undefined };
  return { module: text.slice(0, colon), expression: text.slice(colon + 1).trim() || undefined };
}

/**
 * Finds a module: a file with or without its extension, a folder with an index file, or a package of the working directory.
 *
 * @returns a `file:` URL.
 * @throws CommandError if it does not exist.
 */
export function findModule(name: string): string {
  if (name === '') throw usage('the name of the module is missing: write MODULE:APP, such as app.ts:app.');
  const path = name.startsWith('file:') ? fileURLToPath(name) : resolve(name);
  const candidates = [
    path,
    ...EXTENSIONS.map((extension) => path + extension),
    ...EXTENSIONS.map((extension) => join(path, `index${extension}`)),
  ];
  const file = candidates.find(isFile);
  if (file !== undefined) return pathToFileURL(file).href;
  if (!/^[./\\]|^file:/.test(name)) {
    const found = packageNamed(name);
    if (found !== undefined) return found;
  }
  const extension = extname(path);
  const similar = extension === '' ? undefined : EXTENSIONS.map((one) => path.slice(0, -extension.length) + one).find(isFile);
  const hint = similar === undefined ? '' : ` Did you mean ${displayPath(similar)}?`;
  throw usage(`there is no module ${name} (looked for ${path}).${hint}`);
}

function packageNamed(name: string): string | undefined {
  if (name.startsWith('node:')) return name;
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'index.js')).resolve(name)).href;
  } catch {
    // The entry points of this package are available wherever it is installed.
    return /^bottlenose(?:\/|$)/.test(name) ? ownEntryPoint(name) : undefined;
  }
}

function ownEntryPoint(name: string): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** A path relative to the working directory, if it is inside. */
export function displayPath(path: string): string {
  const file = path.startsWith('file:') ? fileURLToPath(path) : path;
  const relativePath = relative(process.cwd(), file);
  return relativePath === '' || relativePath.startsWith('..') ? file : relativePath;
}
