import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HTTPError } from '../http-error.js';
import { denied, isWithin } from './safe-path.js';

/** A regular file, open for reading. Who has it closes the handle. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
  /** When it was last changed, in milliseconds since 1970-01-01 UTC. */
  readonly mtimeMs: number;
}

/** What a file is refused with. */
type Refusal = 403 | 404;

// A link in place of the last segment must not be followed after the check, and opening a pipe must not wait for its other end.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL', 'ENXIO', 'ENODEV']);
const FORBIDDEN = new Set(['EACCES', 'EPERM', 'ELOOP', 'EMLINK']);

/**
 * Opens a regular file below a root. Links within the root are followed, those that lead out are refused.
 *
 * @param root absolute; may itself be a link.
 * @throws HTTPError 403 or 404. An Error that tells the developer so if the root is no directory.
 */
export async function openBelow(root: string, segments: readonly string[]): Promise<OpenFile> {
  // An empty last segment asks for a directory.
  const found = segments.at(-1) === '' ? 404 : await tryOpen(root, join(root, ...segments));
  if (found === 404) {
    await requireDirectory(root);
    throw new HTTPError(404, 'The file does not exist.', { code: 'BN_FILE_MISSING' });
  }
  if (found === 403) throw denied();
  return found;
}

/** As `openBelow`, but `undefined` for whatever cannot be had. */
export async function openIfThere(root: string, segments: readonly string[]): Promise<OpenFile | undefined> {
  const found = await tryOpen(root, join(root, ...segments));
  return typeof found === 'number' ? undefined : found;
}

async function tryOpen(root: string, path: string): Promise<OpenFile | Refusal> {
  try {
    const real = await realpath(path);
    // Without any link on the way, what is below the root by its name is so in fact.
    if (real !== path && !isWithin(real, await realpath(root))) return 403;
    return await openRegular(real);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (MISSING.has(code)) return 404;
    if (FORBIDDEN.has(code)) return 403;
    throw error;
  }
}

async function openRegular(path: string): Promise<OpenFile | Refusal> {
  const handle = await open(path, FLAGS);
  try {
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, size: stats.size, mtimeMs: stats.mtimeMs };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return 404;
}

async function requireDirectory(root: string): Promise<void> {
  const isDirectory = await stat(root).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (isDirectory) return;
  throw new Error(
    `The root of staticFile(), ${root}, is no directory that can be read. Create it, or correct the path: a relative one starts ` +
      `at the working directory, ${process.cwd()}; new URL('./files/', import.meta.url) starts beside the module.`,
  );
}
