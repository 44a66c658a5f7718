import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPeer } from '../../support/load-peer.js';

/** The first version that closes all connections at once. Shutdown needs that. */
const OLDEST = [20, 30] as const;

/** From this version on, a request may have about 100 headers. Earlier versions stop at 48, with `Host`. */
const MORE_HEADERS = [20, 48] as const;

/** The version of the installed uWebSockets.js, such as `20.30.0`. `undefined` if it is unknown. */
export function installedVersion(file: string | undefined = findPeer('uWebSockets.js')): string | undefined {
  if (file === undefined) return undefined;
  // Newer versions do not export their package.json, so `require` cannot read it.
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { version?: string }).version;
  }
  return undefined;
}

/**
 * What the user should know about a version of uWebSockets.js, in one line. `undefined`: nothing.
 *
 * @throws Error for a version that is too old.
 * @see https://github.com/uNetworking/uWebSockets.js/issues/1099
 */
export function versionNotice(version: string | undefined): string | undefined {
  const found = /^(\d+)\.(\d+)\./.exec(version ?? '');
  if (found === null) return undefined;
  const isBefore = ([major, minor]: readonly [number, number]): boolean =>
    Number(found[1]) < major || (Number(found[1]) === major && Number(found[2]) < minor);
  if (isBefore(OLDEST)) {
    throw new Error(
      `The server 'uws' needs uWebSockets.js 20.30 or later, not ${version}: npm install uNetworking/uWebSockets.js#v20.48.0, or ` +
        "run({ server: 'node' }).",
    );
  }
  if (!isBefore(MORE_HEADERS)) return undefined;
  return (
    `uWebSockets.js ${version} does not answer requests with more than 48 headers, and closes their connections after 10 seconds. ` +
    'Versions from 20.48 take about 100: npm install uNetworking/uWebSockets.js#v20.48.0. Behind a proxy, limit the headers there.'
  );
}
