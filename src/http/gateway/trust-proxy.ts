import { createRequire } from 'node:module';

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
  trusts(address: string | undefined, hop: number): boolean;
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
  const parsed = typeof value === 'string' ? parseText(value) : value;
  if (parsed === undefined || parsed === false || parsed === 0) return undefined;
  if (parsed === true) return { trusts: () => true };
  if (typeof parsed === 'number' && Number.isSafeInteger(parsed) && parsed > 0) return { trusts: (_, hop) => hop < parsed };
  if (Array.isArray(parsed) && parsed.length > 0 && parsed.every((one) => typeof one === 'string')) return trustAddresses(parsed);
  throw new TypeError(
    "proxies are believed by true, their number, or their addresses ('10.0.0.7', '10.0.0.0/8', 'loopback', 'private')",
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
        `${JSON.stringify(entry)} is no address of a proxy; write '10.0.0.7', '10.0.0.0/8', 'loopback' or 'private'`,
      );
    }
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, bits, family);
  }
  return { trusts: (address) => address !== undefined && trusted.check(address, addressFamily(address)) };
}

/** Whether a text is an address, and of which kind. */
export function addressFamily(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = net().isIP(address);
  return version === 0 ? undefined : version === 6 ? 'ipv6' : 'ipv4';
}

/** Loaded for those who trust somebody. */
function net(): typeof import('node:net') {
  return createRequire(import.meta.url)('node:net') as typeof import('node:net');
}
