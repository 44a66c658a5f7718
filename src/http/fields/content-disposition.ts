/** Characters that all clients interpret alike. RFC 6266 appendix D warns of `%`, quotes and backslashes. */
const PLAIN = /^[\x20-\x7e]+$/;
const AMBIGUOUS = /["\\]|%[0-9a-f]{2}/i;
/** Control characters, lone surrogates, and bidirectional marks, which can disguise the extension of a name. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Returns the value of a `Content-Disposition` that makes browsers save a file under a name (RFC 6266). A name that is not plain ASCII
 * is sent as `filename*` (RFC 8187), with a readable `filename` for old clients. For a path, the last segment is used.
 *
 * @throws TypeError for an empty name.
 * @example attachment('report.pdf') // 'attachment; filename="report.pdf"'
 * @example attachment('naïve.txt') // 'attachment; filename="na_ve.txt"; filename*=UTF-8\'\'na%C3%AFve.txt'
 */
export function attachment(filename: string): string {
  const name = lastSegment(filename).replace(UNPRINTABLE, '_');
  if (name.trim() === '')
    throw new TypeError(`${JSON.stringify(filename)} is not a name for a download: give one such as report.pdf.`);
  if (PLAIN.test(name) && !AMBIGUOUS.test(name)) return `attachment; filename="${name}"`;
  const fallback = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_');
  return `attachment; filename="${fallback}"; filename*=UTF-8''${extendedValue(name)}`;
}

/** The part after the last slash or backslash. */
export function lastSegment(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Encodes an extended value (RFC 8187 section 3.2.1). `encodeURIComponent` does not encode all characters outside of `attr-char`. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
