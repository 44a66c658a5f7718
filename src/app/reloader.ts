import type { App } from './wiring/app-core.js';
import type { RunOptions } from './run.js';

/** The interface of a serving process to the process that restarts it. */
export interface Reloaded {
  /** Further options for the adapter. */
  readonly options: RunOptions;
  /** Must be called when the server listens. */
  listening(app: App, url: string): void;
}

/** Serves in a process that restarts when a file changes. Resolves only in that process. */
type Reloader = (options: RunOptions) => Promise<Reloaded>;

let loader: (() => Promise<Reloader>) | undefined;

/** Registers the implementation of `run({ reloader: true })`. It is in `cli`, which this folder must not import. */
export function registerReloader(load: () => Promise<Reloader>): void {
  loader = load;
}

/** @throws Error if no reloader is registered. */
export async function loadReloader(): Promise<Reloader> {
  if (loader === undefined) throw new globalThis.Error("The reloader is not loaded here: import 'bottlenose' before run().");
  return loader();
}
