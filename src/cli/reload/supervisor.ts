import type { Socket } from 'node:net';
import { relative } from 'node:path';
import type { RunOptions } from '../../app/run.js';
import { listenError } from '../../servers/listening.js';
import { PortHolder } from './port-holder.js';
import type { FailurePage, Report, Task } from './supervisor-link.js';
import { failurePage } from './failure-page.js';
import { SupervisedProcess } from './supervised-process.js';
import { Watcher } from './watcher.js';
import { waitAtMost } from '../../support/wait-at-most.js';

/**
 * How long the next process waits for the previous one to end, in milliseconds. The previous one may have open requests for much
 * longer.
 */
const OVERLAP_TIMEOUT = 300;
/** Adapters that accept passed connections. Others listen themselves. */
const PASSING_ADAPTERS = new Set<unknown>([undefined, 'node', 'http2', 'fetch']);
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Supervises until a signal arrives. Rejects when the port is not available. */
export async function supervise(options: RunOptions): Promise<never> {
  if (process.versions.bun !== undefined) throw new Error('The reloader needs node; under Bun, start the app by: bun --watch.');
  if (process.versions.deno !== undefined)
    throw new Error('The reloader needs node; under Deno, start the app by: deno run --watch.');
  if (process.argv[1] === undefined) throw new Error('The reloader starts the program again, so the program must be a file.');
  await new Supervisor(options).start();
  // The child process does the work. The code after `await app.run()` must not run here too.
  return new Promise<never>(() => undefined);
}

class Supervisor {
  readonly #options: RunOptions;
  readonly #portHolder: PortHolder;
  readonly #watcher: Watcher;
  readonly #passesConnections: boolean;
  #task: Task;
  #worker: SupervisedProcess | undefined;
  /** The files that the current process has loaded. */
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
    this.#passesConnections = PASSING_ADAPTERS.has(server) && !isElsewhere && process.env.LISTEN_FDS === undefined;
    this.#task = {
      address: host,
      family: host.includes(':') ? 'IPv6' : 'IPv4',
      port,
      passesConnections: this.#passesConnections,
    };
    this.#portHolder = new PortHolder(host, port, { key, cert } as { key?: string; cert?: string });
    this.#watcher = new Watcher(interval, (files) => void this.#restart(files));
  }

  async start(): Promise<void> {
    try {
      if (this.#passesConnections) {
        const { address, family, port } = await this.#portHolder.open();
        this.#task = { address, family, port, passesConnections: true };
      }
    } catch (error) {
      this.#watcher.close();
      const { host = '127.0.0.1', port = 8080 } = this.#options;
      throw listenError(error as NodeJS.ErrnoException, { host, port });
    }
    for (const signal of SIGNALS) process.on(signal, this.#stop);
    // Connections wait from now on, so the address is already usable.
    if (this.#passesConnections) this.#announce();
    this.#startProcess();
  }

  #startProcess(): void {
    this.#isReady = false;
    this.#page = undefined;
    this.#loaded = new Set();
    this.#startedAt = performance.now();
    const worker: SupervisedProcess = new SupervisedProcess(this.#task, {
      report: (report) => {
        if (worker === this.#worker) this.#onReport(report);
      },
      returned: (socket) => this.#returned(socket),
      ended: (status, signal) => {
        if (worker === this.#worker) void this.#onEnd(status, signal);
      },
    });
    this.#worker = worker;
  }

  #onReport(report: Report): void {
    switch (report.bottlenose) {
      case 'loaded': {
        const own = report.files.filter(([file]) => !/[\\/]node_modules[\\/]/.test(file));
        for (const [file] of own) this.#loaded.add(file);
        this.#watcher.add(own);
        return;
      }
      case 'ready': {
        const worker = this.#worker as SupervisedProcess;
        this.#isReady = true;
        this.#watcher.acceptsNewFiles = false;
        this.#watcher.keep(this.#loaded);
        void this.#watcher.watchTrees(report.folders);
        if (this.#passesConnections) this.#portHolder.mode = { pass: (socket) => worker.pass(socket) };
        if (!this.#passesConnections || this.#reason !== undefined) this.#announce();
        return;
      }
      case 'failing':
        this.#portHolder.mode = { wait: true };
        this.#worker?.returnQueued();
        return;
      case 'failed':
        this.#page = report.page;
    }
  }

  #announce(): void {
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

  /** The process has ended on its own. */
  async #onEnd(status: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.#worker = undefined;
    // New connections wait for the page.
    this.#portHolder.mode = { wait: true };
    // The app was served and has ended intentionally.
    if (this.#isReady && status === 0) return this.#exit(0);
    if (this.#isStopping) return;
    const how = signal === null ? `with status ${status}` : `of ${signal}`;
    const error = new Error(
      `The process ended ${how}${this.#isReady ? '' : ' before it served the app'}. Its output may show the reason.`,
    );
    error.stack = `${error.name}: ${error.message}`;
    const page = this.#page ?? (await failurePage(error));
    if (this.#worker !== undefined || this.#isStopping) return;
    this.#watcher.acceptsNewFiles = true;
    if (!this.#portHolder.isOpen) await this.#portHolder.open().catch(() => undefined);
    this.#portHolder.mode = { answer: page };
    if (this.#options.quiet !== true) process.stderr.write('Bottlenose waits for a file to change.\n');
  }

  #restarting: Promise<void> | undefined;

  async #restart(files: string[]): Promise<void> {
    if (this.#isStopping) return;
    this.#reason = `${relative(process.cwd(), files[0] as string)}${files.length > 1 ? ` and ${files.length - 1} more` : ''} changed`;
    // A restart that has not started a process yet is enough.
    if (this.#restarting !== undefined) return;
    this.#portHolder.mode = { wait: true };
    this.#restarting = this.#replace();
    await this.#restarting;
    this.#restarting = undefined;
    if (!this.#isStopping) this.#startProcess();
  }

  /** Ends the current process, so that the next one can replace it. */
  async #replace(): Promise<void> {
    const previous = this.#worker;
    const wasReady = this.#isReady;
    this.#worker = undefined;
    if (previous !== undefined) {
      const ended = previous.stop();
      // A process that has not served anything has nothing to finish.
      if (!wasReady) previous.kill();
      await (this.#passesConnections ? waitAtMost(OVERLAP_TIMEOUT, ended) : ended);
    }
    if (!this.#passesConnections && this.#portHolder.isOpen) await this.#portHolder.close();
  }

  #returned(socket: Socket): void {
    // The next process or the failure page gets it.
    this.#portHolder.accept(socket);
  }

  #stop = (signal: NodeJS.Signals): void => {
    if (this.#isStopping) {
      this.#worker?.kill();
      process.exit(1);
    }
    this.#isStopping = true;
    this.#watcher.close();
    void Promise.all([this.#worker?.stop(), this.#portHolder.close()]).then(() => {
      for (const one of SIGNALS) process.off(one, this.#stop);
      process.kill(process.pid, signal);
    });
  };

  async #exit(status: number): Promise<void> {
    this.#isStopping = true;
    this.#watcher.close();
    await this.#portHolder.close();
    process.exit(status);
  }
}
