import type { Callback } from '../../http/context.js';
import { sessionOf, WebSocketConnection } from '../../http/sockets/websocket-connection.js';

/** Where a unit's innermost callback finds its unit. */
export class Gate {
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

/**
 * Reads, for a parameter, what a plugin provides per message. Methods get their parameters once per connection, so what they get
 * stands for whatever the plugin has provided for the message at hand.
 */
export function perMessage(keyword: string | Function): Callback {
  const label = typeof keyword === 'string' ? keyword : keyword.name;
  return (context) => {
    const connection = context.provided(WebSocketConnection) as WebSocketConnection;
    const current = (): object | undefined => sessionOf(connection).unit?.values[label] as object | undefined;
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
