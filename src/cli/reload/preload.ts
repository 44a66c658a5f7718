// The entry point that a supervised process loads before anything else: notes which files are loaded, tells the supervisor of what
// goes wrong, and takes the connections that it hands over.
import module, { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { type Link, type Order, type Report, setLink, TASK, type Task } from './supervisor-link.js';

const given = process.env[TASK];
// Processes that the app starts are no business of the supervisor.
delete process.env[TASK];
if (given !== undefined && process.send !== undefined) supervised(JSON.parse(given) as Task);

function supervised(task: Task): void {
  const waiting: Socket[] = [];
  let serve: ((socket: Socket) => void) | undefined;
  const link: Link = {
    task,
    take(taker) {
      serve = taker;
      // No listening socket keeps this process alive, so the channel has to.
      process.channel?.ref();
      for (const socket of waiting.splice(0)) taker(socket);
    },
    loaded: (files) => send({ bottlenose: 'loaded', files }),
    ready: (folders) => send({ bottlenose: 'ready', folders }),
    async failed(error) {
      const { failurePage } = await import('./failure-page.js');
      // What the thread of the hooks has noted comes before.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise<void>((resolve) => {
        failurePage(error).then(
          (page) => send({ bottlenose: 'failed', page }, resolve),
          () => resolve(),
        );
      });
    },
  };
  setLink(link);
  process.on('message', (order: Order, socket?: Socket) => {
    if (order?.bottlenose === 'connection') {
      send({ bottlenose: 'taken' });
      // A client may be gone before its connection arrives.
      if (socket === undefined) return;
      if (serve === undefined) waiting.push(socket);
      else serve(socket);
    } else if (order?.bottlenose === 'stop') stop();
  });
  process.on('disconnect', stop);
  process.channel?.unref();
  noteModules(link);
  reportFatal(link);
}

function send(report: Report, done: () => void = () => undefined): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => done());
  else done();
}

/** Ends as on a signal, unless it is ending already: a second signal would cut the requests off that are still being answered. */
function stop(): void {
  const isServing = process.listenerCount('SIGTERM') > 0;
  if (isServing) process.kill(process.pid, 'SIGTERM');
  else if (!hasServed()) process.exit(0);
}

let served = false;
process.on('newListener', (name) => {
  if (name === 'SIGTERM') served = true;
});
const hasServed = (): boolean => served;

/** Has every module noted whose loading begins, so also those that turn out to be broken. */
function noteModules(link: Link): void {
  const own = fileURLToPath(new URL('../../', import.meta.url));
  const noted = new Set<string>();
  const note = (name: string): void => {
    const file = name.startsWith('file:') ? fileURLToPath(name.replace(/[?#].*$/, '')) : name;
    // Packages do not change while one works, and are many.
    if (!isAbsolute(file) || file.startsWith(own) || /[\\/]node_modules[\\/]/.test(file) || noted.has(file)) return;
    noted.add(file);
    link.loaded([file]);
  };
  const { registerHooks } = module as unknown as {
    registerHooks?(hooks: { resolve(name: string, context: object, next: Function): { url: string } }): void;
  };
  if (registerHooks !== undefined) {
    registerHooks({
      resolve(name, context, next) {
        const found = next(name, context) as { url: string };
        note(found.url);
        return found;
      },
    });
  } else {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', note);
    port1.unref();
    module.register(import.meta.resolve('#reload-hooks'), { data: { port: port2 }, transferList: [port2] });
    const { prototype } = createRequire(import.meta.url)('node:module') as { prototype: { load(file: string): void } };
    const { load } = prototype;
    prototype.load = function (file) {
      note(file);
      load.call(this, file);
    };
  }
}

/** What nobody catches is told before the process ends of it. */
function reportFatal(link: Link): void {
  const fatal = (error: unknown): void => {
    // The app has a way of its own with such errors.
    if (process.listenerCount('uncaughtException') > 1) return;
    const text = error instanceof Error ? inspect(error) : `Uncaught ${inspect(error)}`;
    // The page takes its time, in which connections had better wait.
    send({ bottlenose: 'failing' });
    process.stderr.write(`${text}\n`);
    void link.failed(error).then(() => process.exit(1));
  };
  process.on('uncaughtException', fatal);
}
