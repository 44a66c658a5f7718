/** What a `filename` may hold so that every client reads it alike: RFC 6266 appendix D warns of `%`, quotes and backslashes. */
const PLAIN = /^[\x20-\x7e]+$/;
const TRICKY = /["\\]|%[0-9a-f]{2}/i;
/** Control characters, halves of characters, and marks that make `txt.exe` look like `exe.txt`. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The value of a `Content-Disposition` that makes browsers save a file under a name (RFC 6266). A name that is not plain ASCII
 * goes as `filename*` as well (RFC 8187), with a readable `filename` for old clients. Of a path, the last segment is taken.
 *
 * @throws TypeError for a name of which nothing is left.
 * @example attachment('report.pdf') // 'attachment; filename="report.pdf"'
 * @example attachment('naïve.txt') // 'attachment; filename="na_ve.txt"; filename*=UTF-8\'\'na%C3%AFve.txt'
 */
export function attachment(filename: string): string {
  const name = lastSegment(filename).replace(UNPRINTABLE, '_');
  if (name.trim() === '')
    throw new TypeError(`${JSON.stringify(filename)} is no name for a download: give one such as report.pdf.`);
  if (PLAIN.test(name) && !TRICKY.test(name)) return `attachment; filename="${name}"`;
  const fallback = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_');
  return `attachment; filename="${fallback}"; filename*=UTF-8''${extendedValue(name)}`;
}

/** What stands after the last separator of any system. */
export function lastSegment(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** RFC 8187 section 3.2.1: `encodeURIComponent` leaves some characters that are not `attr-char`. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
