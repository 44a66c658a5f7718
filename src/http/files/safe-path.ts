import { sep } from 'node:path';
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
 * Leading slashes are ignored, as in Bottle. The name is not decoded: `%2e` is three characters.
 *
 * @returns the segments. The last one is empty if the name ends with a slash.
 * @throws HTTPError 403 for a name that could lead out of the root, or to a hidden file.
 * @example safeSegments('/css/site.css', { dotfiles: false }) // ['css', 'site.css']
 */
export function safeSegments(name: string, rules: NameRules): string[] {
  const windows = rules.windows ?? process.platform === 'win32';
  // A backslash is a separator on Windows only. It is rejected everywhere, because valid names rarely contain one.
  if (name.includes('\0') || name.includes('\\')) throw denied();
  const all = name.replace(/^\/+/, '').split('/');
  const segments = all.filter((segment, index) => segment !== '.' && (segment !== '' || index === all.length - 1));
  for (const segment of segments) {
    if (segment === '') continue;
    if (segment === '..' || (segment.startsWith('.') && !rules.dotfiles)) throw denied();
    if (windows && (DEVICE.test(segment) || UNSAFE_ON_WINDOWS.test(segment))) throw denied();
  }
  // `a/.` denotes a directory, like `a/`.
  if (all.at(-1) === '.') segments.push('');
  return segments;
}

/** Whether a path is the root or below it. Both have to be absolute, without links. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

export function denied(): HTTPError {
  return new HTTPError(403, 'Access denied.', { code: 'BN_FILE_DENIED' });
}
