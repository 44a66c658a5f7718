import type { Socket } from 'node:net';
import { SUPERVISOR } from '../../support/loaded-files.js';

/** The failure page in each format that a client may request. */
export interface FailurePage {
  readonly html: string;
  /** The Content-Security-Policy of the page. */
  readonly policy: string;
  readonly text: string;
  readonly problem: string;
}

/** A file, with the state that it had when it was loaded. */
export type LoadedFile = readonly [file: string, state: string];

/** Messages of the serving process to its supervisor. */
export type Report =
  | { readonly bottlenose: 'loaded'; readonly files: readonly LoadedFile[] }
  /** The app is served. `folders` are its template folders. */
  | { readonly bottlenose: 'ready'; readonly folders: readonly string[] }
  | { readonly bottlenose: 'failed'; readonly page: FailurePage }
  /** The process is about to end because of an error. It accepts no more connections. */
  | { readonly bottlenose: 'failing' }
  /** The connection has arrived. The next one may be sent. */
  | { readonly bottlenose: 'taken' };

/** Messages of the supervisor: stop, or accept the attached connection. */
export type Command = { readonly bottlenose: 'stop' | 'connection' };

/** The address of the supervisor, for the process that it starts. */
export interface Task {
  readonly address: string;
  readonly family: string;
  readonly port: number;
  /** Whether connections are passed on. Otherwise the process listens itself. */
  readonly passesConnections: boolean;
}

/** The environment variable that marks a supervised process. */
export const TASK = 'BOTTLENOSE_CHILD';

/** The interface between the preloaded module and the app in the same process. The app may use another copy of this package. */
export interface SupervisorLink {
  readonly task: Task;
  /** Receives passed connections, including those that have already arrived. */
  onConnection(serve: (socket: Socket) => void): void;
  loaded(files: readonly string[]): void;
  ready(folders: readonly string[]): void;
  /** Reports an error that keeps the app from being served. Resolves when the report is sent. */
  failed(error: unknown): Promise<void>;
}

export function supervisorLink(): SupervisorLink | undefined {
  return (globalThis as { [SUPERVISOR]?: SupervisorLink })[SUPERVISOR];
}

export function setSupervisorLink(value: SupervisorLink): void {
  (globalThis as { [SUPERVISOR]?: SupervisorLink })[SUPERVISOR] = value;
}
