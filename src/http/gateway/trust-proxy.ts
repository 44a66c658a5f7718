import { createRequire } from 'node:module';
import type { Exchange } from './exchange.js';
import { ExchangeFilter } from './exchange-filter.js';
import { type Said, saidByProxies } from './forwarded-header.js';

/**
 * Which proxies are believed when they say whom they speak for: `true` all of them, a number that many before this server, or the
 * addresses of those (`'10.0.0.7'`, `'10.0.0.0/8'`, `'loopback'`, `'private'`), one or a list.
 */
export type TrustProxy = boolean | number | string | readonly string[];

/** Whether a proxy is believed. */
export interface ProxyTrust {
  /**
   * @param address the peer's; `undefined` where there is none, as on a Unix socket.
   * @param hop 0 for the proxy that is connected to this server, 1 for the one before it.
   */
  believes(address: string | undefined, hop: number): boolean;
}

const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/**
 * Reads the option `trustProxy`, also as text, as configuration files and environments give it: `'true'`, `'2'`, `'a, b'`.
 *
 * @returns `undefined` where nobody is believed.
 * @throws TypeError for what is none of it.
 */
export function toProxyTrust(value: unknown): ProxyTrust | undefined {
  const given = typeof value === 'string' ? fromText(value) : value;
  if (given === undefined || given === false || given === 0) return undefined;
  if (given === true) return { believes: () => true };
  if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return { believes: (_, hop) => hop < given };
  if (Array.isArray(given) && given.length > 0 && given.every((one) => typeof one === 'string')) return trustOf(given);
  throw new TypeError(
    "proxies are believed by true, their number, or their addresses ('10.0.0.7', '10.0.0.0/8', 'loopback', 'private')",
  );
}

function fromText(text: string): unknown {
  const plain = text.trim().toLowerCase();
  if (plain === 'true' || plain === 'false') return plain === 'true';
  return /^\d+$/.test(plain) ? Number(plain) : text.split(',').map((part) => part.trim());
}

function trustOf(list: readonly string[]): ProxyTrust {
  const { BlockList } = net();
  const known = new BlockList();
  for (const entry of list.flatMap((name) => NAMED[name] ?? [name])) {
    const [address = '', length, ...more] = entry.split('/');
    const family = familyOf(address);
    const bits = length === undefined ? undefined : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
    const isSubnet = bits === undefined || bits <= (family === 'ipv6' ? 128 : 32);
    if (family === undefined || !isSubnet || more.length > 0) {
      throw new TypeError(
        `${JSON.stringify(entry)} is no address of a proxy; write '10.0.0.7', '10.0.0.0/8', 'loopback' or 'private'`,
      );
    }
    if (bits === undefined) known.addAddress(address, family);
    else known.addSubnet(address, bits, family);
  }
  return { believes: (address) => address !== undefined && known.check(address, familyOf(address)) };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = net().isIP(address);
  return version === 0 ? undefined : version === 6 ? 'ipv6' : 'ipv4';
}

/** Loaded for those who trust somebody. */
function net(): typeof import('node:net') {
  return createRequire(import.meta.url)('node:net') as typeof import('node:net');
}

/**
 * A request as the client sent it to the first proxy that is believed: its address from `X-Forwarded-For`, its scheme from
 * `X-Forwarded-Proto`, its host from `X-Forwarded-Host`, what was taken away from its path from `X-Forwarded-Prefix`; or the first
 * three from `Forwarded`. What proxies that are not believed have said, or clients themselves,
 * counts for nothing, nor does what is no address, scheme, host or path.
 */
export function believed(exchange: Exchange, trust: ProxyTrust): Exchange {
  if (!trust.believes(exchange.remoteAddress, 0)) return exchange;
  const said = saidByProxies(exchange);
  const before = said.for.map(addressOf);
  const route = [exchange.remoteAddress];
  for (let hop = 0; trust.believes(route[0], hop); hop++) {
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
  constructor(inner: Exchange, said: Said, route: readonly (string | undefined)[], hops: number) {
    super(inner);
    this.#route = route.filter((address) => address !== undefined);
    const scheme = saidBy(hops, said.proto)?.toLowerCase();
    this.#isSecure = scheme === 'https' || scheme === 'http' ? scheme === 'https' : inner.secure;
    const host = saidBy(hops, said.host);
    this.#host = host !== undefined && HOST.test(host) ? host : undefined;
    const prefix = saidBy(hops, said.prefix)?.replace(/\/$/, '') ?? '';
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

function saidBy(hops: number, entries: readonly string[]): string | undefined {
  return entries[Math.max(0, entries.length - hops)];
}

/** The address of an entry, which may have a port, and brackets round IPv6; `undefined` for what is none (`unknown`). */
function addressOf(entry: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  return familyOf(bare) === undefined ? undefined : bare;
}
