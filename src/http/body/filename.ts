/** The longest filename of common file systems, in bytes. */
const MAX_LENGTH = 255;

/**
 * Makes a filename that a client chose safe to use as the name of a file: Bottle's `FileUpload.filename`.
 *
 * Directories are cut off, those of Windows too. Accents are taken off letters, other characters than ASCII letters, digits,
 * `-`, `_`, `.` and spaces are dropped, runs of spaces and dashes become one dash, and dots and dashes at the ends are dropped.
 * At most 255 characters are kept; when none are left, the name is `empty`.
 *
 * @example sanitizeFilename('../../etc/Übersicht 2.pdf') // 'Ubersicht-2.pdf'
 */
export function sanitizeFilename(raw: string): string {
  const ascii = raw.normalize('NFKD').replace(/[^\x00-\x7f]/g, '');
  const base = ascii.slice(Math.max(ascii.lastIndexOf('/'), ascii.lastIndexOf('\\')) + 1);
  const name = base
    .replace(/[^A-Za-z0-9\-_.\s]/g, '')
    .trim()
    .replace(/[-\s]+/g, '-');
  return trimDotsAndDashes(name).slice(0, MAX_LENGTH) || 'empty';
}

/** Removes dots and dashes at both ends. A regular expression anchored at the end could take quadratic time. */
function trimDotsAndDashes(name: string): string {
  let start = 0;
  let end = name.length;
  while (start < end && isDotOrDash(name.charCodeAt(start))) start++;
  while (end > start && isDotOrDash(name.charCodeAt(end - 1))) end--;
  return name.slice(start, end);
}

function isDotOrDash(code: number): boolean {
  return code === 0x2e || code === 0x2d;
}
