import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { build } from 'esbuild';

const root = new URL('../..', import.meta.url).pathname;

/** What a command has done. */
export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A running command. */
export interface Running {
  child: ChildProcess;
  /** All that it has printed so far, on both. */
  output(): string;
  stderr(): string;
  ended: Promise<Outcome>;
  /** Waits until it says where it listens. */
  url(): Promise<string>;
}

/**
 * A folder with the package installed, as its users have it, and files to try the command on. The code is built
 * from src/ for it, because dist/ may be older.
 */
export class Project {
  /** Where the files are. */
  folder = '';
  readonly #running = new Set<ChildProcess>();

  /** Makes one for the tests of a file, which has the files of each test taken away after it. */
  static forTests(): Project {
    const project = new Project();
    beforeAll(() => project.#install(), 60_000);
    afterEach(() => project.#stop());
    afterAll(() => rmSync(dirname(project.folder), { recursive: true, force: true }));
    return project;
  }

  async #install(): Promise<void> {
    mkdirSync(join(root, 'build'), { recursive: true });
    // Below the repository, so that its dependencies are found.
    const home = mkdtempSync(join(root, 'build/cli-'));
    this.folder = join(home, 'project');
    const own = join(home, 'node_modules/bottlenose');
    mkdirSync(own, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const targets = [...Object.values<any>(manifest.exports), ...Object.values(manifest.bin), ...Object.values(manifest.imports)];
    const files: string[] = targets.map((target) => (typeof target === 'string' ? target : target.default));
    await build({
      absWorkingDir: root,
      entryPoints: files
        .filter((file) => /dist\/(?!parts).*\.js$/.test(file))
        .map((file) => file.replace(/^(\.\/)?dist/, 'src').replace(/js$/, 'ts')),
      outbase: 'src',
      outdir: join(own, 'dist'),
      bundle: true,
      splitting: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      keepNames: true,
      logLevel: 'error',
    });
    cpSync(join(root, 'package.json'), join(own, 'package.json'));
    this.write({ 'package.json': '{"type":"module"}' });
  }

  get bin(): string {
    return join(dirname(this.folder), 'node_modules/bottlenose/dist/cli/main.js');
  }

  /** Writes files, by their paths. */
  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  /** Starts the command. */
  start(args: string[], options: { env?: Record<string, string>; node?: string[]; cwd?: string } = {}): Running {
    return this.program([...(options.node ?? []), this.bin, ...args], options);
  }

  /** Starts node. */
  program(args: string[], { env = {}, cwd = this.folder }: { env?: Record<string, string>; cwd?: string } = {}): Running {
    const { NODE_OPTIONS: _, ...rest } = process.env;
    const child = spawn(process.execPath, args, { cwd, env: { ...rest, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    const ended = new Promise<Outcome>((resolve) => {
      child.on('close', (status) => {
        this.#running.delete(child);
        resolve({ status, stdout, stderr });
      });
    });
    const url = () =>
      until(() => {
        if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${stdout}${stderr}`);
        return /listening on (\S+)/.exec(stdout + stderr)?.[1];
      });
    return { child, ended, url, output: () => stdout + stderr, stderr: () => stderr };
  }

  /** Runs the command to its end. */
  run(...args: string[]): Promise<Outcome> {
    return this.start(args).ended;
  }

  async #stop(): Promise<void> {
    const open = [...this.#running];
    for (const child of open) child.kill('SIGTERM');
    await Promise.all(
      open.map((child) => new Promise((done) => (child.exitCode === null && !child.killed ? child.on('close', done) : done(0)))),
    );
    rmSync(this.folder, { recursive: true, force: true });
    this.write({ 'package.json': '{"type":"module"}' });
  }
}

/** Asks until there is an answer; a minute at most, for machines with much to do. */
export async function until<T>(ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`It did not come: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
