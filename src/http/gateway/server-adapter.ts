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

/** An event in a server's life that its message tells all about: for the log, where a stack trace would say nothing. */
export class ServerNotice extends Error {
  override readonly name = 'ServerNotice';
  readonly code = 'BN_SERVER_NOTICE';
}

const loaders = new Map<string, () => Promise<ServerClass>>();

/** Makes an adapter known by name. The rooms above register theirs; the app itself knows none. */
export function registerServer(name: string, load: () => Promise<ServerClass>): void {
  loaders.set(name, load);
}

/** The adapters known, by name. */
export function registeredServers(): string[] {
  return [...loaders.keys()];
}

/** The adapter of that name, loaded now. */
export async function loadServer(name: string): Promise<ServerAdapter | undefined> {
  const Adapter = await loaders.get(name)?.();
  return Adapter === undefined ? undefined : new Adapter();
}

/** The runtime that this runs on. */
export function runtime(): 'bun' | 'deno' | 'node' {
  const { versions } = process as { versions: Readonly<Record<string, string | undefined>> };
  return versions.bun !== undefined ? 'bun' : versions.deno !== undefined ? 'deno' : 'node';
}
