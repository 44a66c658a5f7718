import { fileURLToPath } from 'node:url';
import { CommandError } from './command-error.js';
import { displayPath } from './find-module.js';
import { hasCompiler, isTypeScript, prepareTypeScript } from './typescript/prepare.js';

/**
 * Imports a module of the user, including TypeScript.
 *
 * @throws CommandError when a package is not installed, a file does not exist, or TypeScript cannot run here. Errors of the
 *   module itself are passed on.
 */
export async function importModule(url: string): Promise<object> {
  await prepareTypeScript(url);
  try {
    return (await import(url)) as object;
  } catch (error) {
    throw toCommandError(error, url);
  }
}

function toCommandError(error: unknown, url: string): unknown {
  if (!(error instanceof globalThis.Error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const [, name = '', from = url] = /^Cannot find (?:module|package) '([^']+)'(?: imported from (.+))?/.exec(message) ?? [];
  const importer = /Require stack:\n- (.+)/.exec(message)?.[1] ?? from;
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && name !== '') {
    const isFile = /^(?:[./\\]|file:|[A-Za-z]:[\\/])/.test(name);
    const text = isFile
      ? `${displayPath(importer)} imports ${displayPath(name)}, which does not exist.`
      : `${displayPath(importer)} needs the package ${packageOf(name)}, which is not installed: npm install ${packageOf(name)}`;
    return new CommandError(text, 1, { cause: error });
  }
  const isUnsupported =
    code === 'ERR_UNKNOWN_FILE_EXTENSION' || /^ERR_(?:UNSUPPORTED|INVALID)_TYPESCRIPT_SYNTAX$/.test(code ?? '');
  if (isUnsupported || (isTypeScript(url) && error instanceof SyntaxError && !hasCompiler())) {
    const [file = fileURLToPath(url)] = /\/[^\s'"]*\.[cm]?tsx?\b/.exec(message) ?? [];
    if (isTypeScript(file) && !hasCompiler()) {
      const text = `${displayPath(file)} is TypeScript, which this runtime cannot run without a compiler: npm install --save-dev @swc/core`;
      return new CommandError(text, 1, { cause: error });
    }
  }
  return error;
}

function packageOf(name: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
}
