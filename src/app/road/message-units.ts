import type { Callback, Context } from '../../http/context.js';
import { ExchangeFilter } from '../../http/gateway/exchange-filter.js';
import type { SocketUnit } from '../../http/sockets/socket-session.js';
import { UnitState } from './message-scope.js';

/** How long a unit may run after the connection has closed, in milliseconds: received messages are still handled. */
const GRACE = 10_000;

/** The units of one connection. A unit handles one message, with the plugins of `socketScope: 'message'` around it. */
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
        for (const exchange of this.#open) exchange.emitClose();
      }, GRACE).unref();
    });
  }

  /** Starts a unit. Resolves when all plugins have called `next`; one may first wait for a lock, for example. */
  async begin(): Promise<SocketUnit> {
    const state = new UnitState();
    const exchange = new UnitExchange(this.#context.exchange);
    // A plugin may ignore the result. That must not be an unhandled rejection.
    state.completion.catch(() => undefined);
    const context = this.#context.fork(exchange);
    context.provide(UnitState, state);
    this.#open.add(exchange);
    const done = (async () => this.#callback(context))().finally(() => this.#open.delete(exchange));
    let isReady = false;
    await Promise.race([
      state.ready.then(() => {
        isReady = true;
      }),
      done,
    ]);
    if (!isReady) {
      const answer: unknown = await done;
      if (answer instanceof globalThis.Error) throw answer;
      throw new TypeError(
        `A plugin has answered a message of ${this.#name} instead of the method. On a WebSocket, a plugin can only throw.`,
      );
    }
    return {
      values: valuesOf(context),
      end: async () => {
        state.settle(Promise.resolve());
        const result: unknown = await done;
        if (result instanceof globalThis.Error) throw result;
      },
      fail: async (error) => {
        state.settle(Promise.reject(error));
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

/** The exchange of a unit. Its `onClose` listeners run when the unit is aborted, not when the connection closes. */
class UnitExchange extends ExchangeFilter {
  readonly #listeners: (() => void)[] = [];

  override onClose(listener: () => void): void {
    this.#listeners.push(listener);
  }

  emitClose(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
