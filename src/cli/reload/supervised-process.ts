import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { type Order, type Report, TASK, type Task } from './supervisor-link.js';

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
  readonly #events: Events;
  readonly #queue: Socket[] = [];
  #isHanding = false;
  #isStopping = false;

  constructor(task: Task, events: Events) {
    const preload = import.meta.resolve('#reload-preload');
    const args = [...process.execArgv, '--import', preload, ...process.argv.slice(1)];
    this.#child = spawn(process.execPath, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [TASK]: JSON.stringify(task) },
    });
    this.#events = events;
    this.#child.on('message', (report: Report) => {
      if (report?.bottlenose === 'taken') {
        this.#isHanding = this.#isStopping;
        this.#next();
      } else if (typeof report?.bottlenose === 'string') events.report(report);
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
        this.giveBack();
      });
    });
  }

  /**
   * Hands a connection over, not a byte of which has been read. One at a time: of those that wait inside node for their turn,
   * nothing would be heard any more when the process ends before that.
   */
  hand(socket: Socket): void {
    this.#queue.push(socket);
    this.#next();
  }

  #next(): void {
    if (this.#isHanding || !this.#child.connected) return;
    const socket = this.#queue.shift();
    if (socket === undefined) return;
    this.#isHanding = true;
    this.#send('connection', socket);
  }

  /** Gives back what has not been handed over. */
  giveBack(): void {
    for (const socket of this.#queue.splice(0)) this.#events.returned(socket);
  }

  /** Has it answer what it has taken, and end. */
  stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#ended;
    this.#isStopping = true;
    this.#isHanding = true;
    this.giveBack();
    if (this.#child.connected) this.#send('stop');
    const deadline = setTimeout(() => this.kill(), PATIENCE);
    return this.#ended.finally(() => clearTimeout(deadline));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #send(bottlenose: Order['bottlenose'], socket?: Socket): void {
    const order: Order = { bottlenose };
    // What does not get through is noticed by the end of the process.
    this.#child.send(order, socket, undefined, () => undefined);
  }
}
