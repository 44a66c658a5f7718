import type { Callback, Context } from '../../http/context.js';
import { HTTPError } from '../../http/http-error.js';
import { readHandshake } from '../../http/sockets/handshake.js';
import { isStreamed } from '../../http/answer/streams.js';
import { isThenable } from '../../support/value-kinds.js';
import { type SocketHost, socketDriver, WebSocketConnection } from '../../http/sockets/websocket-connection.js';
import type { RoadRoute } from './road-app.js';
import { SocketUnits } from './message-scope.js';

/** The verb of WebSocket routes: none that HTTP knows, so that a page may have the same rule. */
export const SOCKET_VERB = 'WEBSOCKET';

const MAX_MESSAGE = 1024 * 1024;
const MAX_BUFFERED = 16 * 1024 * 1024;
const PING_INTERVAL = 30_000;

/** Headers that describe a body, or that the handshake itself sets. */
const NOT_FOR_HANDSHAKE = /^(?:content-.*|connection|upgrade|sec-websocket-(?:accept|protocol|extensions)|transfer-encoding)$/i;

/** A method that opens its connection as it is called: everything that may refuse the handshake has passed by then. */
export function openingMethod(method: Function, name: string): Function {
  return function (this: unknown, ...args: unknown[]): unknown {
    socketDriver().open(args.find((arg) => arg instanceof WebSocketConnection) as WebSocketConnection);
    return noGenerator(method.apply(this, args), name);
  };
}

/** The same for a bare function. */
export function openingFunction(call: Callback, name: string): Callback {
  return (context) => {
    socketDriver().open(context.provided(WebSocketConnection) as WebSocketConnection);
    return noGenerator(call(context), name);
  };
}

function noGenerator(result: unknown, name: string): unknown {
  if (isThenable(result) || !isStreamed(result)) return result;
  throw new TypeError(`${name} is a generator, and nobody takes what it yields. Use socket.send(…).`);
}

/** The road of a WebSocket: the handshake, plugins and hooks around the method, and the end of the connection. */
export function socketCallback(inner: Callback, unit: Callback | undefined, route: RoadRoute): Callback {
  const { maxMessage = MAX_MESSAGE, maxBuffered = MAX_BUFFERED, pingInterval = PING_INTERVAL } = route.options.socket ?? {};
  return async (context) => {
    const { exchange } = context;
    const { compression = false, ...handshake } = route.options.socket ?? {};
    if (exchange.upgrade === undefined) throw upgradeRequired(context);
    const protocol = readHandshake(exchange, handshake);
    const units = unit === undefined ? undefined : new SocketUnits(context, unit, route.displayName);
    const host: SocketHost = {
      protocol,
      maxBuffered,
      pingInterval,
      open: (sink) => {
        const headers = handshakeHeaders(context);
        const link = exchange.upgrade?.({ protocol, maxMessage, compression, pingInterval, headers }, sink);
        context.answered = true;
        return link as NonNullable<typeof link>;
      },
      begin: units === undefined ? undefined : () => units.begin(),
    };
    return run(inner, context, new WebSocketConnection(host));
  };
}

async function run(inner: Callback, context: Context, connection: WebSocketConnection): Promise<unknown> {
  const driver = socketDriver();
  context.provide(WebSocketConnection, connection);
  let result: unknown;
  try {
    result = await inner(context);
  } catch (error) {
    if (!driver.isOpen(connection)) throw error;
    throw await driver.fail(connection, error);
  }
  // A plugin has answered in place of the method: an ordinary response, which refuses the handshake.
  if (!driver.isOpen(connection)) return result;
  if (result instanceof HTTPError) throw await driver.fail(connection, result);
  await driver.finish(connection);
  return undefined;
}

/** A plain request for a WebSocket (RFC 9110 §15.5.22). */
export function upgradeRequired({ exchange, request }: Context): HTTPError {
  // Later versions of HTTP have no such headers. A `Connection` of ours takes the place of the server's, which would say `close`.
  const isLast = exchange.httpVersion === '1.0' || /\bclose\b/i.test(exchange.header('connection') ?? '');
  const connection = isLast ? 'Upgrade, close' : 'Upgrade';
  const headers = exchange.httpVersion.startsWith('1') ? { Upgrade: 'websocket', Connection: connection } : {};
  return new HTTPError(426, `'${request.path}' is a WebSocket: connect to it with ws:// or wss://.`, {
    headers,
    code: 'BN_UPGRADE_REQUIRED',
  });
}

function handshakeHeaders({ touchedResponse }: Context): string[] {
  const flat = touchedResponse?.toFlat() ?? [];
  return flat.filter((_, i) => !NOT_FOR_HANDSHAKE.test(flat[i - (i % 2)] as string));
}
