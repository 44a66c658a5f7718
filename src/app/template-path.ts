import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEMPLATE_PATH } from '../templates/index.js';
import type { ConfigDict } from './config/config-dict.js';

/** A folder of templates: a path, relative to the working directory, or a `file:` URL; or several. */
export type TemplatePath = string | URL | readonly (string | URL)[];

/** A template path as absolute folders. @throws TypeError for what names no folder */
export function toFolders(value: unknown): readonly string[] | null {
  if (value === null) return null;
  return (Array.isArray(value) ? value : [value]).map((folder: unknown) => {
    if (folder instanceof URL || (typeof folder === 'string' && folder.startsWith('file:'))) return fileURLToPath(folder);
    if (typeof folder === 'string' && folder.trim() !== '') return resolve(folder);
    throw new TypeError("a folder of templates must be a path or a file: URL, such as new URL('views', import.meta.url)");
  });
}

/** Where a route's templates are looked up: in the folders of its configuration, then where all apps look. */
export function templateLookup(config: ConfigDict): readonly string[] | undefined {
  const own = config.get<readonly string[] | null>('templatePath');
  return own ? [...own, ...TEMPLATE_PATH] : undefined;
}
