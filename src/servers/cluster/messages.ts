/** Messages of a worker to the primary. The member `bottlenose` distinguishes them from other messages of the program. */
export type FromWorker =
  /** The worker asks for the socket. */
  | { readonly bottlenose: 'hello' }
  /** The worker listens. */
  | { readonly bottlenose: 'ready'; readonly url: string }
  /** The worker's event loop runs. */
  | { readonly bottlenose: 'heartbeat' }
  /** The worker asks to be replaced. */
  | { readonly bottlenose: 'retire'; readonly why: string };

/** Messages of the primary to a worker. */
export type FromPrimary =
  /** Listen on the socket that comes with the message. `ticketKeys` (base64) are for https. */
  | { readonly bottlenose: 'socket'; readonly ticketKeys: string }
  /** Accept no more connections, answer open requests, and end. `lingering` leaves keep-alive connections open for a while. */
  | { readonly bottlenose: 'stop'; readonly lingering: boolean };

export function isOurs<M extends FromWorker | FromPrimary>(message: unknown): message is M {
  return typeof message === 'object' && message !== null && 'bottlenose' in message;
}

/**
 * An environment variable with the process id of the worker's primary. Programs that a worker starts inherit it, but have another
 * parent.
 */
export const WORKER_OF = 'BOTTLENOSE_WORKER_OF';
