import type { RawClient } from '../servers/raw-client.js';
import type { Capability } from './capabilities.js';
import type { Answer, AskOptions, Opened } from './client.js';

/** A server that runs, as the cases see it. */
export interface Target {
  readonly url: string;
  /** Sends a request on a connection of its own, and gives the whole answer. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** The same, resolved as soon as the head of the answer is there. */
  open(method: string, path: string, options?: AskOptions): Promise<Opened>;
  /** A connection for bytes as they are: HTTP/1.1. */
  connect(): Promise<RawClient>;
  /** Aborts when the case is over, and everything that it has opened is closed. */
  readonly signal?: AbortSignal;
}

/** What a case may have that wants a server for itself, to stop it. */
export interface Running {
  readonly target: Target;
  close(): Promise<void>;
}

export interface StartOptions {
  host?: string;
  shutdownTimeout?: number;
}

/** How long a case may take that is expected to hold, in milliseconds. It only ends what hangs. */
export const LIMIT = 300_000;

interface Common {
  /** By behaviour. */
  readonly name: string;
  /** What a server must be able to do for this. If the table says that it cannot, the case must fail; if it may, the case is not run. */
  readonly needs?: readonly Capability[];
  /** Waits most of its time: it is run beside others. */
  readonly waits?: boolean;
}

/** One thing that a user sees. Throws when it is not so. */
export type Case = Common &
  (
    | { run(target: Target): Promise<void>; own?: undefined }
    /** Starts servers for itself; left out where none can be started. */
    | { own(start: (options?: StartOptions) => Promise<Running>): Promise<void>; run?: undefined }
  );

/** Cases of one subject. */
export interface Group {
  readonly subject: string;
  readonly cases: readonly Case[];
}
