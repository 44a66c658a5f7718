import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { type Order, type Report, TASK, type Task } from './link.js';

/** How long a process may take to end once it is told to, in milliseconds: its open requests have 10 seconds. */
const PATIENCE = 12_000;

/** How long to wait for what a process that has ended may have told, in milliseconds. */
const LAST_WORDS = 500;

/** What becomes of a supervised process. */
export interface Events {
  report(report: Report): void;
  /** A connection that could not be handed over, for somebody else to take. */
  returned(socket: Socket): void;
  ended(status: number | null, signal: NodeJS.Signals | null): void;
}

/** This very program, started once more, to do the work. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(task: Task, events: Events) {
    const preload = import.meta.resolve('#reload-preload');
    const args = [...process.execArgv, '--import', preload, ...process.argv.slice(1)];
    this.#child = spawn(process.execPath, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [TASK]: JSON.stringify(task) },
    });
    this.#events = events;
    this.#child.on('message', (report: Report) => {
      if (typeof report?.bottlenose === 'string') events.report(report);
    });
    // What cannot be sent any more is noticed by its end.
    this.#child.on('error', () => undefined);
    // What it has told last may be read only after its end.
    const told = new Promise<void>((resolve) => this.#child.once('disconnect', resolve));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', async (status, signal) => {
        await Promise.race([told, new Promise((late) => setTimeout(late, LAST_WORDS))]);
        resolve();
        events.ended(status, signal);
      });
    });
  }

  readonly #events: Events;

  /** Hands a connection over, not a byte of which has been read. */
  hand(socket: Socket): void {
    if (!this.#child.connected) {
      this.#events.returned(socket);
      return;
    }
    this.#send('connection', socket);
  }

  /** Has it answer what it has taken, and end. */
  stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#ended;
    if (this.#child.connected) this.#send('stop');
    const deadline = setTimeout(() => this.kill(), PATIENCE);
    return this.#ended.finally(() => clearTimeout(deadline));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #send(bottlenose: Order['bottlenose'], socket?: Socket): void {
    const order: Order = { bottlenose };
    this.#child.send(order, socket, undefined, (error) => {
      if (error !== null && socket !== undefined && !socket.destroyed) this.#events.returned(socket);
    });
  }
}
