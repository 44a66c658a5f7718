import type { Callback, Context } from '../../http/context.js';
import { ExchangeFilter } from '../../http/gateway/exchange-filter.js';
import type { SocketUnit } from '../../http/sockets/websocket-connection.js';
import { socketDriver, WebSocketConnection } from '../../http/sockets/websocket-connection.js';

/** How long a piece of work may go on after the connection has ended, in milliseconds. What was received is worth being done. */
const GRACE = 10_000;

/** Where a unit's innermost callback finds its unit. */
class Gate {
  reached!: () => void;
  readonly ready = new Promise<void>((resolve) => {
    this.reached = resolve;
  });
  settle!: (outcome: Promise<void>) => void;
  readonly work = new Promise<void>((resolve) => {
    this.settle = resolve;
  });
}

/** The innermost callback of a unit: to the plugins around it, it is a handler that takes as long as the work on one message. */
export const unitCallback: Callback = (context) => {
  const gate = context.provided(Gate) as Gate;
  gate.reached();
  return gate.work;
};

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

/**
 * Reads, for a parameter, what a plugin provides per message. Methods get their parameters once per connection, so what they get
 * stands for whatever the plugin has provided for the message at hand.
 */
export function perMessage(keyword: string | Function): Callback {
  const label = typeof keyword === 'string' ? keyword : keyword.name;
  return (context) => {
    const connection = context.provided(WebSocketConnection) as WebSocketConnection;
    const current = (): object | undefined => {
      const unit = socketDriver().unit(connection);
      return unit?.values[label] as object | undefined;
    };
    const demand = (): object => {
      const value = current();
      if (value !== undefined) return value;
      throw new Error(
        `'${label}' is there while a message is handled: from when the loop over the socket gives it until it asks for the next. ` +
          `Elsewhere, take it for as long as you need it: await socket.scope(({ ${label} }) => …).`,
      );
    };
    return new Proxy(Object.create(null) as object, {
      get(_target, key) {
        // Asked by `await` and by consoles, of everything.
        if (typeof key === 'symbol' || key === 'then') {
          const value = current();
          return value === undefined ? undefined : Reflect.get(value, key, value);
        }
        const value = demand();
        const member: unknown = Reflect.get(value, key, value);
        return typeof member === 'function' ? member.bind(value) : member;
      },
      set: (_target, key, given) => Reflect.set(demand(), key, given),
      has: (_target, key) => Reflect.has(demand(), key),
      getPrototypeOf: () => Reflect.getPrototypeOf(current() ?? {}),
    });
  };
}
