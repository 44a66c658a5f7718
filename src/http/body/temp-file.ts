import { rmSync } from 'node:fs';
import { type FileHandle, lstat, mkdtemp, open, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that nobody else can find. */
export interface TempFile {
  readonly handle: FileHandle;
  /** Where it still has a name: on systems that do not let an open file be unlinked. To be removed once it is closed. */
  readonly path: string | undefined;
}

const directories = new Map<string, Promise<string>>();
/** What is to be removed when the process ends. */
const made = new Set<string>();
let counter = 0;

/**
 * Opens a new temporary file, for reading and writing.
 *
 * It lies in a directory of this process alone (mode 0700), and is unlinked as soon as it is open: when the process dies, however
 * that may be, the system frees it. The directory goes when the process exits; one that a killed process left behind goes when
 * the next process makes its own.
 *
 * @param base where to make the directory. Default: the system's directory for temporary files.
 */
export async function openTempFile(base: string = tmpdir()): Promise<TempFile> {
  for (let attempt = 0; ; attempt++) {
    const directory = await directoryIn(base);
    const path = join(directory, `${counter++}`);
    try {
      return await openIn(path);
    } catch (error) {
      // Cleaners of old temporary files may have taken the directory.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt > 0) throw error;
      directories.delete(base);
      made.delete(directory);
    }
  }
}

async function openIn(path: string): Promise<TempFile> {
  const handle = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return { handle, path };
  }
  return { handle, path: undefined };
}

/** Closes a temporary file, with which it is gone. */
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
  await sweep(base);
  const directory = await mkdtemp(join(base, `bottlenose-${process.pid}-`));
  if (made.size === 0) {
    process.once('exit', () => {
      for (const one of made) rmSync(one, { recursive: true, force: true });
    });
  }
  made.add(directory);
  return directory;
}

/** Removes the directories that processes which are no more have left. What cannot be removed stays. */
async function sweep(base: string): Promise<void> {
  for (const name of await readdir(base).catch(() => [])) {
    const pid = Number(/^bottlenose-(\d+)-\w{6}$/.exec(name)?.[1]);
    if (Number.isNaN(pid)) continue;
    const path = join(base, name);
    try {
      const { uid, mtimeMs, ...stats } = await lstat(path).then((found) => Object.assign(found, { isDir: found.isDirectory() }));
      if (!stats.isDir || uid !== (process.getuid?.() ?? uid) || isInUse(pid, mtimeMs, path)) continue;
      await rm(path, { recursive: true, force: true });
    } catch {
      // Somebody else was faster, or it is not ours to remove.
    }
  }
}

function isInUse(pid: number, mtime: number, path: string): boolean {
  // In containers, every start of a program may get the same number.
  if (pid === process.pid) return made.has(path) || mtime > Date.now() - process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
