import cluster from 'node:cluster';
import { type RunningServer, type ServedApp, ServerNotice, type SupervisedServer } from '../../http/gateway/server-adapter.js';
import { ClusterWorker } from './worker-process.js';
import type { Settings } from './cluster-options.js';
import { type WorkerSupervisor, MAX_FAILURES, WorkerSlot } from './worker-slot.js';
import { type BoundHandle, bindSocket } from './shared-socket.js';

/** The process that starts the workers and keeps the socket on which they listen. */
export class Primary implements SupervisedServer, WorkerSupervisor {
  readonly #app: ServedApp;
  readonly #settings: Settings;
  readonly #socket: BoundHandle;
  readonly #release: () => void;
  readonly #workers = new Set<ClusterWorker>();
  readonly #slots: readonly WorkerSlot[];
  readonly #ending = new AbortController();
  #url = '';
  #stop: (() => Promise<void>) | undefined;
  #healthCheck: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;
  #reloading: Promise<void> = Promise.resolve();
  /** A reload that waits for the current one. All requests that arrive meanwhile share it. */
  #nextReload: Promise<void> | undefined;

  /**
   * Resolves when all workers listen.
   *
   * @param release called when the cluster has ended.
   */
  static async start(app: ServedApp, settings: Settings, release: () => void): Promise<RunningServer> {
    const exec = process.argv[1];
    if (exec === undefined) {
      throw new TypeError(
        "run({ server: 'cluster' }) runs the program's script again for each worker, but there is no script: start node with a file.",
      );
    }
    const socket = await bindSocket(settings);
    cluster.setupPrimary({ exec, args: process.argv.slice(2), execArgv: process.execArgv });
    const primary = new this(app, settings, socket, release);
    try {
      await primary.#open();
    } catch (error) {
      await primary.close();
      throw error;
    }
    return primary;
  }

  constructor(app: ServedApp, settings: Settings, socket: BoundHandle, release: () => void) {
    this.#app = app;
    this.#settings = settings;
    this.#socket = socket;
    this.#release = release;
    this.#slots = Array.from({ length: settings.workers }, () => new WorkerSlot(this));
  }

  get url(): string {
    return this.#url;
  }

  async #open(): Promise<void> {
    process.on('SIGHUP', this.#onHangup);
    this.#watchHealth();
    // After the start, `run` handles these signals.
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    try {
      [this.#url = ''] = await Promise.all(this.#slots.map((slot) => slot.open()));
    } catch (error) {
      // A signal arrived. The process ends with it when all workers have ended.
      if (this.closing.aborted) await new Promise(() => undefined);
      throw new ServerNotice(startFailure((error as Error).message));
    } finally {
      for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    }
  }

  #onSignal = (signal: NodeJS.Signals): void => {
    void this.close().then(() => {
      for (const source of SIGNALS) process.off(source, this.#onSignal);
      process.kill(process.pid, signal);
    });
  };

  // The interface WorkerSupervisor

  spawn(): ClusterWorker {
    const worker = new ClusterWorker(this.#socket, this.#settings, {
      onRetire: (source, why) => this.#retire(source, why),
      note: (text) => this.note(text),
    });
    this.#workers.add(worker);
    void worker.ended.then(() => this.#workers.delete(worker));
    return worker;
  }

  note(text: string): void {
    this.#app.log?.(new ServerNotice(text));
  }

  abandon(last: string): void {
    if (this.#slots.some((slot) => slot.isOccupied)) return;
    this.note(startFailure(last));
    void (this.#stop ?? (() => this.close()))().then(() => process.exit(1));
    this.#ending.abort();
    this.#ending.signal.throwIfAborted();
  }

  get closing(): AbortSignal {
    return this.#ending.signal;
  }

  #retire(worker: ClusterWorker, why: string): void {
    if (worker.isStopping || this.closing.aborted) return;
    this.note(`Worker ${worker.pid} is being replaced: ${why}.`);
    for (const slot of this.#slots) slot.retire(worker).catch(() => undefined);
  }

  // The interface SupervisedServer

  attend(stop: () => Promise<void>): void {
    this.#stop = stop;
  }

  /**
   * Replaces all workers, one after another, by new ones that load the program again.
   *
   * @throws (rejects) Error when a new worker does not start. The workers that are not replaced yet continue.
   */
  reload(): Promise<void> {
    this.closing.throwIfAborted();
    this.#nextReload ??= this.#reloading.then(async () => {
      this.#nextReload = undefined;
      const done = this.#reload();
      this.#reloading = done.catch(() => undefined);
      await done;
    });
    return this.#nextReload;
  }

  async #reload(): Promise<void> {
    for (const slot of this.#slots) {
      try {
        await slot.reload();
      } catch (error) {
        this.closing.throwIfAborted();
        throw new ServerNotice(
          `The reload was stopped: the new worker ${(error as Error).message} before it listened, ${MAX_FAILURES} times in a row. See its output for the reason. The old workers continue.`,
        );
      }
    }
  }

  #onHangup = (): void => {
    if (this.closing.aborted) return;
    this.reload().then(
      () => this.note(`All ${this.#slots.length} workers have been replaced.`),
      (error: unknown) => {
        if (!this.closing.aborted) this.#app.log?.(error as Error);
      },
    );
  };

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    // New connections are refused from now on. Otherwise the system would accept them, and reset them when the last worker has ended.
    this.#socket.close();
    for (const worker of this.#workers) worker.stop(false);
    await Promise.all([...this.#workers].map((worker) => worker.ended));
    clearInterval(this.#healthCheck);
    process.off('SIGHUP', this.#onHangup);
    this.#release();
  }

  #watchHealth(): void {
    const { healthTimeout } = this.#settings;
    if (healthTimeout === 0) return;
    const every = Math.max(10, Math.min(1000, healthTimeout / 4));
    let expected = performance.now() + every;
    this.#healthCheck = setInterval(() => {
      // A stopped or blocked primary receives no messages.
      const stalled = Math.max(0, performance.now() - expected);
      expected = performance.now() + every;
      for (const worker of this.#workers) worker.checkHealth(stalled);
    }, every);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function startFailure(last: string): string {
  return `The workers do not start: the last one ${last} before it listened, ${MAX_FAILURES} times in a row. See its output for the reason.`;
}
