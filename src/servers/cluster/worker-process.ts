import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type FromPrimary, type FromWorker, isOurs, WORKER_OF } from './messages.js';
import type { Settings } from './cluster-options.js';
import type { BoundHandle } from './shared-socket.js';

/** How long the plugins of a worker may take to close after its last request, in milliseconds. */
const CLOSING = 5_000;

/**
 * What all workers encrypt the session tickets of TLS with, so that a client resumes its session whichever takes its next connection.
 *
 * @see https://nodejs.org/api/tls.html#session-resumption
 */
const TICKET_KEYS = randomBytes(48).toString('base64');

export interface HandEvents {
  /** The worker wants to be replaced. */
  retires(hand: Hand, why: string): void;
  /** For the log. */
  note(text: string): void;
}

/** One worker process, seen from the primary. */
export class Hand {
  readonly #worker: Worker;
  readonly #settings: Settings;
  readonly #events: HandEvents;
  readonly #born = performance.now();
  #lastSeen = performance.now();
  #isStopping = false;
  #deadline: NodeJS.Timeout | undefined;
  #death: string | undefined;
  /** Resolves to the URL when it listens; rejects when it ends before. */
  readonly ready: Promise<string>;
  /** Resolves when it has ended, to how: `exited with code 1`. */
  readonly ended: Promise<string>;
  isReady = false;

  constructor(socket: BoundHandle, settings: Settings, events: HandEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#worker = cluster.fork({ [WORKER_OF]: String(process.pid) });
    const worker = this.#worker;
    const spawning = new Promise<string>((resolve) => {
      worker.on('error', (error) => resolve(`could not be started (${error.message})`));
    });
    const exit = once(worker, 'exit').then(([code, signal]) => howItEnded(code as number | null, signal as string | null));
    this.ended = Promise.race([spawning, exit]).then((how) => {
      clearTimeout(this.#deadline);
      return this.#death ?? how;
    });
    this.ready = new Promise((resolve, reject) => {
      const { startTimeout } = settings;
      const late =
        startTimeout > 0 ? setTimeout(() => this.#kill(`did not listen within ${startTimeout} ms`), startTimeout) : undefined;
      void this.ended.then((how) => {
        clearTimeout(late);
        reject(new Error(how));
      });
      worker.on('message', (message: unknown) => {
        if (!isOurs<FromWorker>(message)) return;
        this.#lastSeen = performance.now();
        if (message.bottlenose === 'hello') this.#send({ bottlenose: 'socket', ticketKeys: TICKET_KEYS }, socket);
        else if (message.bottlenose === 'retire') events.retires(this, message.why);
        else if (message.bottlenose === 'ready') {
          clearTimeout(late);
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

  /** How long it has lived, in milliseconds. */
  get age(): number {
    return performance.now() - this.#born;
  }

  /** Kills it when it has not been heard of for too long. `stalled`: for how long the primary itself could not listen. */
  checkHealth(stalled: number): void {
    const { healthTimeout } = this.#settings;
    this.#lastSeen += stalled;
    if (!this.isReady || this.#death !== undefined || performance.now() - this.#lastSeen <= healthTimeout) return;
    this.#kill(`was killed, for its event loop was blocked for more than ${healthTimeout} ms (healthTimeout)`);
  }

  /** Lets it answer what it has taken, then end. What has not ended in time is killed. */
  stop(lingering: boolean): void {
    this.#isStopping = true;
    if (!this.isReady) {
      this.#worker.process.kill('SIGKILL');
      return;
    }
    this.#send({ bottlenose: 'stop', lingering });
    if (this.#deadline !== undefined) return;
    const limit = this.#settings.shutdownTimeout + CLOSING;
    this.#deadline = setTimeout(() => {
      this.#events.note(`Worker ${this.pid} has not stopped within ${limit} ms, and is killed.`);
      this.#worker.process.kill('SIGKILL');
    }, limit);
  }

  #kill(death: string): void {
    this.#death = death;
    this.#worker.process.kill('SIGKILL');
  }

  #send(message: FromPrimary, handle?: BoundHandle): void {
    if (!this.#worker.isConnected()) return;
    // It may die at any time, which its exit tells.
    this.#worker.process.send(message, handle as never, {}, () => undefined);
  }
}

function howItEnded(code: number | null, signal: string | null): string {
  return signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
}
