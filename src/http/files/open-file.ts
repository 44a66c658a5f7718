import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HTTPError } from '../http-error.js';
import { denied, isWithin } from './safe-path.js';

/** A regular file, open for reading. The owner has to close the handle. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** The size in bytes. */
  readonly size: number;
  /** The time of the last change, in milliseconds since 1970-01-01 UTC. */
  readonly mtimeMs: number;
}

/** The status of a file that cannot be opened. */
type ErrorStatus = 403 | 404;

// O_NOFOLLOW: a link that replaces the file after the check is not followed. O_NONBLOCK: opening a pipe does not block.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL', 'ENXIO', 'ENODEV']);
const FORBIDDEN = new Set(['EACCES', 'EPERM', 'ELOOP', 'EMLINK']);

/**
 * Opens a regular file below a root. Links within the root are followed. Links that lead out of it are rejected.
 *
 * @param root an absolute path. It may be a link.
 * @throws HTTPError 403 or 404. Error if the root is not a directory.
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

/** Like `openBelow`, but returns `undefined` for a file that cannot be opened. */
export async function openIfExists(root: string, segments: readonly string[]): Promise<OpenFile | undefined> {
  const found = await tryOpen(root, join(root, ...segments));
  return typeof found === 'number' ? undefined : found;
}

async function tryOpen(root: string, path: string): Promise<OpenFile | ErrorStatus> {
  try {
    const real = await realpath(path);
    // Without links in the path, the file is below the root.
    if (real !== path && !isWithin(real, await realpath(root))) return 403;
    return await openRegular(real);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (MISSING.has(code)) return 404;
    if (FORBIDDEN.has(code)) return 403;
    throw error;
  }
}

async function openRegular(path: string): Promise<OpenFile | ErrorStatus> {
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
    `The root of staticFile(), ${root}, is not a readable directory. Create it, or correct the path: a relative one starts ` +
      `at the working directory, ${process.cwd()}; new URL('./files/', import.meta.url) starts beside the module.`,
  );
}
