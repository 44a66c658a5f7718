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

/** What the choice of a server depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The names of the adapters that there are. */
  readonly known: readonly string[];
  readonly runtime: ReturnType<typeof runtime>;
  /** Whether a package can be loaded. */
  has(name: string): boolean;
}

/**
 * The best server for a place. First what the place dictates, as requests come in no other way there: `cgi`, `lambda`, `gae`.
 * Then the runtime's own on Bun and Deno; on node, `uws` where uWebSockets.js is installed, else `node`.
 */
export function chooseServer({ env, known, runtime, has }: Surroundings): string {
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

/** Serves by the best adapter that is present: see `chooseServer`. */
export class AutoServer implements ServerAdapter {
  async listen(app: ServedApp, options: ServerOptions): Promise<RunningServer> {
    const has = (name: string): boolean => findPeer(name) !== undefined && !needsNode(options);
    const name = chooseServer({ env: process.env, known: registeredServers(), runtime: runtime(), has });
    return ((await loadServer(name)) as ServerAdapter).listen(app, options);
  }
}

/** Whether the options ask for what `uws` has not: its own refusals, foreseen. */
function needsNode({ socket, host, fd, pfx, SNICallback, ca }: ServerOptions): boolean {
  const isInherited = Number(process.env.LISTEN_PID) === process.pid;
  const isUnix = socket !== undefined || host?.startsWith('unix:') === true;
  return isUnix || isInherited || [fd, pfx, SNICallback, ca].some((option) => option !== undefined);
}
