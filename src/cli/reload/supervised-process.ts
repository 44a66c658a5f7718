import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { type Command, type Report, TASK, type Task } from './supervisor-link.js';
import { waitAtMost } from '../../support/wait-at-most.js';

/** How long a process may take to end after it is told to, in milliseconds. Its open requests have 10 seconds. */
const STOP_TIMEOUT = 12_000;

/** How long to wait for the last reports of a process that has ended, in milliseconds. */
const REPORT_TIMEOUT = 500;

/** The events of a supervised process. */
interface ProcessEvents {
  report(report: Report): void;
  /** A connection that was not passed on. Another process or the failure page must take it. */
  returned(socket: Socket): void;
  ended(status: number | null, signal: NodeJS.Signals | null): void;
}

/** The program, started again as a child process that serves the app. */
export class SupervisedProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #events: ProcessEvents;
  readonly #queue: Socket[] = [];
  #isSending = false;
  #isStopping = false;

  constructor(task: Task, events: ProcessEvents) {
    const preload = import.meta.resolve('#reload-preload');
    const args = [...process.execArgv, '--import', preload, ...process.argv.slice(1)];
    this.#child = spawn(process.execPath, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [TASK]: JSON.stringify(task) },
    });
    this.#events = events;
    this.#child.on('message', (report: Report) => {
      if (report?.bottlenose === 'taken') {
        this.#isSending = this.#isStopping;
        this.#next();
      } else if (typeof report?.bottlenose === 'string') events.report(report);
    });
    // A failed send is detected by the end of the process.
    this.#child.on('error', () => undefined);
    // The last reports may be read only after the process has ended.
    const disconnected = new Promise<void>((resolve) => this.#child.once('disconnect', resolve));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', async (status, signal) => {
        await waitAtMost(REPORT_TIMEOUT, disconnected);
        resolve();
        events.ended(status, signal);
        this.returnQueued();
      });
    });
  }

  /**
   * Passes an unread connection to the process. Connections are passed one at a time: those in Node's own queue would be lost
   * without notice if the process ended.
   */
  pass(socket: Socket): void {
    this.#queue.push(socket);
    this.#next();
  }

  #next(): void {
    if (this.#isSending || !this.#child.connected) return;
    const socket = this.#queue.shift();
    if (socket === undefined) return;
    this.#isSending = true;
    this.#send('connection', socket);
  }

  /** Returns the connections that are not passed on yet. */
  returnQueued(): void {
    for (const socket of this.#queue.splice(0)) this.#events.returned(socket);
  }

  /** Lets the process answer its open requests and end. */
  stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#ended;
    this.#isStopping = true;
    this.#isSending = true;
    this.returnQueued();
    if (this.#child.connected) this.#send('stop');
    const deadline = setTimeout(() => this.kill(), STOP_TIMEOUT);
    return this.#ended.finally(() => clearTimeout(deadline));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #send(bottlenose: Command['bottlenose'], socket?: Socket): void {
    const command: Command = { bottlenose };
    // A failed send is detected by the end of the process.
    this.#child.send(command, socket, undefined, () => undefined);
  }
}
