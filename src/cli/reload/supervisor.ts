import type { Socket } from 'node:net';
import { relative } from 'node:path';
import type { RunOptions } from '../../app/run.js';
import { listenError } from '../../servers/listening.js';
import { Gate } from './port-holder.js';
import type { FailurePage, Report, Task } from './supervisor-link.js';
import { failurePage } from './failure-page.js';
import { Worker } from './supervised-process.js';
import { Watcher } from './watcher.js';

/** How long the next process waits for the one before it to end, in milliseconds: it may have open requests for long. */
const OVERLAP = 300;
/** The adapters that can be handed connections. Others listen themselves. */
const TAKING = new Set<unknown>([undefined, 'node', 'http2', 'fetch']);
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Supervises until a signal comes. Rejects if the port cannot be had. */
export async function supervise(options: RunOptions): Promise<never> {
  if (process.versions.bun !== undefined) throw new Error('The reloader needs node; under Bun, start the app by: bun --watch.');
  if (process.versions.deno !== undefined)
    throw new Error('The reloader needs node; under Deno, start the app by: deno run --watch.');
  if (process.argv[1] === undefined) throw new Error('The reloader starts the program once more, so it has to be in a file.');
  await new Supervisor(options).start();
  // The work is done elsewhere: whatever follows `await app.run()` is not to happen here as well.
  return new Promise<never>(() => undefined);
}

class Supervisor {
  readonly #options: RunOptions;
  readonly #gate: Gate;
  readonly #watcher: Watcher;
  readonly #isHanded: boolean;
  #task: Task;
  #worker: Worker | undefined;
  /** The files that the present process has loaded. */
  #loaded = new Set<string>();
  #isReady = false;
  #isStopping = false;
  #page: FailurePage | undefined;
  #startedAt = 0;
  #reason: string | undefined;

  constructor(options: RunOptions) {
    const { host = '127.0.0.1', port = 8080, server, key, cert, interval = 1000 } = options;
    this.#options = options;
    const isElsewhere = host.startsWith('unix:') || options.socket !== undefined || options.fd !== undefined;
    this.#isHanded = TAKING.has(server) && !isElsewhere && process.env.LISTEN_FDS === undefined;
    this.#task = { address: host, family: host.includes(':') ? 'IPv6' : 'IPv4', port, isHanded: this.#isHanded };
    this.#gate = new Gate(host, port, { key, cert } as { key?: string; cert?: string });
    this.#watcher = new Watcher(interval, (files) => void this.#restart(files));
  }

