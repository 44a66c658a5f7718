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

interface Common {
  /** By behaviour. */
  readonly name: string;
  /** What a server must be able to do for this; for one that cannot, by the table, this case must fail. */
  readonly needs?: readonly Capability[];
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
