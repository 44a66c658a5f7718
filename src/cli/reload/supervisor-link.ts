import type { Socket } from 'node:net';
import { SUPERVISOR } from '../../support/loaded-files.js';

/** A page for what went wrong, in each form that a client may ask for. */
export interface FailurePage {
  readonly html: string;
  /** The Content-Security-Policy under which the page stands. */
  readonly policy: string;
  readonly text: string;
  readonly problem: string;
}

/** What the process that serves tells the one that supervises it. */
export type Report =
  | { readonly bottlenose: 'loaded'; readonly files: readonly string[] }
  /** The app is served: at `url`, and from connections that it is handed if `isHanded`. */
  | { readonly bottlenose: 'ready'; readonly folders: readonly string[] }
  | { readonly bottlenose: 'failed'; readonly page: FailurePage }
  /** It is about to end of an error, and takes no more connections. */
  | { readonly bottlenose: 'failing' }
  /** The connection has arrived, and the next may come. */
  | { readonly bottlenose: 'taken' };

/** What it is told: to end, or to take the connection that comes along. */
export type Order = { readonly bottlenose: 'stop' | 'connection' };

/** The address that the supervisor listens at, for the process that it starts. */
export interface Task {
  readonly address: string;
  readonly family: string;
  readonly port: number;
  /** Whether connections are handed over; else the process listens itself. */
  readonly isHanded: boolean;
}

/** The environment variable by which a process knows that it is supervised. */
export const TASK = 'BOTTLENOSE_CHILD';

/** What the preloaded module leaves for the app in the same process, which may have another copy of this package. */
export interface Link {
  readonly task: Task;
  /** Takes the connections that are handed over from now on, and those that came before. */
  take(serve: (socket: Socket) => void): void;
  loaded(files: readonly string[]): void;
  ready(folders: readonly string[]): void;
  /** Tells of what keeps the app from being served. Resolves once that is on its way. */
  failed(error: unknown): Promise<void>;
}

export function link(): Link | undefined {
  return (globalThis as { [SUPERVISOR]?: Link })[SUPERVISOR];
}

export function setLink(made: Link): void {
  (globalThis as { [SUPERVISOR]?: Link })[SUPERVISOR] = made;
}
