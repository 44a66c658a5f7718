import { createRequire } from 'node:module';

/**
 * The proxies whose forwarding headers are trusted: `true` for all, a number for that many proxies before this server, or one or more
 * addresses (`'10.0.0.7'`, `'10.0.0.0/8'`, `'loopback'`, `'private'`).
 */
export type TrustProxy = boolean | number | string | readonly string[];

/** Decides whether a proxy is trusted. */
export interface ProxyTrust {
  /**
   * @param address the address of the proxy; `undefined` without one, as on a Unix socket.
   * @param hop 0 for the proxy that is connected to this server, 1 for the one before it.
   */
  trusts(address: string | undefined, hop: number): boolean;
}

const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/**
 * Parses the option `trustProxy`. Accepts text from configuration files and environment variables: `'true'`, `'2'`, `'a, b'`.
 *
 * @returns `undefined` if no proxy is trusted.
 * @throws TypeError for other values.
 */
export function toProxyTrust(value: unknown): ProxyTrust | undefined {
  const parsed = typeof value === 'string' ? parseText(value) : value;
  if (parsed === undefined || parsed === false || parsed === 0) return undefined;
  if (parsed === true) return { trusts: () => true };
  if (typeof parsed === 'number' && Number.isSafeInteger(parsed) && parsed > 0) return { trusts: (_, hop) => hop < parsed };
  if (Array.isArray(parsed) && parsed.length > 0 && parsed.every((one) => typeof one === 'string')) return trustAddresses(parsed);
  throw new TypeError(
    "it has to be true, a number of proxies, or their addresses ('10.0.0.7', '10.0.0.0/8', 'loopback', 'private')",
  );
}

function parseText(text: string): unknown {
  const plain = text.trim().toLowerCase();
  if (plain === 'true' || plain === 'false') return plain === 'true';
  return /^\d+$/.test(plain) ? Number(plain) : text.split(',').map((part) => part.trim());
}

function trustAddresses(list: readonly string[]): ProxyTrust {
  const { BlockList } = net();
  const trusted = new BlockList();
  for (const entry of list.flatMap((name) => NAMED[name] ?? [name])) {
    const [address = '', length, ...more] = entry.split('/');
    const family = addressFamily(address);
    const bits = length === undefined ? undefined : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
    const isSubnet = bits === undefined || bits <= (family === 'ipv6' ? 128 : 32);
    if (family === undefined || !isSubnet || more.length > 0) {
      throw new TypeError(
        `${JSON.stringify(entry)} is not an address of a proxy; write '10.0.0.7', '10.0.0.0/8', 'loopback' or 'private'`,
      );
    }
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, bits, family);
  }
  return { trusts: (address) => address !== undefined && trusted.check(address, addressFamily(address)) };
}

/** Returns the family of an IP address, or `undefined` for other text. */
export function addressFamily(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = net().isIP(address);
  return version === 0 ? undefined : version === 6 ? 'ipv6' : 'ipv4';
}

/** Loaded only if a proxy is trusted. */
function net(): typeof import('node:net') {
  return createRequire(import.meta.url)('node:net') as typeof import('node:net');
}
