import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll } from '@jest/globals';
import { RawClient } from '../raw-client.js';

export interface Said {
  event: string;
  pid: number;
  primary: boolean;
  url?: string;
}

export const LIMIT = 60_000;

/** Waits for something to become true, for at most a minute. */
export async function until<T>(check: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
  for (const begun = Date.now(); Date.now() - begun < LIMIT; ) {
    const found = await check();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited too long for ${what}.`);
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
let built: Promise<string> | undefined;
const outdirs: string[] = [];
afterAll(() => {
  for (const outdir of outdirs) rmSync(outdir, { recursive: true, force: true });
});

/** The fixtures in one piece with the sources: a loader would take a second for each of the processes that these tests start. */
async function build(): Promise<string> {
  // In a folder from which packages are found.
  const outdir = `${root}node_modules/.cache/cluster-fixtures-${process.pid}`;
  const entries = `${root}test/servers/cluster/fixtures/*.mjs`;
  const args = ['--bundle', '--splitting', '--packages=external', '--platform=node', '--format=esm', '--out-extension:.js=.mjs'];
  const raw = '{"compilerOptions":{"experimentalDecorators":true,"emitDecoratorMetadata":true}}';
  const command = `${root}node_modules/esbuild/bin/esbuild`;
  await promisify(execFile)(command, [entries, ...args, '--keep-names', `--tsconfig-raw=${raw}`, `--outdir=${outdir}`]);
  outdirs.push(outdir);
  return outdir;
}

/** A program of `fixtures/` that runs a cluster, with all that it prints. */
export class Program {
  readonly child: ChildProcess;
  readonly said: Said[] = [];
  readonly errors: string[] = [];
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  url = '';

  /** @param socket a descriptor that the program gets as systemd passes a socket. */
  constructor(file: string, options: object, socket?: number) {
    const announce = socket === undefined ? '' : 'LISTEN_PID=$$ LISTEN_FDS=1 ';
    this.child = spawn('sh', ['-c', `${announce}exec "$0" "$@"`, process.execPath, file, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe', ...(socket === undefined ? [] : [socket])],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.said.push(JSON.parse(line)));
    createInterface({ input: this.child.stderr as NodeJS.ReadableStream }).on('line', (line) => this.errors.push(line));
    this.exited = once(this.child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  }

  static async spawn(options: object, script = 'app.mjs', socket?: number): Promise<Program> {
    built ??= build();
    return new Program(`${await built}/${script}`, options, socket);
  }

  /** Resolves once `run` has, in the primary and in as many workers. */
  static async start(options: { workers: number; file?: string }, script?: string, socket?: number): Promise<Program> {
    const program = await Program.spawn(options, script, socket);
    const first = await until(
      () => program.child.exitCode !== null || program.said.find(({ event, primary }) => event === 'running' && primary),
      'the cluster',
    );
    if (first === true) throw new Error(`The program ended: ${program.errors.join('\n')}`);
    await until(() => program.workers.length >= options.workers, 'its workers');
    program.url = first.url as string;
    return program;
  }

  events(event: string): Said[] {
    return this.said.filter((one) => one.event === event);
  }

  /** The workers that have ever listened. */
  get workers(): number[] {
    return this.events('running').flatMap(({ pid, primary }) => (primary ? [] : [pid]));
  }

  /** Those that live. */
  get living(): number[] {
    return this.workers.filter(isAlive);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill('SIGTERM');
    await this.exited;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function get(path: string, ...headers: string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n');
}

/** One request on a connection of its own. */
export async function ask(url: string, path: string) {
  const client = await RawClient.connect(url);
  const answer = await client.send(get(path, 'Connection: close')).answer();
  client.close();
  if (answer?.status !== 200) throw new Error(`${path} was answered ${answer?.status} ${answer?.text}`);
  return JSON.parse(answer.text);
}

/** Clients that ask without end, on connections that they keep while the server does; some pause between requests. */
export class Load {
  answered = 0;
  readonly failures: string[] = [];
  readonly pids = new Set<number>();
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(url: string, clients = 8) {
    this.#clients = Array.from({ length: clients }, (_, i) => this.#client(url, i));
  }

  async #client(url: string, index: number): Promise<void> {
    while (!this.#isOver) {
      try {
        const client = await RawClient.connect(url);
        for (let open = true; open && !this.#isOver; ) {
          const answer = await client.send(get('/pid')).answer();
          if (answer?.status !== 200) throw new Error(`answered ${answer?.status}`);
          this.answered++;
          this.pids.add(JSON.parse(answer.text).pid);
          open = answer.headers.connection === 'keep-alive';
          await new Promise((resolve) => setTimeout(resolve, index % 2 === 0 ? 1 : Math.random() * 200));
        }
        client.close();
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }
}
