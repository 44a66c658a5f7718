import { isIPv6 } from 'node:net';
import { usage } from './command-error.js';

/** Where to listen, in the form of the options of `run()`. */
interface Address {
  /** An address, or `unix:/path` for a Unix socket. */
  host?: string;
  port?: number;
}

/**
 * Parses the value of `--bind`: `ADDRESS`, `ADDRESS:PORT`, `:PORT`, `[::1]:PORT`, `::1`, a port alone, or `unix:/path`.
 *
 * @throws CommandError for an invalid address or port.
 */
export function readAddress(text: string | undefined): Address {
  if (text === undefined || text === '') return {};
  if (text.startsWith('unix:')) {
    if (text === 'unix:') throw usage(`--bind ${text} names no file: write unix:/run/app.sock.`);
    return { host: text };
  }
  if (isIPv6(text)) return { host: text };
  if (/^\d+$/.test(text)) return { port: portOf(text, text) };
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [];
  const bare = host.replace(/^\[|\]$/g, '');
  if ((host === '' && port === undefined) || (host.startsWith('[') && !isIPv6(bare))) {
    throw usage(`--bind ${text} is not an address: write ADDRESS:PORT, with an IPv6 address in brackets ([::1]:8080).`);
  }
  return { ...(bare !== '' && { host: bare }), ...(port !== undefined && { port: portOf(port, text) }) };
}

function portOf(digits: string, text: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : Number.NaN;
  if (port <= 65_535) return port;
  throw usage(
    `--bind ${text}: ${digits === '' ? 'the port is missing' : `${digits} is not a port`}; choose one from 0 to 65535.`,
  );
}
