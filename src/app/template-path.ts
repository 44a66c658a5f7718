import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEMPLATE_PATH } from '../templates/index.js';
import type { ConfigDict } from './config/config-dict.js';

/** One or several folders of templates: paths relative to the working directory, or `file:` URLs. */
export type TemplatePath = string | URL | readonly (string | URL)[];

/** Converts a template path to absolute folders. @throws TypeError for an invalid folder */
export function toFolders(value: unknown): readonly string[] | null {
  if (value === null) return null;
  return (Array.isArray(value) ? value : [value]).map((folder: unknown) => {
    if (folder instanceof URL || (typeof folder === 'string' && folder.startsWith('file:'))) return fileURLToPath(folder);
    if (typeof folder === 'string' && folder.trim() !== '') return resolve(folder);
    throw new TypeError("a folder of templates must be a path or a file: URL, such as new URL('views', import.meta.url)");
  });
}

/** The folders of a route's templates: those of its configuration, then `TEMPLATE_PATH`. */
export function templateLookup(config: ConfigDict): readonly string[] | undefined {
  const own = config.get<readonly string[] | null>('templatePath');
  return own ? [...own, ...TEMPLATE_PATH] : undefined;
}
