// The entry point that a supervised process loads first. It records the loaded files, reports errors to the supervisor, and
// receives the connections that it passes on.
import module, { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { stateOf } from './file-state.js';
import {
  type Command,
  type LoadedFile,
  type Report,
  type SupervisorLink,
  setSupervisorLink,
  TASK,
  type Task,
} from './supervisor-link.js';

const taskText = process.env[TASK];
// Child processes of the app are not supervised.
delete process.env[TASK];
if (taskText !== undefined && process.send !== undefined) connectToSupervisor(JSON.parse(taskText) as Task);

function connectToSupervisor(task: Task): void {
  const waiting: Socket[] = [];
  let serve: ((socket: Socket) => void) | undefined;
  const supervisorLink: SupervisorLink = {
    task,
    onConnection(handler) {
      serve = handler;
      // Without a listening socket, the IPC channel must keep this process alive.
      process.channel?.ref();
      for (const socket of waiting.splice(0)) handler(socket);
    },
    loaded: (files) => send({ bottlenose: 'loaded', files: files.map((file) => [file, stateOf(file)]) }),
    ready: (folders) => send({ bottlenose: 'ready', folders }),
    async failed(error) {
      const { failurePage } = await import('./failure-page.js');
      // Reports of the hooks thread come first.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise<void>((resolve) => {
        failurePage(error).then(
          (page) => send({ bottlenose: 'failed', page }, resolve),
          () => resolve(),
        );
      });
    },
  };
  setSupervisorLink(supervisorLink);
  process.on('message', (command: Command, socket?: Socket) => {
    if (command?.bottlenose === 'connection') {
      send({ bottlenose: 'taken' });
      // A client may have disconnected before its connection arrives.
      if (socket === undefined) return;
      if (serve === undefined) waiting.push(socket);
      else serve(socket);
    } else if (command?.bottlenose === 'stop') stop();
  });
  process.on('disconnect', stop);
  process.channel?.unref();
  recordModules();
  reportFatal(supervisorLink);
}

function send(report: Report, done: () => void = () => undefined): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => done());
  else done();
}

/** Ends as on a signal, unless the process is already ending. A second signal would abort the open requests. */
function stop(): void {
  const isServing = process.listenerCount('SIGTERM') > 0;
  if (isServing) process.kill(process.pid, 'SIGTERM');
  else if (!hasBeenServing()) process.exit(0);
}

let wasServing = false;
process.on('newListener', (name) => {
  if (name === 'SIGTERM') wasServing = true;
});
const hasBeenServing = (): boolean => wasServing;

/** Records every module when its loading begins, so that broken ones are included. */
function recordModules(): void {
  const own = fileURLToPath(new URL('../../', import.meta.url));
  const recorded = new Set<string>();
  const record = (file: string, state?: string): void => {
    // Packages are many and rarely change during development.
    if (!isAbsolute(file) || file.startsWith(own) || /[\\/]node_modules[\\/]/.test(file) || recorded.has(file)) return;
    recorded.add(file);
    send({ bottlenose: 'loaded', files: [[file, state ?? stateOf(file)]] });
  };
  const { registerHooks } = module as unknown as {
    registerHooks?(hooks: { resolve(name: string, context: object, next: Function): { url: string } }): void;
  };
  if (registerHooks !== undefined) {
    registerHooks({
      resolve(name, context, next) {
        const found = next(name, context) as { url: string };
        if (found.url.startsWith('file:')) record(fileURLToPath(found.url.replace(/[?#].*$/, '')));
        return found;
      },
    });
  } else {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', ([file, state]: LoadedFile) => record(file, state));
    port1.unref();
    module.register(import.meta.resolve('#reload-hooks'), { data: { port: port2 }, transferList: [port2] });
    const { prototype } = createRequire(import.meta.url)('node:module') as { prototype: { load(file: string): void } };
    const { load } = prototype;
    prototype.load = function (file) {
      record(file);
      load.call(this, file);
    };
  }
}

/** Reports uncaught errors before the process ends. */
function reportFatal(supervisorLink: SupervisorLink): void {
  const fatal = (error: unknown): void => {
    // The app handles such errors itself.
    if (process.listenerCount('uncaughtException') > 1) return;
    const text = error instanceof Error ? inspect(error) : `Uncaught ${inspect(error)}`;
    // Creating the page takes time. New connections wait meanwhile.
    send({ bottlenose: 'failing' });
    process.stderr.write(`${text}\n`);
    void supervisorLink.failed(error).then(() => process.exit(1));
  };
  process.on('uncaughtException', fatal);
}
