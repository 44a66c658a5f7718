import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;

export interface Outcome {
  status: number | null;
  output: string;
}

/** Both packages as npm would publish them, and a folder to start projects in. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'create-'));
  readonly #running = new Set<ChildProcess>();
  readonly #tools = mkdtempSync(join(tmpdir(), 'packed-'));

  async pack(): Promise<void> {
    if (!existsSync(join(root, 'dist/index.js'))) await this.#done(process.execPath, ['scripts/build.mjs'], root);
    for (const [name, folder] of [
      ['bottlenose', root],
      ['create-bottlenose', join(root, 'create-bottlenose')],
    ] as const) {
      const place = join(this.#tools, name);
      mkdirSync(place);
      await this.#done('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', place], folder);
      const [tarball = ''] = readdirSync(place);
      await this.#done('tar', ['-xzf', join(place, tarball), '-C', place], root);
    }
  }

  /** `npm create bottlenose ARGS…`. */
  create(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Outcome> {
    const program = join(this.#tools, 'create-bottlenose/package/main.js');
    return this.run(process.execPath, [program, ...args], options.cwd ?? this.folder, options.env).ended;
  }

  /** What `npm install` would do, from the tarball and from what this repository has installed. */
  async install(project: string): Promise<void> {
    const modules = join(project, 'node_modules');
    const own = join(modules, 'bottlenose');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    await this.#done('cp', ['-R', join(this.#tools, 'bottlenose/package'), own], root);
    const wanted = { ...manifestOf(project).dependencies, ...manifestOf(project).devDependencies };
    for (const name of Object.keys({ ...wanted, ...manifestOf(own).dependencies })) {
      if (name === 'bottlenose') continue;
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
    }
    for (const name of ['typescript', 'bottlenose']) {
      for (const [command, target] of Object.entries(manifestOf(join(modules, name)).bin ?? {})) {
        symlinkSync(join(modules, name, target), join(modules, '.bin', command));
      }
    }
  }

  run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const child = spawn(command, args, { cwd, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#running.add(child);
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const ended = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, output }));
    });
    /** Where it says that it listens. */
    const url = new Promise<string>((resolve, reject) => {
      const look = (): void => {
        const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      void ended.then(({ status }) => reject(new Error(`${command} ended with ${status}:\n${output}`)));
    });
    url.catch(() => {});
    /** Ends it, and whatever it has started. */
    const stop = async (): Promise<void> => {
      signal(child, 'SIGTERM');
      await ended;
      this.#running.delete(child);
    };
    return { ended, url, stop };
  }

  close(): void {
    for (const child of this.#running) signal(child, 'SIGKILL');
    for (const folder of [this.folder, this.#tools]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #done(command: string, args: string[], cwd: string): Promise<void> {
    const { status, output } = await this.run(command, args, cwd).ended;
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${output}`);
  }
}

interface Manifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  bin?: Record<string, string>;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), name);
  } catch {
    // It has ended.
  }
}
