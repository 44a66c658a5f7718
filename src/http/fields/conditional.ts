import { parseHttpDate } from './dates.js';

/** The validators of a representation (RFC 9110 section 8.8). */
export interface Validators {
  /** With its quotes, and `W/` if it is weak. */
  readonly etag: string | undefined;
  /** Milliseconds since 1970-01-01 UTC. Compared in whole seconds. */
  readonly lastModified: number | undefined;
}

/** Returns a request header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

const ETAG = /(?:W\/)?"[^"]*"/g;

/**
 * Evaluates the preconditions of a GET or HEAD request in the order of RFC 9110 section 13.2.2: `If-Match`, or else
 * `If-Unmodified-Since`; then `If-None-Match`, or else `If-Modified-Since`. Invalid dates are ignored.
 *
 * @returns 200: send the representation; 304: not modified; 412: precondition failed.
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
 * Whether `If-Range` allows a range response (RFC 9110 section 13.1.5): without the header, or if it matches the current version. A weak
 * ETag never matches, because its versions may differ in their bytes.
 */
export function isRangeApplicable(ifRange: string | undefined, { etag, lastModified }: Validators): boolean {
  if (ifRange === undefined) return true;
  const wanted = ifRange.trim();
  if (wanted.endsWith('"')) return etag !== undefined && wanted === etag && !isWeak(etag);
  const date = parseHttpDate(wanted);
  return date !== undefined && date.getTime() === wholeSeconds(lastModified);
}

/**
 * Whether a list of ETags contains an ETag, or is `*` (RFC 9110 section 8.8.3.2).
 *
 * @param list the value of `If-Match` or `If-None-Match`.
 * @param etag the ETag of the representation, if it has one.
 * @param strong whether to use the strong comparison, as for `If-Match`. The weak comparison ignores `W/`.
 * @example matchesETag('W/"a", "b"', '"a"', false) // true
 */
export function matchesETag(list: string, etag: string | undefined, strong: boolean): boolean {
  if (list.trim() === '*') return true;
  if (etag === undefined || (strong && isWeak(etag))) return false;
  const wanted = strong ? etag : opaqueTag(etag);
  return (list.match(ETAG) ?? []).some((candidate) => (strong ? candidate : opaqueTag(candidate)) === wanted);
}

function isWeak(etag: string): boolean {
  return etag.startsWith('W/');
}

function opaqueTag(etag: string): string {
  return isWeak(etag) ? etag.slice(2) : etag;
}

function wholeSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000) * 1000;
}
