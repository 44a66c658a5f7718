import type { Callback } from '../../http/context.js';
import { sessionOf, WebSocketConnection } from '../../http/sockets/websocket-connection.js';

/** The state of a unit. Connects `SocketUnits` with `unitCallback`, the innermost callback of the unit. */
export class UnitState {
  markReady!: () => void;
  readonly ready = new Promise<void>((resolve) => {
    this.markReady = resolve;
  });
  settle!: (outcome: Promise<void>) => void;
  readonly completion = new Promise<void>((resolve) => {
    this.settle = resolve;
  });
}

/** The innermost callback of a unit. Its promise settles when the message has been handled. */
export const unitCallback: Callback = (context) => {
  const state = context.provided(UnitState) as UnitState;
  state.markReady();
  return state.completion;
};

/**
 * Returns the value that a plugin provides per message, for a parameter. A method gets its parameters once per connection, so the
 * parameter is a proxy for the value of the current message.
 */
export function perMessage(keyword: string | Function): Callback {
  const label = typeof keyword === 'string' ? keyword : keyword.name;
  return (context) => {
    const connection = context.provided(WebSocketConnection) as WebSocketConnection;
    const current = (): object | undefined => sessionOf(connection).unit?.values[label] as object | undefined;
    const required = (): object => {
      const value = current();
      if (value !== undefined) return value;
      throw new Error(
        `'${label}' is only available while a message is handled: from its iteration of the loop over the socket until the next one. ` +
          `Elsewhere, open a scope: await socket.scope(({ ${label} }) => …).`,
      );
    };
    return new Proxy(Object.create(null) as object, {
      get(_target, key) {
        // `await` and consoles read these of any object, so they must not throw.
        if (typeof key === 'symbol' || key === 'then') {
          const value = current();
          return value === undefined ? undefined : Reflect.get(value, key, value);
        }
        const value = required();
        const member: unknown = Reflect.get(value, key, value);
        return typeof member === 'function' ? member.bind(value) : member;
      },
      set: (_target, key, given) => Reflect.set(required(), key, given),
      has: (_target, key) => Reflect.has(required(), key),
      getPrototypeOf: () => Reflect.getPrototypeOf(current() ?? {}),
    });
  };
}
