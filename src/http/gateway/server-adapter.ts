import type { ServerAdapter, ServerClass } from './server-contract.js';

export type {
  ConnectionSource,
  RunningServer,
  ServedApp,
  ServerAdapter,
  ServerClass,
  ServerOptions,
  SupervisedServer,
} from './server-contract.js';

/** An event of a server, for the log. It is logged without a stack trace. */
export class ServerNotice extends Error {
  override readonly name = 'ServerNotice';
  readonly code = 'BN_SERVER_NOTICE';
}

const loaders = new Map<string, () => Promise<ServerClass>>();

/** Registers an adapter by name. */
export function registerServer(name: string, load: () => Promise<ServerClass>): void {
  loaders.set(name, load);
}

/** The names of the registered adapters. */
export function registeredServers(): string[] {
  return [...loaders.keys()];
}

/** Loads an adapter by name. */
export async function loadServer(name: string): Promise<ServerAdapter | undefined> {
  const Adapter = await loaders.get(name)?.();
  return Adapter === undefined ? undefined : new Adapter();
}

/** The current runtime. */
export function runtime(): 'bun' | 'deno' | 'node' {
  const { versions } = process as { versions: Readonly<Record<string, string | undefined>> };
  return versions.bun !== undefined ? 'bun' : versions.deno !== undefined ? 'deno' : 'node';
}
