import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, resolve, sep } from 'node:path';
import { TemplateError } from './template-error.js';

/** Extensions that a template's name may omit, in search order. */
export const EXTENSIONS: readonly string[] = ['tpl', 'stpl', 'html'];

/** Why a name is invalid, or undefined if it is valid. */
function invalidReason(name: string): string | undefined {
  if (name === '') return 'a template needs a name.';
  if (name.includes('\0')) return 'the name contains a NUL character.';
  if (name.includes('\\')) return 'the name contains a backslash: separate folders by /.';
  if (isAbsolute(name) || /^[a-z]:/i.test(name)) return 'absolute names are refused: use a name inside the template path.';
  if (name.split('/').includes('..')) return "'..' in a name is refused: use a name inside the template path.";
  return undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * Finds a template's file: `name` itself, then with each extension, in each folder of the path.
 *
 * @returns the absolute path of the file.
 * @throws TemplateError `BN_TEMPLATE_NOT_FOUND`, also for names and symbolic links that lead out of the path.
 * @see Bottle's `BaseTemplate.search`
 */
export function findTemplate(name: string, lookup: readonly string[], extensions: readonly string[] = EXTENSIONS): string {
  const invalid = invalidReason(name);
  if (invalid) throw notFound(name, `template name ${JSON.stringify(name)}: ${invalid}`);
  for (const folder of lookup) {
    const root = resolve(folder);
    for (const candidate of [name, ...extensions.map((extension) => `${name}.${extension}`)]) {
      const path = resolve(root, candidate);
      if (!isFile(path)) continue;
      const realRoot = realpathSync(root);
      if (!realpathSync(path).startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
        throw notFound(name, `${path} is a symbolic link that leads out of the template path.`);
      }
      return path;
    }
  }
  const folders = lookup.map((folder) => resolve(folder) + (existsSync(folder) ? '' : ' (no such folder)'));
  const where = folders.length > 0 ? folders.join(', ') : 'an empty template path';
  throw notFound(
    name,
    `template not found in ${where}; tried the name itself and .${extensions.join(', .')}. ` +
      'Add its folder to TEMPLATE_PATH, or pass { source } if this is meant to be the text of a template.',
  );
}

/** Reads a template's file, without a byte order mark. */
export function readTemplate(file: string, encoding: string, name?: string): string {
  try {
    return new TextDecoder(encoding).decode(readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'EACCES') throw error;
    const reason = `the template's file cannot be read: ${(error as Error).message}`;
    throw new TemplateError('BN_TEMPLATE_NOT_FOUND', reason, { template: name ?? file, file }, { cause: error });
  }
}

function notFound(name: string, reason: string): TemplateError {
  return new TemplateError('BN_TEMPLATE_NOT_FOUND', reason, { template: name });
}
