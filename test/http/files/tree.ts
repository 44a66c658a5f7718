import { mkdir, mkdtemp, readdir, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Bottle, type StaticFileOptions, staticFile } from 'bottlenose';

/** A directory of its own, which is gone after `remove`. */
export class Tree {
  /** Where everything lies; `root` is a directory in it. */
  readonly base: string;
  readonly root: string;

  private constructor(base: string) {
    this.base = base;
    this.root = join(base, 'root');
  }

  /** Writes files by their paths below the base. */
  static async create(files: Record<string, string | Uint8Array>): Promise<Tree> {
    const tree = new Tree(await realpath(await mkdtemp(join(tmpdir(), 'static-'))));
    await mkdir(tree.root);
    for (const [path, content] of Object.entries(files)) await tree.write(path, content);
    return tree;
  }

  path(path: string): string {
    return join(this.base, path);
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), content);
  }

  remove(): Promise<void> {
    return rm(this.base, { recursive: true, force: true });
  }

  /** An app that serves the root below `/f/`. */
  app(options: Partial<StaticFileOptions> = {}, log: unknown[] = []): Bottle {
    const app = new Bottle({ logger: (_message, error) => log.push(error) });
    app.any('/f/<name:path>', ({ name }) => staticFile(name, { root: this.root, ...options }));
    return app;
  }
}

/** The paths of this process's open files below a directory. Linux only; elsewhere an empty list. */
export async function openFiles(base: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const names = await readdir('/proc/self/fd');
  const paths = await Promise.all(names.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(base));
}
