import { sep } from 'node:path';
import { HTTPError } from '../http-error.js';

/** How names are read. */
export interface NameRules {
  /** Whether segments may begin with a dot. */
  dotfiles: boolean;
  /** Default: whether this is Windows. */
  windows?: boolean;
}

const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:[.:]|$)/i;
/** A stream or a drive (`:`), wildcards, what Windows cuts off the end, and short names, which may stand for dotfiles. */
const UNSAFE_ON_WINDOWS = /[:*?"<>|\x01-\x1f]|[. ]$|~\d/;

/**
 * The segments of a name below a root, in every system's spelling: nothing of it leads upwards, to another drive, or to what is
 * no file. Leading slashes do not count, as in Bottle. The name is not decoded: `%2e` is three characters.
 *
 * @returns the segments; the last one is empty if the name ends with a slash.
 * @throws HTTPError 403 for a name that could lead out, or to a hidden file.
 * @example safeSegments('/css/site.css', { dotfiles: false }) // ['css', 'site.css']
 */
export function safeSegments(name: string, rules: NameRules): string[] {
  const windows = rules.windows ?? process.platform === 'win32';
  // A backslash separates on Windows only; but a name that has one was not written for any honest reason elsewhere.
  if (name.includes('\0') || name.includes('\\')) throw denied();
  const all = name.replace(/^\/+/, '').split('/');
  const segments = all.filter((segment, index) => segment !== '.' && (segment !== '' || index === all.length - 1));
  for (const segment of segments) {
    if (segment === '') continue;
    if (segment === '..' || (segment.startsWith('.') && !rules.dotfiles)) throw denied();
    if (windows && (DEVICE.test(segment) || UNSAFE_ON_WINDOWS.test(segment))) throw denied();
  }
  // `a/.` asks for a directory, as `a/` does.
  if (all.at(-1) === '.') segments.push('');
  return segments;
}

/** Whether a path is the root or lies below it. Both are absolute and free of links. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

export function denied(): HTTPError {
  return new HTTPError(403, 'Access denied.', { code: 'BN_FILE_DENIED' });
}
