import { HTTPError } from '../http-error.js';
import type { Exchange } from '../gateway/exchange.js';

/** What a WebSocket route may be told of its handshake. */
export interface HandshakeOptions {
  /** Which pages may connect besides those of this host: origins such as `https://example.org`, or `'*'` for all. */
  origins?: readonly string[] | '*';
  /** The subprotocols that are spoken here, the preferred first; or a function that chooses of those that the client offers. */
  protocols?: readonly string[] | ((offered: readonly string[]) => string | undefined);
}

/** What a WebSocket route may be told besides what any route may. */
export interface WebSocketSettings extends HandshakeOptions {
  /** The largest message that is accepted, in bytes; a larger one closes the connection with 1009. Default: 1 MiB. */
  maxMessage?: number;
  /** How much may wait for a client that does not read before it is cut off, in bytes. Default: 16 MiB. */
  maxBuffered?: number;
  /** How often to ask whether the client is still there, in milliseconds; one that does not answer until the next time is cut off.
   * 0 for never. Default: 30,000. */
  pingInterval?: number;
  /** Whether messages may be compressed (RFC 7692), which costs much memory per connection. Default: false. */
  compression?: boolean;
}

/**
 * Looks over the opening handshake of a WebSocket (RFC 6455 §4.2.1). Gives the subprotocol, or `''`.
 *
 * @throws HTTPError 426 for another version, 400 for what is no handshake, 403 for a page of another origin.
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
    throw new HTTPError(400, 'The Sec-WebSocket-Key is missing or no key.', { code: 'BN_HANDSHAKE' });
  }
  checkOrigin(exchange, options.origins ?? []);
  return chooseProtocol(exchange.header('sec-websocket-protocol'), options.protocols);
}

/** Browsers let any page connect, with the user's cookies; they only tell which page it is. */
function checkOrigin(exchange: Exchange, allowed: readonly string[] | '*'): void {
  const origin = exchange.header('origin');
  if (origin === undefined || allowed === '*' || allowed.some((one) => one.toLowerCase() === origin.toLowerCase())) return;
  if (isSameHost(origin, exchange.header('host') ?? '')) return;
  throw new HTTPError(403, 'Pages of this origin may not open this WebSocket.', { code: 'BN_ORIGIN' });
}

/** Compares hosts and ports only: behind a proxy, the scheme here may be another than that of the page. */
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
