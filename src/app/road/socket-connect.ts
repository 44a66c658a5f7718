import type { Callback, Context } from '../../http/context.js';
import { DEFAULT_MAX_MESSAGE } from '../../http/gateway/socket-link.js';
import { HTTPError } from '../../http/http-error.js';
import { readHandshake } from '../../http/sockets/handshake.js';
import { SocketSession } from '../../http/sockets/socket-session.js';
import { WebSocketConnection } from '../../http/sockets/websocket-connection.js';
import { SocketUnits } from './message-units.js';
import type { RoadRoute } from './road-app.js';

const MAX_BUFFERED = 16 * 1024 * 1024;
const PING_INTERVAL = 30_000;

/** Headers that describe a body, or that the handshake itself sets. */
const EXCLUDED_HEADERS = /^(?:content-.*|connection|upgrade|sec-websocket-(?:accept|protocol|extensions)|transfer-encoding)$/i;

/** Runs a WebSocket connection: the handshake, the method with its plugins and hooks, and the close. */
export async function connect(inner: Callback, unit: Callback | undefined, route: RoadRoute, context: Context): Promise<unknown> {
  const { exchange } = context;
  const {
    maxMessage = DEFAULT_MAX_MESSAGE,
    maxBuffered = MAX_BUFFERED,
    pingInterval = PING_INTERVAL,
    compression = false,
    ...handshake
  } = route.options.socket ?? {};
  const protocol = readHandshake(exchange, handshake);
  const units = unit === undefined ? undefined : new SocketUnits(context, unit, route.displayName);
  const session = new SocketSession({
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
  });
  context.provide(WebSocketConnection, new WebSocketConnection(session));
  return run(inner, context, session);
}

async function run(inner: Callback, context: Context, session: SocketSession): Promise<unknown> {
  let result: unknown;
  try {
    result = await inner(context);
  } catch (error) {
    if (!session.hasOpened) throw error;
    throw await session.fail(error);
  }
  // A plugin has answered instead of the method. Its ordinary response rejects the handshake.
  if (!session.hasOpened) return result;
  if (result instanceof HTTPError) throw await session.fail(result);
  await session.finish();
  return undefined;
}

function handshakeHeaders({ touchedResponse }: Context): string[] {
  const flat = touchedResponse?.toFlat() ?? [];
  return flat.filter((_, i) => !EXCLUDED_HEADERS.test(flat[i - (i % 2)] as string));
}
