import { HTTPError } from '../http-error.js';
import type { Exchange } from '../gateway/exchange.js';

/** Options of a WebSocket route for its handshake. */
interface HandshakeOptions {
  /** The allowed origins besides this host, such as `https://example.org`, or `'*'` for all. */
  origins?: readonly string[] | '*';
  /** The supported subprotocols, in order of preference; or a function that selects one of the offered subprotocols. */
  protocols?: readonly string[] | ((offered: readonly string[]) => string | undefined);
}

/** Options of a WebSocket route. */
export interface WebSocketSettings extends HandshakeOptions {
  /** The maximum message size, in bytes. A larger message closes the connection with 1009. Default: 1 MiB. */
  maxMessage?: number;
  /**
   * The maximum number of buffered bytes for a slow client. A further message above it terminates the connection. A single message
   * may be larger. Default: 16 MiB.
   */
  maxBuffered?: number;
  /** The interval of pings, in milliseconds. A client that does not answer until the next ping is terminated. 0 for no pings.
   * Default: 30,000. */
  pingInterval?: number;
  /** Whether messages may be compressed (RFC 7692). Compression needs more memory per connection. Default: false. */
  compression?: boolean;
}

/**
 * Validates the opening handshake of a WebSocket (RFC 6455 §4.2.1). Returns the subprotocol, or `''`.
 *
 * @throws HTTPError 426 for another version, 400 for an invalid handshake, 403 for an origin that is not allowed.
 */
export function readHandshake(exchange: Exchange, options: HandshakeOptions): string {
  const version = exchange.header('sec-websocket-version');
  if (version !== '13') {
    throw new HTTPError(426, 'The version of the WebSocket protocol has to be 13.', {
      headers: { 'Sec-WebSocket-Version': '13' },
      code: 'BN_HANDSHAKE',
    });
  }
  if (!/^[+/0-9A-Za-z]{22}==$/.test(exchange.header('sec-websocket-key') ?? '')) {
    throw new HTTPError(400, 'The Sec-WebSocket-Key is missing or invalid.', { code: 'BN_HANDSHAKE' });
  }
  checkOrigin(exchange, options.origins ?? []);
  return chooseProtocol(exchange.header('sec-websocket-protocol'), options.protocols);
}

/** Browsers let every page connect with the user's cookies. They send the origin, which the server has to check. */
function checkOrigin(exchange: Exchange, allowed: readonly string[] | '*'): void {
  const origin = exchange.header('origin');
  if (origin === undefined || allowed === '*' || allowed.some((one) => one.toLowerCase() === origin.toLowerCase())) return;
  if (isSameHost(origin, exchange.header('host') ?? '')) return;
  throw new HTTPError(403, 'Pages of this origin may not open this WebSocket.', { code: 'BN_ORIGIN' });
}

/** Compares hosts and ports only, because the scheme may differ behind a proxy. */
function isSameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  const own = `${page.protocol}//${host}`;
  return page.host !== '' && URL.canParse(own) && new URL(own).host === page.host;
}

function chooseProtocol(header: string | undefined, protocols: HandshakeOptions['protocols']): string {
  const offered = (header ?? '').split(',').flatMap((name) => name.trim() || []);
  if (protocols === undefined || offered.length === 0) return '';
  if (typeof protocols !== 'function') return protocols.find((name) => offered.includes(name)) ?? '';
  const chosen = protocols(offered) ?? '';
  if (chosen === '' || offered.includes(chosen)) return chosen;
  throw new TypeError(`protocols: the function chose '${chosen}', which the client has not offered (${offered.join(', ')}).`);
}