  async start(): Promise<void> {
    try {
      if (this.#isHanded) {
        const { address, family, port } = await this.#gate.open();
        this.#task = { address, family, port, isHanded: true };
      }
    } catch (error) {
      this.#watcher.close();
      const { host = '127.0.0.1', port = 8080 } = this.#options;
      throw listenError(error as NodeJS.ErrnoException, { host, port });
    }
    for (const signal of SIGNALS) process.on(signal, this.#stop);
    // From now on connections wait, so the address is good already.
    if (this.#isHanded) this.#say();
    this.#work();
  }

  #work(): void {
    this.#isReady = false;
    this.#page = undefined;
    this.#loaded = new Set();
    this.#startedAt = performance.now();
    const worker: Worker = new Worker(this.#task, {
      report: (report) => {
        if (worker === this.#worker) this.#hear(report);
      },
      returned: (socket) => this.#returned(socket),
      ended: (status, signal) => {
        if (worker === this.#worker) void this.#ended(status, signal);
      },
    });
    this.#worker = worker;
  }

  #hear(report: Report): void {
    switch (report.bottlenose) {
      case 'loaded': {
        const own = report.files.filter((file) => !/[\\/]node_modules[\\/]/.test(file));
        for (const file of own) this.#loaded.add(file);
        void this.#watcher.add(own);
        return;
      }
      case 'ready': {
        const worker = this.#worker as Worker;
        this.#isReady = true;
        this.#watcher.isHopeful = false;
        this.#watcher.keep(this.#loaded);
        void this.#watcher.watchTrees(report.folders);
        if (this.#isHanded) this.#gate.mode = { hand: (socket) => worker.hand(socket) };
        if (!this.#isHanded || this.#reason !== undefined) this.#say();
        return;
      }
      case 'failing':
        this.#gate.mode = { wait: true };
        this.#worker?.giveBack();
        return;
      case 'failed':
        this.#page = report.page;
    }
  }

  #say(): void {
    if (this.#options.quiet === true) return;
    const { address, family, port } = this.#task;
    const url = `${this.#options.key === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    const took = `${Math.round(performance.now() - this.#startedAt)} ms`;
    const where = address.startsWith('unix:') ? address : url;
    process.stderr.write(
      this.#reason === undefined
        ? `Bottlenose is listening on ${where} and restarts when a file changes (hit Ctrl-C to quit).\n`
        : `Bottlenose is listening on ${where} again after ${took}: ${this.#reason}.\n`,
    );
  }

  /** The process ended without having been told to. */
  async #ended(status: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.#worker = undefined;
    // What comes now waits for the page.
    this.#gate.mode = { wait: true };
    // It was served, and has been ended on purpose.
    if (this.#isReady && status === 0) return this.#leave(0);
    if (this.#isStopping) return;
    const how = signal === null ? `with status ${status}` : `of ${signal}`;
    const plain = new Error(
      `The process ended ${how}${this.#isReady ? '' : ' before it served the app'}. It may have said why where it was started.`,
    );
    plain.stack = `${plain.name}: ${plain.message}`;
    const page = this.#page ?? (await failurePage(plain));
    if (this.#worker !== undefined || this.#isStopping) return;
    this.#watcher.isHopeful = true;
    if (!this.#gate.isOpen) await this.#gate.open().catch(() => undefined);
    this.#gate.mode = { answer: page };
    if (this.#options.quiet !== true) process.stderr.write('Bottlenose waits for a file to change.\n');
  }

  #restarting: Promise<void> | undefined;

  async #restart(files: string[]): Promise<void> {
    if (this.#isStopping) return;
    this.#reason = `${relative(process.cwd(), files[0] as string)}${files.length > 1 ? ` and ${files.length - 1} more` : ''} changed`;
    // One that has begun and started nothing yet will do.
    if (this.#restarting !== undefined) return;
    this.#gate.mode = { wait: true };
    this.#restarting = this.#replace();
    await this.#restarting;
    this.#restarting = undefined;
    if (!this.#isStopping) this.#work();
  }

  /** Ends the present process, so that the next can take its place. */
  async #replace(): Promise<void> {
    const before = this.#worker;
    const wasReady = this.#isReady;
    this.#worker = undefined;
    if (before !== undefined) {
      const ended = before.stop();
      // One that has served nothing yet has nothing to finish.
      if (!wasReady) before.kill();
      await (this.#isHanded ? Promise.race([ended, new Promise((resolve) => setTimeout(resolve, OVERLAP))]) : ended);
    }
    if (!this.#isHanded && this.#gate.isOpen) await this.#gate.close();
  }

  #returned(socket: Socket): void {
    // Its turn comes again: with the next process, or with the page.
    this.#gate.take(socket);
  }

  #stop = (signal: NodeJS.Signals): void => {
    if (this.#isStopping) {
      this.#worker?.kill();
      process.exit(1);
    }
    this.#isStopping = true;
    this.#watcher.close();
    void Promise.all([this.#worker?.stop(), this.#gate.close()]).then(() => {
      for (const one of SIGNALS) process.off(one, this.#stop);
      process.kill(process.pid, signal);
    });
  };

  async #leave(status: number): Promise<void> {
    this.#isStopping = true;
    this.#watcher.close();
    await this.#gate.close();
    process.exit(status);
  }
}
