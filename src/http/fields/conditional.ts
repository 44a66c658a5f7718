import { parseHttpDate } from './dates.js';

/** What tells one version of a representation from another (RFC 9110 section 8.8). */
export interface Validators {
  /** With its quotes, and `W/` if it is weak. */
  readonly etag: string | undefined;
  /** Milliseconds since 1970-01-01 UTC; only whole seconds count. */
  readonly lastModified: number | undefined;
}

/** Gives a request header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

const ETAG = /(?:W\/)?"[^"]*"/g;

/**
 * Evaluates the preconditions of a GET or HEAD request in the order of RFC 9110 section 13.2.2: `If-Match`, or else
 * `If-Unmodified-Since`; then `If-None-Match`, or else `If-Modified-Since`. Dates that are none count as absent.
 *
 * @returns 200: send it; 304: the client has it; 412: it is not what the client expects.
 */
export function checkPreconditions(header: HeaderReader, validators: Validators): 200 | 304 | 412 {
  const { etag } = validators;
  const seconds = wholeSeconds(validators.lastModified);

  const ifMatch = header('if-match');
  if (ifMatch !== undefined) {
    if (!matchesETag(ifMatch, etag, true)) return 412;
  } else {
    const limit = parseHttpDate(header('if-unmodified-since'));
    if (limit !== undefined && seconds !== undefined && seconds > limit.getTime()) return 412;
  }

  const ifNoneMatch = header('if-none-match');
  if (ifNoneMatch !== undefined) return matchesETag(ifNoneMatch, etag, false) ? 304 : 200;
  const since = parseHttpDate(header('if-modified-since'));
  return since !== undefined && seconds !== undefined && seconds <= since.getTime() ? 304 : 200;
}

/**
 * Whether a `Range` is to be heeded, by `If-Range` (RFC 9110 section 13.1.5): without one, or if it names exactly this version. A
 * weak ETag never does, for its versions may differ in their bytes.
 */
export function rangeIsCurrent(ifRange: string | undefined, { etag, lastModified }: Validators): boolean {
  if (ifRange === undefined) return true;
  const wanted = ifRange.trim();
  if (wanted.endsWith('"')) return etag !== undefined && wanted === etag && !isWeak(etag);
  const date = parseHttpDate(wanted);
  return date !== undefined && date.getTime() === wholeSeconds(lastModified);
}

/**
 * Whether a list of ETags names one, or is `*` (RFC 9110 section 8.8.3.2).
 *
 * @param list the value of `If-Match` or `If-None-Match`.
 * @param etag that of the representation, if it has one.
 * @param strong both must be strong, as for `If-Match`. Otherwise a weak one is as good as the strong one of the same text.
 * @example matchesETag('W/"a", "b"', '"a"', false) // true
 */
export function matchesETag(list: string, etag: string | undefined, strong: boolean): boolean {
  if (list.trim() === '*') return true;
  if (etag === undefined || (strong && isWeak(etag))) return false;
  const wanted = strong ? etag : opaque(etag);
  return (list.match(ETAG) ?? []).some((candidate) => (strong ? candidate : opaque(candidate)) === wanted);
}

function isWeak(etag: string): boolean {
  return etag.startsWith('W/');
}

function opaque(etag: string): string {
  return isWeak(etag) ? etag.slice(2) : etag;
}

function wholeSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000) * 1000;
}
