import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LoadedFile } from './supervisor-link.js';
import { stateOf } from './file-state.js';

/** How long to wait for further events after the first one, in milliseconds. Editors save a file in several steps. */
const SETTLE_TIME = 25;

/** Temporary files of editors. */
const TEMPORARY_FILE = /^\.|~$|\.tmp$|^4913$/;

/**
 * Watches single files and whole folders for changes.
 *
 * The set of files is known here, so the features of watch libraries (patterns, trees, ignore lists) are not needed. Such
 * libraries also hold one watch per file. This class uses one watch per folder, which also detects a file that is replaced by
 * another, as most editors save. Events only trigger a comparison of `stat` results. Some file systems have no events (network
 * drives, folders shared with a container), and the number of watches is limited. The same comparison therefore also runs at an
 * interval, as in Bottle.
 */
export class Watcher {
  readonly #onChange: (files: string[]) => void;
  readonly #interval: number;
  readonly #files = new Map<string, string>();
  #trees: readonly string[] = [];
  readonly #watchers = new Map<string, FSWatcher>();
  #settleTimer: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isScanning = false;
  #isClosed = false;
  /** Whether any new file in a watched folder counts, because a missing file may have been created. */
  acceptsNewFiles = false;

  /** @param interval in milliseconds */
  constructor(interval: number, changed: (files: string[]) => void) {
    this.#interval = interval;
    this.#onChange = changed;
    this.#schedule();
  }

  /** Watches more files, from the state in which they were loaded. */
  add(files: readonly LoadedFile[]): void {
    for (const [file, state] of files) {
      if (this.#files.has(file)) continue;
      this.#files.set(file, state);
      this.#watch(dirname(file));
    }
  }

  /** Stops watching all files except these. */
  keep(files: ReadonlySet<string>): void {
    for (const file of this.#files.keys()) if (!files.has(file)) this.#files.delete(file);
  }

  /** Watches everything below some folders, instead of the previous ones. The folders need not exist. */
  async watchTrees(folders: readonly string[]): Promise<void> {
    this.#trees = folders;
    for (const file of await this.#inTrees()) if (!this.#files.has(file)) this.#files.set(file, stateOf(file));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#settleTimer);
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  #schedule(): void {
    this.#timer = setTimeout(async () => {
      await this.#scan();
      if (!this.#isClosed) this.#schedule();
    }, this.#interval);
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder) || this.#isClosed) return;
    try {
      const watcher = watch(folder, (kind, name) => this.#onEvent(folder, kind, name));
      watcher.on('error', () => this.#unwatch(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Without events, the folder is checked at the interval.
    }
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #onEvent(folder: string, kind: string, name: string | null): void {
    const path = name === null ? undefined : join(folder, name);
    const isKnown = path === undefined || this.#files.has(path) || this.#isInTree(path);
    const isNewFile = this.acceptsNewFiles && kind === 'rename' && /\.(?:[cm]?[jt]sx?|json|node)$|^[^.]+$/.test(name ?? '');
    if (!isKnown && !isNewFile) return;
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => {
      if (isNewFile && !isKnown) this.#onChange([path as string]);
      else void this.#scan();
    }, SETTLE_TIME);
  }

  #isInTree(path: string): boolean {
    return this.#trees.some((tree) => path.startsWith(tree));
  }

  async #scan(): Promise<void> {
    if (this.#isScanning) return;
    this.#isScanning = true;
    try {
      const changed: string[] = [];
      await Promise.all(
        [...this.#files].map(async ([file, before]) => {
          let now = stateOf(file);
          if (now === 'gone' && before !== 'gone') {
            // The file may be in the middle of a save and come back at once.
            await new Promise((resolve) => setTimeout(resolve, 2 * SETTLE_TIME));
            now = stateOf(file);
          }
          if (now === before || !this.#files.has(file)) return;
          this.#files.set(file, now);
          changed.push(file);
        }),
      );
      for (const file of await this.#inTrees()) {
        if (this.#files.has(file)) continue;
        this.#files.set(file, stateOf(file));
        changed.push(file);
      }
      if (changed.length > 0 && !this.#isClosed) this.#onChange(changed);
    } finally {
      this.#isScanning = false;
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
        else if (entry.isFile() && !TEMPORARY_FILE.test(entry.name)) found.push(path);
      }
    };
    for (const tree of this.#trees) await visit(tree);
    return found;
  }
}
