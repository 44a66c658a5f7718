import { fileURLToPath } from 'node:url';
import { CommandError } from './command-error.js';
import { shown } from './find-module.js';
import { hasCompiler, isTypeScript, prepareTypeScript } from './typescript/prepare.js';

/**
 * Imports a module of the user's, TypeScript too.
 *
 * @throws CommandError where one line says it all: something is not installed, or not there. What the module throws is passed on.
 */
export async function importModule(url: string): Promise<object> {
  await prepareTypeScript(url);
  try {
    return (await import(url)) as object;
  } catch (error) {
    throw explained(error, url);
  }
}

function explained(error: unknown, url: string): unknown {
  if (!(error instanceof globalThis.Error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const [, name = '', from = url] = /^Cannot find (?:module|package) '([^']+)'(?: imported from (.+))?/.exec(message) ?? [];
  const importer = /Require stack:\n- (.+)/.exec(message)?.[1] ?? from;
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && name !== '') {
    const isFile = /^(?:[./\\]|file:|[A-Za-z]:[\\/])/.test(name);
    const text = isFile
      ? `${shown(importer)} imports ${shown(name)}, which does not exist.`
      : `${shown(importer)} needs the package ${packageOf(name)}, which is not installed: npm install ${packageOf(name)}`;
    return new CommandError(text, 1, { cause: error });
  }
  const isRefused = code === 'ERR_UNKNOWN_FILE_EXTENSION' || /^ERR_(?:UNSUPPORTED|INVALID)_TYPESCRIPT_SYNTAX$/.test(code ?? '');
  if (isRefused || (isTypeScript(url) && error instanceof SyntaxError && !hasCompiler())) {
    const [file = fileURLToPath(url)] = /\/[^\s'"]*\.[cm]?tsx?\b/.exec(message) ?? [];
    if (isTypeScript(file) && !hasCompiler()) {
      const text = `${shown(file)} is TypeScript that this runtime cannot run by itself: npm install --save-dev @swc/core`;
      return new CommandError(text, 1, { cause: error });
    }
  }
  return error;
}

function packageOf(name: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
}
