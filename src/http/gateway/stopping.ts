import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Work that goes on until somebody ends it, as an event stream does. */
export interface Endless {
  serverStops(): void;
}

/**
 * Tells that a server begins to stop: the sign for what would never come to an end by itself, and for nothing else. A server
 * adapter has one, and hands it out with every exchange (`Exchange.stopping`).
 */
export class Stopping {
  readonly #endless = new Set<Endless>();
  readonly #controller = new AbortController();

  /** The sign for people; `join` is for those who are very many. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Calls `endless.serverStops()` when the server begins to stop, or at once if it has. */
  join(endless: Endless): void {
    if (this.#controller.signal.aborted) endless.serverStops();
    else this.#endless.add(endless);
  }

  leave(endless: Endless): void {
    this.#endless.delete(endless);
  }

  /** Called by the server, before it waits for what it still answers. */
  begin(): void {
    if (this.#controller.signal.aborted) return;
    this.#controller.abort(stopReason());
    const endless = [...this.#endless];
    this.#endless.clear();
    for (const one of endless) one.serverStops();
  }
}

let stops: DOMException | undefined;

/** One for all, for there may be ten thousand at once. */
export function stopReason(): DOMException {
  stops ??= new DOMException('The server stops.', 'AbortError');
  return stops;
}

const STOPPING: unique symbol = Symbol('stopping');

interface ServedSocket extends Duplex {
  [STOPPING]?: Stopping;
}

/** Notes whose connection it is: once for each, which costs its requests nothing. */
export function belongsTo(socket: Duplex, stopping: Stopping): void {
  (socket as ServedSocket)[STOPPING] = stopping;
}

/** The sign of the server that a `node:http` request came to, if that gives one. */
export function stoppingOf({ socket }: IncomingMessage): Stopping | undefined {
  return (socket as ServedSocket)[STOPPING];
}
