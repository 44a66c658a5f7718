import type { Exchange } from './exchange.js';
import { ExchangeFilter } from './exchange-filter.js';
import { type ForwardedValues, readForwarded } from './forwarded-header.js';
import { addressFamily, type ProxyTrust } from './trust-proxy.js';

/**
 * Applies the forwarding headers of trusted proxies: the address from `X-Forwarded-For`, the scheme from `X-Forwarded-Proto`, the host
 * from `X-Forwarded-Host` and the path prefix from `X-Forwarded-Prefix`; or the first three from `Forwarded`. Values of untrusted
 * proxies and of clients are ignored, and so are invalid values.
 */
export function applyForwarded(exchange: Exchange, trust: ProxyTrust): Exchange {
  if (!trust.trusts(exchange.remoteAddress, 0)) return exchange;
  const values = readForwarded(exchange);
  const addresses = values.for.map(parseAddress);
  const route = [exchange.remoteAddress];
  for (let hop = 0; trust.trusts(route[0], hop); hop++) {
    const address = addresses.pop();
    if (address === undefined) break;
    route.unshift(address);
  }
  return new ForwardedExchange(exchange, values, route, Math.max(1, route.length - 1));
}

class ForwardedExchange extends ExchangeFilter {
  readonly #route: readonly string[];
  readonly #isSecure: boolean;
  readonly #host: string | undefined;
  readonly #prefix: string;

  /** @param hops the number of trusted proxies. Each proxy appends an entry, so only this many last entries are trusted. */
  constructor(inner: Exchange, values: ForwardedValues, route: readonly (string | undefined)[], hops: number) {
    super(inner);
    this.#route = route.filter((address) => address !== undefined);
    const scheme = valueAtHop(hops, values.proto)?.toLowerCase();
    this.#isSecure = scheme === 'https' || scheme === 'http' ? scheme === 'https' : inner.secure;
    const host = valueAtHop(hops, values.host);
    this.#host = host !== undefined && HOST.test(host) ? host : undefined;
    const prefix = valueAtHop(hops, values.prefix)?.replace(/\/$/, '') ?? '';
    this.#prefix = PREFIX.test(prefix) ? prefix : '';
  }

  override get remoteRoute(): readonly string[] {
    return this.#route;
  }

  override get remoteAddress(): string | undefined {
    return this.#route[0];
  }

  /** The prefix of the proxies, followed by that of the inner exchange. */
  override get scriptName(): string | undefined {
    const inner = super.scriptName;
    return this.#prefix === '' ? inner : `${this.#prefix}${inner ?? ''}`;
  }

  override get secure(): boolean {
    return this.#isSecure;
  }

  override header(name: string): string | undefined {
    return name === 'host' ? (this.#host ?? super.header(name)) : super.header(name);
  }

  override rawHeaders(): readonly string[] {
    const raw = super.rawHeaders();
    const host = this.#host;
    if (host === undefined) return raw;
    const others = raw.filter((_, i) => (raw[i - (i % 2)] as string).toLowerCase() !== 'host');
    return ['Host', host, ...others];
  }
}

/** A name or an address, with an optional port (RFC 3986 section 3.2). */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** A path prefix without a host, a query or dot segments. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()*+,;=:@%-]+)+$/;

function valueAtHop(hops: number, entries: readonly string[]): string | undefined {
  return entries[Math.max(0, entries.length - hops)];
}

/** Returns the address of an entry without port and brackets; `undefined` for other entries, such as `unknown`. */
function parseAddress(entry: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  return addressFamily(bare) === undefined ? undefined : bare;
}
