import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { stopReason } from '../../support/abort-reasons.js';

/** A response without an end of its own, such as an event stream. It ends when the server stops. */
export interface StopListener {
  onStop(): void;
}

/**
 * Signals that a server begins to stop, so that responses without an end of their own can end. A server adapter has one instance and
 * exposes it on every exchange (`Exchange.stopping`).
 */
export class Stopping {
  readonly #listeners = new Set<StopListener>();
  readonly #controller = new AbortController();

  /** The signal for user code. `addListener` costs less memory per listener. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Calls `onStop` when the server begins to stop, or immediately if it has begun. */
  addListener(endless: StopListener): void {
    if (this.#controller.signal.aborted) endless.onStop();
    else this.#listeners.add(endless);
  }

  removeListener(endless: StopListener): void {
    this.#listeners.delete(endless);
  }

  /** Called by the server before it waits for open requests. */
  begin(): void {
    if (this.#controller.signal.aborted) return;
    this.#controller.abort(stopReason());
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const one of listeners) one.onStop();
  }
}

const STOPPING: unique symbol = Symbol('stopping');

interface ServedSocket extends Duplex {
  [STOPPING]?: Stopping;
}

/** Stores the signal on a connection: once per connection, not per request. */
export function setStopping(socket: Duplex, stopping: Stopping): void {
  (socket as ServedSocket)[STOPPING] = stopping;
}

/** The signal of the server of a `node:http` request, if it has one. */
export function stoppingOf({ socket }: IncomingMessage): Stopping | undefined {
  return (socket as ServedSocket)[STOPPING];
}
