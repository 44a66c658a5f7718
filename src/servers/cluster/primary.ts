import cluster from 'node:cluster';
import { type RunningServer, type ServedApp, ServerNotice, type SupervisedServer } from '../../http/gateway/server-adapter.js';
import { Hand } from './worker-process.js';
import type { Settings } from './cluster-options.js';
import { type Office, PATIENCE, Seat } from './worker-slot.js';
import { type BoundHandle, bindSocket } from './shared-socket.js';

/** The process that starts the workers, and holds the socket on which they listen. */
export class Primary implements SupervisedServer, Office {
  readonly #app: ServedApp;
  readonly #settings: Settings;
  readonly #socket: BoundHandle;
  readonly #release: () => void;
  readonly #hands = new Set<Hand>();
  readonly #seats: readonly Seat[];
  readonly #ending = new AbortController();
  #url = '';
  #stop: (() => Promise<void>) | undefined;
  #watch: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;
  #reloading: Promise<void> = Promise.resolve();
  /** A reload that waits for the one before it; it serves for all who want one meanwhile. */
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
        "run({ server: 'cluster' }) runs the program's script again for each worker, and there is none: start node with a file.",
      );
    }
    const socket = await bindSocket(settings.host, settings.port);
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
    this.#seats = Array.from({ length: settings.workers }, () => new Seat(this));
  }

  get url(): string {
    return this.#url;
  }

  async #open(): Promise<void> {
    process.on('SIGHUP', this.#hangup);
    this.#watchHealth();
    // Later, `run` minds them.
    for (const signal of SIGNALS) process.on(signal, this.#breakOff);
    try {
      [this.#url = ''] = await Promise.all(this.#seats.map((seat) => seat.open()));
    } catch (error) {
      // What `closing` says is that a signal came, of which the process dies when all have ended.
      if (this.closing.aborted) await new Promise(() => undefined);
      throw new ServerNotice(desperate((error as Error).message));
    } finally {
      for (const signal of SIGNALS) process.off(signal, this.#breakOff);
    }
  }

  #breakOff = (signal: NodeJS.Signals): void => {
    void this.close().then(() => {
      for (const one of SIGNALS) process.off(one, this.#breakOff);
      process.kill(process.pid, signal);
    });
  };

  // What its seats need

  hire(): Hand {
    const hand = new Hand(this.#socket, this.#settings, {
      retires: (one, why) => this.#retire(one, why),
      note: (text) => this.note(text),
    });
    this.#hands.add(hand);
    void hand.ended.then(() => this.#hands.delete(hand));
    return hand;
  }

  note(text: string): void {
    this.#app.log?.(new ServerNotice(text));
  }

  despair(last: string): void {
    if (this.#seats.some((seat) => seat.isTaken)) return;
    this.note(desperate(last));
    void (this.#stop ?? (() => this.close()))().then(() => process.exit(1));
    this.#ending.abort();
    this.#ending.signal.throwIfAborted();
  }

  get closing(): AbortSignal {
    return this.#ending.signal;
  }

  #retire(hand: Hand, why: string): void {
    if (hand.isStopping || this.closing.aborted) return;
    this.note(`Worker ${hand.pid} is being replaced: ${why}.`);
    for (const seat of this.#seats) seat.retire(hand).catch(() => undefined);
  }

  // What its program may ask

  attend(stop: () => Promise<void>): void {
    this.#stop = stop;
  }

  /**
   * Replaces all workers, one after another, by ones that load the program anew.
   *
   * @throws Error (rejects) when a new worker does not start; those that are not replaced by then go on.
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
    for (const seat of this.#seats) {
      try {
        await seat.reload();
      } catch (error) {
        this.closing.throwIfAborted();
        throw new ServerNotice(
          `The reload was given up, for the new worker ${(error as Error).message} before it listened, ${PATIENCE} times in a row; what it printed tells why. The old workers go on.`,
        );
      }
    }
  }

  #hangup = (): void => {
    if (this.closing.aborted) return;
    this.reload().then(
      () => this.note(`All ${this.#seats.length} workers have been replaced.`),
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
    for (const hand of this.#hands) hand.stop(false);
    await Promise.all([...this.#hands].map((hand) => hand.ended));
    clearInterval(this.#watch);
    process.off('SIGHUP', this.#hangup);
    this.#socket.close();
    this.#release();
  }

  #watchHealth(): void {
    const { healthTimeout } = this.#settings;
    if (healthTimeout === 0) return;
    const every = Math.max(10, Math.min(1000, healthTimeout / 4));
    let expected = performance.now() + every;
    this.#watch = setInterval(() => {
      // While this process was stopped or blocked, it heard of nobody.
      const stalled = Math.max(0, performance.now() - expected);
      expected = performance.now() + every;
      for (const hand of this.#hands) hand.checkHealth(stalled);
    }, every);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function desperate(last: string): string {
  return `The workers do not start: the last one ${last} before it listened, ${PATIENCE} times in a row. What it printed tells why.`;
}
