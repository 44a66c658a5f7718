import { rmSync } from 'node:fs';
import { type FileHandle, lstat, mkdtemp, open, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary file that has no name, where the system allows this. */
export interface TempFile {
  readonly handle: FileHandle;
  /** The path, on systems that cannot unlink an open file. The file has to be removed after closing. */
  readonly path: string | undefined;
}

const directories = new Map<string, Promise<string>>();
/** Directories that are removed when the process exits. */
const ownDirectories = new Set<string>();
let counter = 0;

/**
 * Opens a new temporary file, for reading and writing.
 *
 * The file is in a directory of this process (mode 0700). It is unlinked after opening, so that the system frees it when the process
 * ends in any way. The directory is removed on exit. The directory of a killed process is removed when the next process creates its own.
 *
 * @param base the parent of the directory. Default: the system's directory for temporary files.
 */
export async function openTempFile(base: string = tmpdir()): Promise<TempFile> {
  for (let attempt = 0; ; attempt++) {
    const directory = await directoryIn(base);
    const path = join(directory, `${counter++}`);
    try {
      return await createUnlinked(path);
    } catch (error) {
      // A cleaner of old temporary files may have removed the directory.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt > 0) throw error;
      directories.delete(base);
      ownDirectories.delete(directory);
    }
  }
}

async function createUnlinked(path: string): Promise<TempFile> {
  const handle = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return { handle, path };
  }
  return { handle, path: undefined };
}

/** Closes and removes a temporary file. */
export async function closeTempFile({ handle, path }: TempFile): Promise<void> {
  await handle.close();
  if (path !== undefined) await unlink(path);
}

function directoryIn(base: string): Promise<string> {
  let directory = directories.get(base);
  if (directory === undefined) {
    directory = makeDirectory(base);
    directories.set(base, directory);
    directory.catch(() => directories.delete(base));
  }
  return directory;
}

async function makeDirectory(base: string): Promise<string> {
  await removeStaleDirectories(base);
  const directory = await mkdtemp(join(base, `bottlenose-${process.pid}-`));
  if (ownDirectories.size === 0) {
    process.once('exit', () => {
      for (const one of ownDirectories) rmSync(one, { recursive: true, force: true });
    });
  }
  ownDirectories.add(directory);
  return directory;
}

/** Removes the directories of processes that have ended. Ignores errors. */
async function removeStaleDirectories(base: string): Promise<void> {
  for (const name of await readdir(base).catch(() => [])) {
    const pid = Number(/^bottlenose-(\d+)-\w{6}$/.exec(name)?.[1]);
    if (Number.isNaN(pid)) continue;
    const path = join(base, name);
    try {
      const { uid, mtimeMs, ...stats } = await lstat(path).then((found) => Object.assign(found, { isDir: found.isDirectory() }));
      if (!stats.isDir || uid !== (process.getuid?.() ?? uid) || isInUse(pid, mtimeMs, path)) continue;
      await rm(path, { recursive: true, force: true });
    } catch {
      // Another process has removed it, or this process has no permission.
    }
  }
}

function isInUse(pid: number, mtime: number, path: string): boolean {
  // In containers, each start of a program may get the same process ID.
  if (pid === process.pid) return ownDirectories.has(path) || mtime > Date.now() - process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
