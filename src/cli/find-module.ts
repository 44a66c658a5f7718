import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { usage } from './command-error.js';

/** The endings of modules, in the order in which a name without one is tried. */
const ENDINGS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'];

/** A module and an expression over its exports. */
export interface Target {
  readonly module: string;
  readonly expression: string | undefined;
}

/** Splits `module:expression` at its first colon; those of `file:`, `node:` and of Windows' drives are part of the module. */
export function splitTarget(text: string): Target {
  const start = /^(?:file|node):|^[A-Za-z]:[\\/]/.exec(text)?.[0].length ?? 0;
  const colon = text.indexOf(':', start);
  if (colon === -1) return { module: text, expression: undefined };
  return { module: text.slice(0, colon), expression: text.slice(colon + 1).trim() || undefined };
}

/**
 * Finds a module: a file, its ending left out or not, a folder with an index, else a package of the working directory.
 *
 * @returns a `file:` URL.
 * @throws CommandError if there is none.
 */
export function findModule(name: string): string {
  if (name === '') throw usage('the name of the module is missing: write MODULE:APP, such as app.ts:app.');
  const path = name.startsWith('file:') ? fileURLToPath(name) : resolve(name);
  const candidates = [path, ...ENDINGS.map((ending) => path + ending), ...ENDINGS.map((ending) => join(path, `index${ending}`))];
  const file = candidates.find(isFile);
  if (file !== undefined) return pathToFileURL(file).href;
  if (!/^[./\\]|^file:/.test(name)) {
    const found = packageNamed(name);
    if (found !== undefined) return found;
  }
  const ending = extname(path);
  const swapped = ending === '' ? undefined : ENDINGS.map((one) => path.slice(0, -ending.length) + one).find(isFile);
  const hint = swapped === undefined ? '' : ` Did you mean ${shown(swapped)}?`;
  throw usage(`there is no module ${name} (looked for ${path}).${hint}`);
}

function packageNamed(name: string): string | undefined {
  if (name.startsWith('node:')) return name;
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'index.js')).resolve(name)).href;
  } catch {
    // This package's own entry points can be found wherever it is installed.
    return /^bottlenose(?:\/|$)/.test(name) ? ownEntry(name) : undefined;
  }
}

function ownEntry(name: string): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** A path as seen from the working directory, if it lies below. */
export function shown(path: string): string {
  const file = path.startsWith('file:') ? fileURLToPath(path) : path;
  const fromHere = relative(process.cwd(), file);
  return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
}
