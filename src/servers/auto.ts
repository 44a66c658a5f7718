import { AUTO_OPTIONS } from './option-names.js';
import {
  loadServer,
  type RunningServer,
  registeredServers,
  type ServedApp,
  type ServerAdapter,
  type ServerOptions,
  runtime,
} from '../http/gateway/server-adapter.js';
import { findPeer } from '../support/load-peer.js';

/** The facts that decide which server is chosen. */
interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The names of the registered adapters. */
  readonly known: readonly string[];
  readonly runtime: ReturnType<typeof runtime>;
  /** Whether a package is installed. */
  has(name: string): boolean;
}

/**
 * Chooses the server for the current environment. Environments where requests arrive in one way only come first: `cgi`, `lambda`,
 * `gae`. Bun and Deno use their own server. Node uses `uws` when uWebSockets.js is installed, else `node`.
 * Exported for its test.
 */
export function chooseServer({ env, known, runtime, has }: Environment): string {
  const candidates: readonly (readonly [name: string, fits: () => boolean])[] = [
    ['cgi', () => env.GATEWAY_INTERFACE?.startsWith('CGI/') === true && env.REQUEST_METHOD !== undefined],
    ['lambda', () => Boolean(env.AWS_LAMBDA_RUNTIME_API)],
    ['gae', () => Boolean(env.GAE_ENV || env.K_SERVICE)],
    ['bun', () => runtime === 'bun'],
    ['deno', () => runtime === 'deno'],
    ['uws', () => runtime === 'node' && has('uWebSockets.js')],
  ];
  return candidates.find(([name, fits]) => known.includes(name) && fits())?.[0] ?? 'node';
}

/**
 * Serves with the best available adapter: see `chooseServer`.
 *
 * @example await app.run({ server: 'auto' });
 */
export class AutoServer implements ServerAdapter {
  readonly options = AUTO_OPTIONS;

  async listen(app: ServedApp, options: ServerOptions): Promise<RunningServer> {
    const has = (name: string): boolean => findPeer(name) !== undefined && !needsNode(options);
    const name = chooseServer({ env: process.env, known: registeredServers(), runtime: runtime(), has });
    return ((await loadServer(name)) as ServerAdapter).listen(app, options);
  }
}

/** Whether the options contain something that `uws` does not support. */
function needsNode({ socket, host, fd, pfx, SNICallback, ca }: ServerOptions): boolean {
  const isInherited = Number(process.env.LISTEN_PID) === process.pid;
  const isUnix = socket !== undefined || host?.startsWith('unix:') === true;
  return isUnix || isInherited || [fd, pfx, SNICallback, ca].some((option) => option !== undefined);
}
