import type { Callback, Context } from '../../http/context.js';
import { HTTPError } from '../../http/http-error.js';
import { isStreamed } from '../../http/answer/streams.js';
import { isThenable } from '../../support/value-kinds.js';
import { sessionOf, WebSocketConnection } from '../../http/sockets/websocket-connection.js';
import { LateModule } from '../../support/late-module.js';
import type { RoadRoute } from './road-app.js';

/** The verb of WebSocket routes. It is not an HTTP method, so a GET route may have the same rule. */
export const SOCKET_VERB = 'WEBSOCKET';

const connecting = new LateModule(() => import('./socket-connect.js'));

/** Wraps a method so that the connection opens when it is called: every check of the handshake has run by then. */
export function openingMethod(method: Function, name: string): Function {
  return function (this: unknown, ...args: unknown[]): unknown {
    sessionOf(args.find((arg) => arg instanceof WebSocketConnection) as WebSocketConnection).open();
    return rejectGenerator(method.apply(this, args), name);
  };
}

/** The same for a bare function. */
export function openingFunction(call: Callback, name: string): Callback {
  return (context) => {
    sessionOf(context.provided(WebSocketConnection) as WebSocketConnection).open();
    return rejectGenerator(call(context), name);
  };
}

function rejectGenerator(result: unknown, name: string): unknown {
  if (isThenable(result) || !isStreamed(result)) return result;
  throw new TypeError(`${name} is a generator, but a WebSocket route ignores yielded values. Use socket.send(…).`);
}

/** The callback of a WebSocket route: the connection, with plugins and hooks around the method. */
export function socketCallback(inner: Callback, unit: Callback | undefined, route: RoadRoute): Callback {
  return (context) => {
    if (context.exchange.upgrade === undefined) throw upgradeRequired(context);
    return connecting.use(({ connect }) => connect(inner, unit, route, context));
  };
}

/** The 426 for a plain request to a WebSocket route (RFC 9110 §15.5.22). */
export function upgradeRequired({ exchange, request }: Context): HTTPError {
  // HTTP/2 and later have no such headers. Our `Connection` replaces the server's, so it has to repeat `close`.
  const isLast = exchange.httpVersion === '1.0' || /\bclose\b/i.test(exchange.header('connection') ?? '');
  const connection = isLast ? 'Upgrade, close' : 'Upgrade';
  const headers = exchange.httpVersion.startsWith('1') ? { Upgrade: 'websocket', Connection: connection } : {};
  return new HTTPError(426, `'${request.path}' is a WebSocket: connect to it with ws:// or wss://.`, {
    headers,
    code: 'BN_UPGRADE_REQUIRED',
  });
}
