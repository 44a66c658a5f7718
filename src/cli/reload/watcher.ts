import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How long to wait for more after a first notice, in milliseconds: an editor's saving is several steps. */
const SETTLE = 25;

/** What editors put beside the file that they save. */
const LEFTOVER = /^\.|~$|\.tmp$|^4913$/;

/**
 * Tells of changes of single files, and of anything in some folders.
 *
 * Which files count is known exactly here, so what libraries for this add (patterns, whole trees, lists of what to ignore) is not
 * needed; and each of them would hold one watch per file. Instead: one watch per folder, which also notices a file that is
 * replaced by another, as most editors save; its notices are only hints to compare what `stat` says. And because there are file
 * systems without notices (network drives, folders shared with a container), and limits to the number of watches, the same
 * comparison is made every so often anyway, as Bottle does.
 */
export class Watcher {
  readonly #changed: (files: string[]) => void;
  readonly #interval: number;
  readonly #files = new Map<string, string>();
  #trees: readonly string[] = [];
  readonly #watches = new Map<string, FSWatcher>();
  #settling: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isClosed = false;
  /** Whether any new file in a watched folder counts: what is missing may have come. */
  isHopeful = false;

  /** @param interval in milliseconds */
  constructor(interval: number, changed: (files: string[]) => void) {
    this.#interval = interval;
    this.#changed = changed;
    this.#schedule();
  }

  /** Watches more files, from their present state on. */
  async add(files: readonly string[]): Promise<void> {
    await Promise.all(
      files.map(async (file) => {
        if (this.#files.has(file)) return;
        this.#files.set(file, '');
        this.#watch(dirname(file));
        const state = await stateOf(file);
        if (this.#files.get(file) === '') this.#files.set(file, state);
      }),
    );
  }

  /** Forgets all files but these. */
  keep(files: ReadonlySet<string>): void {
    for (const file of this.#files.keys()) if (!files.has(file)) this.#files.delete(file);
  }

  /** Watches everything below some folders, which need not exist, in place of those before. */
  async watchTrees(folders: readonly string[]): Promise<void> {
    this.#trees = folders;
    for (const file of await this.#inTrees()) if (!this.#files.has(file)) this.#files.set(file, await stateOf(file));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#settling);
    clearTimeout(this.#timer);
    for (const one of this.#watches.values()) one.close();
  }

  #schedule(): void {
    this.#timer = setTimeout(async () => {
      await this.#look();
      if (!this.#isClosed) this.#schedule();
    }, this.#interval);
  }

  #watch(folder: string): void {
    if (this.#watches.has(folder) || this.#isClosed) return;
    try {
      const watching = watch(folder, (kind, name) => this.#notice(folder, kind, name));
      watching.on('error', () => this.#unwatch(folder));
      this.#watches.set(folder, watching);
    } catch {
      // Without notices the folder is looked at in its turn.
    }
  }

  #unwatch(folder: string): void {
    this.#watches.get(folder)?.close();
    this.#watches.delete(folder);
  }

  #notice(folder: string, kind: string, name: string | null): void {
    const path = name === null ? undefined : join(folder, name);
    const isKnown = path === undefined || this.#files.has(path) || this.#isInTree(path);
    const isHope = this.isHopeful && kind === 'rename' && /\.(?:[cm]?[jt]sx?|json|node)$|^[^.]+$/.test(name ?? '');
    if (!isKnown && !isHope) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      if (isHope && !isKnown) this.#changed([path as string]);
      else void this.#look();
    }, SETTLE);
  }

  #isInTree(path: string): boolean {
    return this.#trees.some((tree) => path.startsWith(tree));
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const changed: string[] = [];
      await Promise.all(
        [...this.#files].map(async ([file, before]) => {
          let now = await stateOf(file);
          if (now === 'gone' && before !== 'gone') {
            // Half of a saving, maybe: then it comes back at once.
            await new Promise((resolve) => setTimeout(resolve, 2 * SETTLE));
            now = await stateOf(file);
          }
          if (now === before || before === '' || !this.#files.has(file)) return;
          this.#files.set(file, now);
          changed.push(file);
        }),
      );
      for (const file of await this.#inTrees()) {
        if (this.#files.has(file)) continue;
        this.#files.set(file, await stateOf(file));
        changed.push(file);
      }
      if (changed.length > 0 && !this.#isClosed) this.#changed(changed);
    } finally {
      this.#isLooking = false;
    }
  }

  async #inTrees(): Promise<string[]> {
    const found: string[] = [];
    const visit = async (folder: string): Promise<void> => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
      if (entries === undefined) {
        this.#unwatch(folder);
        return;
      }
      this.#watch(folder);
      for (const entry of entries) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) await visit(path);
        else if (entry.isFile() && !LEFTOVER.test(entry.name)) found.push(path);
      }
    };
    for (const tree of this.#trees) await visit(tree);
    return found;
  }
}

/** What is different whenever a file has been written. */
async function stateOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'gone';
  }
}
