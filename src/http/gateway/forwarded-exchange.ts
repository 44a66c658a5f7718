import type { Exchange } from './exchange.js';
import { ExchangeFilter } from './exchange-filter.js';
import { type ForwardedValues, readForwarded } from './forwarded-header.js';
import { addressFamily, type ProxyTrust } from './trust-proxy.js';

/**
 * A request as the client sent it to the first proxy that is believed: its address from `X-Forwarded-For`, its scheme from
 * `X-Forwarded-Proto`, its host from `X-Forwarded-Host`, what was taken away from its path from `X-Forwarded-Prefix`; or the first
 * three from `Forwarded`. What proxies that are not believed have said, or clients themselves,
 * counts for nothing, nor does what is no address, scheme, host or path.
 */
export function applyForwarded(exchange: Exchange, trust: ProxyTrust): Exchange {
  if (!trust.trusts(exchange.remoteAddress, 0)) return exchange;
  const said = readForwarded(exchange);
  const before = said.for.map(parseAddress);
  const route = [exchange.remoteAddress];
  for (let hop = 0; trust.trusts(route[0], hop); hop++) {
    const address = before.pop();
    if (address === undefined) break;
    route.unshift(address);
  }
  return new ForwardedExchange(exchange, said, route, Math.max(1, route.length - 1));
}

class ForwardedExchange extends ExchangeFilter {
  readonly #route: readonly string[];
  readonly #isSecure: boolean;
  readonly #host: string | undefined;
  readonly #prefix: string;

  /** @param hops how many proxies are believed: as many entries, from the end, count in headers to which each one adds. */
  constructor(inner: Exchange, said: ForwardedValues, route: readonly (string | undefined)[], hops: number) {
    super(inner);
    this.#route = route.filter((address) => address !== undefined);
    const scheme = valueAtHop(hops, said.proto)?.toLowerCase();
    this.#isSecure = scheme === 'https' || scheme === 'http' ? scheme === 'https' : inner.secure;
    const host = valueAtHop(hops, said.host);
    this.#host = host !== undefined && HOST.test(host) ? host : undefined;
    const prefix = valueAtHop(hops, said.prefix)?.replace(/\/$/, '') ?? '';
    this.#prefix = PREFIX.test(prefix) ? prefix : '';
  }

  override get remoteRoute(): readonly string[] {
    return this.#route;
  }

  override get remoteAddress(): string | undefined {
    return this.#route[0];
  }

  /** Behind it comes what the front end of a CGI program has told. */
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

/** A name or an address, and perhaps a port (RFC 3986 section 3.2). */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** The beginning of a path: no other host, no query, no way up. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()*+,;=:@%-]+)+$/;

function valueAtHop(hops: number, entries: readonly string[]): string | undefined {
  return entries[Math.max(0, entries.length - hops)];
}

/** The address of an entry, which may have a port, and brackets round IPv6; `undefined` for what is none (`unknown`). */
function parseAddress(entry: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  return addressFamily(bare) === undefined ? undefined : bare;
}
