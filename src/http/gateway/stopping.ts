import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Work that goes on until somebody ends it, as an event stream does. */
export interface StopListener {
  onStop(): void;
}

/**
 * Tells that a server begins to stop: the sign for what would never come to an end by itself, and for nothing else. A server
 * adapter has one, and hands it out with every exchange (`Exchange.stopping`).
 */
export class Stopping {
  readonly #listeners = new Set<StopListener>();
  readonly #controller = new AbortController();

  /** The sign for people; `join` is for those who are very many. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Calls `endless.serverStops()` when the server begins to stop, or at once if it has. */
  addListener(endless: StopListener): void {
    if (this.#controller.signal.aborted) endless.onStop();
    else this.#listeners.add(endless);
  }

  removeListener(endless: StopListener): void {
    this.#listeners.delete(endless);
  }

  /** Called by the server, before it waits for what it still answers. */
  begin(): void {
    if (this.#controller.signal.aborted) return;
    this.#controller.abort(stopReason());
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const one of listeners) one.onStop();
  }
}

let sharedReason: DOMException | undefined;

/** One for all, for there may be ten thousand at once. */
export function stopReason(): DOMException {
  sharedReason ??= new DOMException('The server stops.', 'AbortError');
  return sharedReason;
}

const STOPPING: unique symbol = Symbol('stopping');

interface ServedSocket extends Duplex {
  [STOPPING]?: Stopping;
}

/** Notes whose connection it is: once for each, which costs its requests nothing. */
export function setStopping(socket: Duplex, stopping: Stopping): void {
  (socket as ServedSocket)[STOPPING] = stopping;
}

/** The sign of the server that a `node:http` request came to, if that gives one. */
export function stoppingOf({ socket }: IncomingMessage): Stopping | undefined {
  return (socket as ServedSocket)[STOPPING];
}
