import {
  loadServer,
  type RunningServer,
  registeredServers,
  type ServerAdapter,
  type ServerClass,
  type ServerOptions,
  type SupervisedServer,
  runtime,
} from '../http/gateway/server-adapter.js';
import { checkKnownOptions } from '../support/known-options.js';
import { nearest } from '../support/nearest.js';
import { toError } from '../support/value-kinds.js';
import type { App } from './wiring/app-core.js';
import { loadReloader, type Reloaded } from './reloader.js';

export type { RunningServer } from '../http/gateway/server-adapter.js';
export { deferRuns } from './deferred-runs.js';

/** The options of `run`, besides those of the server adapter. */
export interface RunOptions extends ServerOptions {
  /** The name of an adapter, or an adapter (class or instance). Default: that of the runtime: `node`, `bun` or `deno`. */
  server?: string | ServerClass | ServerAdapter;
  debug?: boolean;
  /** Print nothing. */
  quiet?: boolean;
  /**
   * Restart when a loaded module, template or configuration file changes. The program runs again in a child process, which serves;
   * in this process `run()` never resolves. For development only.
   */
  reloader?: boolean;
  /** The polling interval for files without change events from the system, in milliseconds. Default: 1000. */
  interval?: number;
}

/** The names of the options of `run` itself. `source` is for processes that accept connections for another. */
const RUN_OPTIONS = ['server', 'debug', 'quiet', 'reloader', 'interval', 'source'];

/**
 * Checks the wiring, starts a server, and stops it gracefully on SIGINT and SIGTERM. Resolves when it listens; for a server that
 * ends by itself (`cgi`), when it has ended.
 *
 * @throws (rejects) WiringError; TypeError for an option that does not exist, or an unknown server; errors of the adapter.
 */
export async function run(app: App, options: RunOptions): Promise<RunningServer> {
  const { reloader = false, interval: _, ...own } = options;
  return reloader ? serve(app, own, await (await loadReloader())(options)) : serve(app, own);
}

async function serve(app: App, given: RunOptions, reloaded?: Reloaded): Promise<RunningServer> {
  const { server = runtime(), debug, quiet = false, ...rest } = { ...given, ...reloaded?.options };
  if (debug !== undefined) app.debug(debug);
  await app.checkAll();
  const adapter = await findAdapter(server);
  if (adapter.options !== undefined) checkKnownOptions('run()', given, [...RUN_OPTIONS, ...adapter.options]);
  const running = await adapter.listen(app, rest);
  reloaded?.listening(app, running.url);
  if (running.done !== undefined) return waitUntilDone(running.done, stopOnSignals(app, running));
  if (!quiet && running.isSupervised !== true)
    process.stderr.write(`Bottlenose is listening on ${running.url} (hit Ctrl-C to quit).\n`);
  return stopOnSignals(app, running);
}

async function waitUntilDone(done: Promise<void>, running: RunningServer): Promise<RunningServer> {
  await done;
  await running.close();
  return running;
}

async function findAdapter(server: string | ServerClass | ServerAdapter): Promise<ServerAdapter> {
  if (typeof server === 'function') return new server();
  if (typeof server === 'object') return server;
  const adapter = await loadServer(server);
  if (adapter !== undefined) return adapter;
  const known = registeredServers();
  const near = nearest(server, known);
  throw new TypeError(
    `There is no server '${server}'.${near === undefined ? '' : ` Did you mean '${near}'?`} Known are: ${known.join(', ')}.`,
  );
}

/** The `close` functions of the servers that a signal stops. */
const openServers = new Set<() => Promise<void>>();

function stopOnSignals(app: App, running: SupervisedServer): RunningServer {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      openServers.delete(close);
      if (openServers.size === 0) for (const signal of SIGNALS) process.off(signal, stopAll);
      try {
        await running.close();
      } finally {
        app.servers.delete(stop);
      }
    })();
    return stopping;
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      try {
        await stop();
      } finally {
        // Another server of the same app still needs the plugins.
        if (app.servers.size === 0) await app.close();
      }
    })();
    return closing;
  };
  app.servers.add(stop);
  const closeAndLog = (): Promise<void> =>
    close().catch((error: unknown) => {
      app.log(toError(error));
      process.exitCode = 1;
    });
  running.attend?.(closeAndLog);
  const { url } = running;
  if (running.isSupervised === true) return { url, close };
  if (openServers.size === 0) for (const signal of SIGNALS) process.on(signal, stopAll);
  openServers.add(close);
  signalClosers.set(close, closeAndLog);
  return running.reload === undefined ? { url, close } : { url, close, reload: () => running.reload?.() ?? Promise.resolve() };
}

/** For each `close`, the variant for signals, which logs errors because no caller receives them. */
const signalClosers = new WeakMap<() => Promise<void>, () => Promise<void>>();

/** Stops every server, then raises the signal again. A second signal ends the process at once, as users expect of Ctrl-C. */
function stopAll(signal: NodeJS.Signals): void {
  for (const one of SIGNALS) process.off(one, stopAll);
  void Promise.all([...openServers].map((close) => signalClosers.get(close)?.())).then(() => process.kill(process.pid, signal));
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
