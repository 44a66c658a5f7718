import type { Callback, Context } from '../../http/context.js';
import { ExchangeFilter } from '../../http/gateway/exchange-filter.js';
import type { SocketUnit } from '../../http/sockets/socket-session.js';
import { Gate } from './message-scope.js';

/** How long a piece of work may go on after the connection has ended, in milliseconds. What was received is worth being done. */
const GRACE = 10_000;

/** The pieces of work of one connection, each with the plugins around it that want to be there per message. */
export class SocketUnits {
  readonly #context: Context;
  readonly #callback: Callback;
  readonly #name: string;
  readonly #open = new Set<UnitExchange>();

  constructor(context: Context, callback: Callback, name: string) {
    this.#context = context;
    this.#callback = callback;
    this.#name = name;
    context.onClose(() => {
      setTimeout(() => {
        for (const exchange of this.#open) exchange.abandon();
      }, GRACE).unref();
    });
  }

  /** Resolves once all plugins have done what they do before, as waiting for the right to write. */
  async begin(): Promise<SocketUnit> {
    const gate = new Gate();
    const exchange = new UnitExchange(this.#context.exchange);
    // A plugin may not care how the work ends.
    gate.work.catch(() => undefined);
    const context = this.#context.fork(exchange);
    context.provide(Gate, gate);
    this.#open.add(exchange);
    const done = (async () => this.#callback(context))().finally(() => this.#open.delete(exchange));
    let isReady = false;
    await Promise.race([
      gate.ready.then(() => {
        isReady = true;
      }),
      done,
    ]);
    if (!isReady) {
      const answer: unknown = await done;
      if (answer instanceof globalThis.Error) throw answer;
      throw new TypeError(
        `A plugin has answered a message of ${this.#name} in place of the method; on a WebSocket it can throw.`,
      );
    }
    return {
      values: valuesOf(context),
      end: async () => {
        gate.settle(Promise.resolve());
        const result: unknown = await done;
        if (result instanceof globalThis.Error) throw result;
      },
      fail: async (error) => {
        gate.settle(Promise.reject(error));
        try {
          await done;
          return error;
        } catch (failure) {
          return failure;
        }
      },
    };
  }
}

function valuesOf(context: Context): Record<string, unknown> {
  return new Proxy<Record<string, unknown>>(
    {},
    { get: (_target, key) => (typeof key === 'string' ? context.provided(key) : undefined) },
  );
}

/** A unit's view of its connection: who waits for the client to leave is told when the work is given up, not before. */
class UnitExchange extends ExchangeFilter {
  readonly #listeners: (() => void)[] = [];

  override onClose(listener: () => void): void {
    this.#listeners.push(listener);
  }

  abandon(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
