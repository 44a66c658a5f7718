import { sep } from 'node:path';
import { decodeTarget } from '../fields/request-target.js';
import { HTTPError } from '../http-error.js';

/** Rules for file names. */
interface NameRules {
  /** Whether segments may begin with a dot. */
  dotfiles: boolean;
  /** Default: whether this is Windows. */
  windows?: boolean;
}

const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:[.:]|$)/i;
/** A stream or a drive (`:`), wildcards, characters that Windows trims at the end, and short names, which can denote dotfiles. */
const UNSAFE_ON_WINDOWS = /[:*?"<>|\x01-\x1f]|[. ]$|~\d/;

/**
 * Splits the name of a file below a root into segments. Rejects names that lead to a parent, another drive or a device, on any system.
 * One leading slash is ignored, as in Bottle. The name is not decoded: `%2e` is three characters. A file has one name: empty segments
 * and `.` are rejected, because the router takes them for another resource, which may have other guards.
 *
 * @returns the segments. The last one is empty if the name ends with a slash.
 * @throws HTTPError 403 for a name that could lead out of the root, or to a hidden file. HTTPError 404 for a second name of a file.
 * @example safeSegments('/css/site.css', { dotfiles: false }) // ['css', 'site.css']
 */
export function safeSegments(name: string, rules: NameRules): string[] {
  const windows = rules.windows ?? process.platform === 'win32';
  // A backslash is a separator on Windows only. It is rejected everywhere, because valid names rarely contain one.
  if (name.includes('\0') || name.includes('\\')) throw denied();
  const segments = name.replace(/^\//, '').split('/');
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' || (segment.startsWith('.') && !rules.dotfiles)) throw denied();
    if (windows && (DEVICE.test(segment) || UNSAFE_ON_WINDOWS.test(segment))) throw denied();
  }
  if (segments.includes('.') || segments.slice(0, -1).includes('')) throw otherName();
  return segments;
}

/** The address by which a request asks for a file. */
export interface FileAddress {
  /** The path of the request, percent-encoded. */
  readonly path: string;
  /** The values of the route's wildcards. */
  readonly values: readonly unknown[];
}

/**
 * Checks that a request asks for a file by the one address that the router knows it by. Another address of the same file (`//`, `/./`,
 * `%2F`) may match a route with fewer guards.
 *
 * @param name the name of the file, as passed to `staticFile`.
 * @throws HTTPError 404 for another address.
 */
export function checkAddress(name: string, { path, values }: FileAddress): void {
  if (/\/(?:\.|%2e)?\//i.test(path)) throw otherName();
  if (!/%2f/i.test(path)) return;
  // NUL stands for an encoded slash. File names do not contain it.
  const marked = decodeTarget(path.replace(/%2f/gi, '%00'));
  const texts = [
    ...values.filter((value) => typeof value === 'string'),
    ...marked.split('/').map((text) => text.replaceAll('\0', '/')),
  ];
  if (texts.some((text) => text.includes('/') && name.includes(text) && !marked.includes(text))) throw otherName();
}

/** Whether a path is the root or below it. Both have to be absolute, without links. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function otherName(): HTTPError {
  return new HTTPError(404, 'The file does not exist.', { code: 'BN_FILE_MISSING' });
}

export function denied(): HTTPError {
  return new HTTPError(403, 'Access denied.', { code: 'BN_FILE_DENIED' });
}
