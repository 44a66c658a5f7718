import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the configuration of a front end is put into, for a test. */
export interface Place {
  /** A folder of its own, which goes away afterwards. */
  readonly folder: string;
  /** Where the front end is to listen, on 127.0.0.1. */
  readonly port: number;
  /** Where the two instances of the app are, `127.0.0.1:port`; of FastCGI, the first. */
  readonly instances: readonly string[];
  /** Where a FastCGI program listens that has a Unix socket. */
  readonly socket: string;
  /** The program that answers one request by CGI. */
  readonly script: string;
}

/** A web server in front of the app, with the configuration of examples/deploy. */
export interface Front {
  /** Its line in the conformance suite's table. */
  readonly name: string;
  /** Debian's package. */
  readonly package: string;
  /** How it speaks to the app: by HTTP to two instances; by FastCGI to one, at a port or a Unix socket; by CGI. */
  readonly speaks: 'http' | 'fastcgi' | 'fastcgi, by a Unix socket' | 'cgi';
  /** The program in the foreground. */
  readonly command: (place: Place) => readonly [program: string, ...args: string[]];
  /** Its files, by name: the whole configuration, that of examples/deploy within. */
  readonly files: (place: Place) => Readonly<Record<string, string>>;
  /** Asks the other instance when one ends before it has answered a GET. */
  readonly retries?: boolean;
}

/** A file of examples/deploy with replacements for this machine. Each replaced text has to exist. */
export function deployed(path: string, replacements: readonly (readonly [there: string, here: string])[]): string {
  let text = readFileSync(fileURLToPath(new URL(`../../examples/deploy/${path}`, import.meta.url)), 'utf8');
  for (const [there, here] of replacements) {
    if (!text.includes(there)) throw new Error(`There is no ${JSON.stringify(there)} in examples/deploy/${path}.`);
    text = text.replaceAll(there, here);
  }
  return text;
}

export const isRoot = process.getuid?.() === 0;
