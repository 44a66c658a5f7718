import { resolve } from 'node:path';
import type { App } from './core.js';
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

/** Where a process that is supervised keeps what leads to its supervisor: it is there before any module of the app is. */
export const SUPERVISOR: unique symbol = Symbol.for('bottlenose.reload');

/** Notes a file that is read besides modules and templates, such as one of configuration. */
export function noteFileRead(file: string): void {
  const { [SUPERVISOR]: supervisor } = globalThis as { [SUPERVISOR]?: { loaded(files: string[]): void } };
  supervisor?.loaded([resolve(file)]);
}
