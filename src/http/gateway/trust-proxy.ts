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

/** Whether a text is an address, and of which kind. */
export function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = net().isIP(address);
  return version === 0 ? undefined : version === 6 ? 'ipv6' : 'ipv4';
}

/** Loaded for those who trust somebody. */
function net(): typeof import('node:net') {
  return createRequire(import.meta.url)('node:net') as typeof import('node:net');
}
