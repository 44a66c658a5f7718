/** What a worker tells the primary. Among other messages of the program, ours are those with this member. */
export type FromWorker =
  /** It wants the socket. */
  | { readonly bottlenose: 'hello' }
  /** It listens. */
  | { readonly bottlenose: 'ready'; readonly url: string }
  /** Its event loop turns. */
  | { readonly bottlenose: 'beat' }
  /** It wants to be replaced. */
  | { readonly bottlenose: 'retire'; readonly why: string };

/** What the primary tells a worker. */
export type FromPrimary =
  /** Listen on the socket that comes with it; `ticketKeys` (base64) are for https. */
  | { readonly bottlenose: 'socket'; readonly ticketKeys: string }
  /** Take no more connections, answer what there is, and end; lingering: without hurrying the clients that keep a connection. */
  | { readonly bottlenose: 'stop'; readonly lingering: boolean };

export function isOurs<M extends FromWorker | FromPrimary>(message: unknown): message is M {
  return typeof message === 'object' && message !== null && 'bottlenose' in message;
}

/** Where a worker finds whose it is: the process id of its primary. Programs that a worker starts inherit it, but not the parent. */
export const WORKER_OF = 'BOTTLENOSE_WORKER_OF';
