import {
  loadServer,
  type RunningServer,
  registeredServers,
  type ServerAdapter,
  type ServerClass,
  type ServerOptions,
} from '../http/server.js';
import { nearest } from '../routing/nearest.js';
import type { Bottle } from './bottle.js';

export type { RunningServer } from '../http/server.js';

export interface RunOptions extends ServerOptions {
  /** The name of an adapter, or an adapter (class or instance) of your own. Default: `node`. */
  server?: string | ServerClass | ServerAdapter;
  debug?: boolean;
  /** Print nothing. */
  quiet?: boolean;
}

/** Proves the wiring, starts a server, and stops it gracefully on SIGINT and SIGTERM. */
export async function run(app: Bottle, options: RunOptions): Promise<RunningServer> {
  const { server = 'node', debug, quiet = false, ...rest } = options;
  if (debug !== undefined) app.debug(debug);
  app.check();
  const adapter = await findAdapter(server);
  const running = await adapter.listen(app, rest);
  if (!quiet) process.stderr.write(`Bottlenose is listening on ${running.url} (hit Ctrl-C to quit).\n`);
  return stopOnSignals(app, running);
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

function stopOnSignals(app: Bottle, running: RunningServer): RunningServer {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      await running.close();
      await app.close();
    })();
    return closing;
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    // Once: a second signal ends the process at once, as people expect of Ctrl-C twice.
    void close().then(
      () => process.kill(process.pid, signal),
      (error: unknown) => {
        app.log(error instanceof globalThis.Error ? error : new globalThis.Error(String(error)));
        process.exitCode = 1;
        process.kill(process.pid, signal);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { url: running.url, close };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
