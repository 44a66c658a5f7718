import type { App } from './wiring/app-core.js';
import type { RunOptions } from './run.js';

/** What a process that serves has to do with the one that restarts it. */
export interface Reloaded {
  /** What the adapter is told besides. */
  readonly options: RunOptions;
  /** To be called once the app is served. */
  listening(app: App, url: string): void;
}

/** Serves through a process that is started anew when a file changes. Resolves in that process alone. */
export type Reloader = (options: RunOptions) => Promise<Reloaded>;

let loader: (() => Promise<Reloader>) | undefined;

/** Makes `run({ reloader: true })` work. The room above registers what it has. */
export function registerReloader(load: () => Promise<Reloader>): void {
  loader = load;
}

/** @throws Error where there is none. */
export async function loadReloader(): Promise<Reloader> {
  if (loader === undefined) throw new globalThis.Error("The reloader is not loaded here: import 'bottlenose' before run().");
  return loader();
}
