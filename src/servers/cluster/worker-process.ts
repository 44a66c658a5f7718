import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type FromPrimary, type FromWorker, isOurs, WORKER_OF } from './messages.js';
import type { Settings } from './cluster-options.js';
import type { BoundHandle } from './shared-socket.js';

/** How long the plugins of a worker may take to close after its last request, in milliseconds. */
const PLUGINS_TIMEOUT = 5_000;

/**
 * All workers encrypt TLS session tickets with these keys, so that a client resumes its session with any worker.
 *
 * @see https://nodejs.org/api/tls.html#session-resumption
 */
const TICKET_KEYS = randomBytes(48).toString('base64');

interface WorkerEvents {
  /** The worker asks to be replaced. */
  onRetire(worker: ClusterWorker, why: string): void;
  /** Logs a notice. */
  note(text: string): void;
}

/** The primary's view of one worker process. */
export class ClusterWorker {
  readonly #worker: Worker;
  readonly #settings: Settings;
  readonly #events: WorkerEvents;
  readonly #startedAt = performance.now();
  #lastMessageAt = performance.now();
  #isStopping = false;
  #deadline: NodeJS.Timeout | undefined;
  #killReason: string | undefined;
  /** Resolves to the URL when the worker listens. Rejects when it ends before. */
  readonly ready: Promise<string>;
  /** Resolves when the worker has ended. The text says how, for example `exited with code 1`. */
  readonly ended: Promise<string>;
  isReady = false;

  constructor(socket: BoundHandle, settings: Settings, events: WorkerEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#worker = cluster.fork({ [WORKER_OF]: String(process.pid) });
    const worker = this.#worker;
    const spawning = new Promise<string>((resolve) => {
      worker.on('error', (error) => resolve(`could not be started (${error.message})`));
    });
    const exit = once(worker, 'exit').then(([code, signal]) => exitText(code as number | null, signal as string | null));
    this.ended = Promise.race([spawning, exit]).then((how) => {
      clearTimeout(this.#deadline);
      return this.#killReason ?? how;
    });
    this.ready = new Promise((resolve, reject) => {
      const { startTimeout } = settings;
      const startTimer =
        startTimeout > 0 ? setTimeout(() => this.#kill(`did not listen within ${startTimeout} ms`), startTimeout) : undefined;
      void this.ended.then((how) => {
        clearTimeout(startTimer);
        reject(new Error(how));
      });
      worker.on('message', (message: unknown) => {
        if (!isOurs<FromWorker>(message)) return;
        this.#lastMessageAt = performance.now();
        if (message.bottlenose === 'hello') this.#sendSocket(socket);
        else if (message.bottlenose === 'retire') events.onRetire(this, message.why);
        else if (message.bottlenose === 'ready') {
          clearTimeout(startTimer);
          this.isReady = true;
          resolve(message.url);
        }
      });
    });
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** How long the worker has run, in milliseconds. */
  get age(): number {
    return performance.now() - this.#startedAt;
  }

  /** Kills the worker when its last message is too old. `stalled` is how long the primary itself was blocked, in milliseconds. */
  checkHealth(stalled: number): void {
    const { healthTimeout } = this.#settings;
    this.#lastMessageAt += stalled;
    if (!this.isReady || this.#killReason !== undefined || performance.now() - this.#lastMessageAt <= healthTimeout) return;
    this.#kill(`was killed, for its event loop was blocked for more than ${healthTimeout} ms (healthTimeout)`);
  }

  /** Lets the worker answer its open requests and end. It is killed when that takes too long. */
  stop(lingering: boolean): void {
    this.#isStopping = true;
    if (!this.isReady) {
      this.#worker.process.kill('SIGKILL');
      return;
    }
    this.#send({ bottlenose: 'stop', lingering });
    if (this.#deadline !== undefined) return;
    const limit = this.#settings.shutdownTimeout + PLUGINS_TIMEOUT;
    this.#deadline = setTimeout(() => {
      this.#events.note(`Worker ${this.pid} has not stopped within ${limit} ms, and is killed.`);
      this.#worker.process.kill('SIGKILL');
    }, limit);
  }

  #sendSocket(socket: BoundHandle): void {
    // The primary closes its socket when it stops the workers.
    if (!this.#isStopping) this.#send({ bottlenose: 'socket', ticketKeys: TICKET_KEYS }, socket);
  }

  #kill(reason: string): void {
    this.#killReason = reason;
    this.#worker.process.kill('SIGKILL');
  }

  #send(message: FromPrimary, handle?: BoundHandle): void {
    if (!this.#worker.isConnected()) return;
    // The worker may end at any time. Its `exit` event reports that.
    this.#worker.process.send(message, handle as never, {}, () => undefined);
  }
}

function exitText(code: number | null, signal: string | null): string {
  return signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
}
