import type { Connection } from './connection.js';

/**
 * Idle connections. The last one pushed is popped first.
 *
 * An array alone would allocate for each request: `pop` frees the memory of an array that becomes empty, and `push` allocates it
 * again (benchmark: `bench/allocations.mjs`).
 */
export class ConnectionStack {
  readonly #connections: (Connection | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get last(): Connection | undefined {
    return this.#size === 0 ? undefined : this.#connections[this.#size - 1];
  }

  push(connection: Connection): void {
    this.#connections[this.#size++] = connection;
  }

  pop(): Connection | undefined {
    if (this.#size === 0) return undefined;
    const connection = this.#connections[--this.#size];
    this.#connections[this.#size] = undefined;
    return connection;
  }
}
