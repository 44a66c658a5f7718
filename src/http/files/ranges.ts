/** A range of bytes. Both ends are inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** The maximum number of ranges. Many small ranges are a denial-of-service attack (RFC 9110 section 17.15). */
const MAX_RANGES = 50;

// An element of a list: `first-last`, `first-` or `-suffix`.
const RANGE = /^[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/;

/**
 * Parses a `Range` header (RFC 9110 section 14.2). Overlapping and adjacent ranges are merged, at the position of the first of them.
 *
 * @param size the size of the representation in bytes.
 * @returns the ranges in the order of the header; `'unsatisfiable'` (416) if no range overlaps the representation; `undefined` to send
 * the whole representation: without a header, for another unit, for a malformed set, or for too many or overlapping ranges.
 * @example parseRange('bytes=0-99,-100', 1000) // [{ first: 0, last: 99 }, { first: 900, last: 999 }]
 */
export function parseRange(header: string | undefined, size: number): ByteRange[] | 'unsatisfiable' | undefined {
  if (header === undefined) return undefined;
  const unit = /^[ \t]*bytes=/i.exec(header);
  if (unit === null) return undefined;
  const elements = header.slice(unit[0].length).split(',');
  const found: ByteRange[] = [];
  let asked = 0;
  let wanted = 0;
  let tookWhole = false;
  for (const element of elements) {
    // Empty elements of a list are ignored (RFC 9110 section 5.6.1).
    if (/^[ \t]*$/.test(element)) continue;
    const match = RANGE.exec(element);
    if (match === null || ++asked > MAX_RANGES) return undefined;
    const [, from = '', to = '', suffix] = match;
    if (suffix === undefined && to !== '' && isLess(to, from)) return undefined;
    if (size === 0 && suffix !== undefined && Number(suffix) > 0) tookWhole = true;
    const first = suffix === undefined ? Number(from) : Math.max(0, size - Number(suffix));
    const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
    if (first > last) continue;
    wanted += last - first + 1;
    found.push({ first, last });
  }
  if (asked === 0) return undefined;
  // A suffix range of an empty representation is satisfiable, but `Content-Range` cannot express it.
  if (found.length === 0) return tookWhole ? undefined : 'unsatisfiable';
  // Overlapping ranges that exceed the whole representation are a denial-of-service attack.
  if (found.length > 1 && wanted > size) return undefined;
  return mergeRanges(found);
}

/** Compares decimal numbers of any length. */
function isLess(a: string, b: string): boolean {
  return BigInt(a) < BigInt(b);
}

function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  let joined: ByteRange[] = [];
  for (const range of ranges) {
    const near = joined.filter(({ first, last }) => first <= range.last + 1 && range.first <= last + 1);
    const all = [...near, range];
    const whole = { first: Math.min(...all.map(({ first }) => first)), last: Math.max(...all.map(({ last }) => last)) };
    const [place] = near;
    joined =
      place === undefined
        ? [...joined, range]
        : joined.filter((other) => other === place || !near.includes(other)).map((other) => (other === place ? whole : other));
  }
  return joined;
}

/** The value of `Content-Range` for a range, or for one that cannot be satisfied (RFC 9110 section 14.4). */
export function contentRange(range: ByteRange | undefined, size: number): string {
  return range === undefined ? `bytes */${size}` : `bytes ${range.first}-${range.last}/${size}`;
}

/**
 * The delimiters of a `multipart/byteranges` body (RFC 9110 section 14.6): one before each part, and one at the end.
 *
 * @param boundary must not occur in the content. 128 random bits are sufficient.
 */
export function multipartFrames(
  ranges: readonly ByteRange[],
  size: number,
  type: string | undefined,
  boundary: string,
): { heads: Uint8Array[]; tail: Uint8Array } {
  const line = type === undefined ? '' : `Content-Type: ${type}\r\n`;
  const heads = ranges.map((range, index) =>
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n${line}Content-Range: ${contentRange(range, size)}\r\n\r\n`,
      'latin1',
    ),
  );
  return { heads, tail: Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1') };
}
