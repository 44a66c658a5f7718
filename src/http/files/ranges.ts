/** A part of a representation in bytes, both ends included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** More ranges than this in one request are no reader's doing (RFC 9110 section 17.15). */
const MOST_RANGES = 50;

// An element of a list: `first-last`, `first-` or `-suffix`.
const RANGE = /^[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/;

/**
 * Reads a `Range` header (RFC 9110 section 14.2). Ranges that overlap or touch are joined, in the place of the first of them.
 *
 * @param size of the representation in bytes.
 * @returns the ranges in the order they were asked for; `'unsatisfiable'` (416) if none of them lies within; `undefined` to send
 * the whole: no header, another unit, a malformed set, or one that costs more than the whole (too many, too much, too small).
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
    // RFC 9110 section 5.6.1: empty elements of a list do not count.
    if (/^[ \t]*$/.test(element)) continue;
    const match = RANGE.exec(element);
    if (match === null || ++asked > MOST_RANGES) return undefined;
    const [, from = '', to = '', suffix] = match;
    if (suffix === undefined && to !== '' && isBelow(to, from)) return undefined;
    if (size === 0 && suffix !== undefined && Number(suffix) > 0) tookWhole = true;
    const first = suffix === undefined ? Number(from) : Math.max(0, size - Number(suffix));
    const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
    if (first > last) continue;
    wanted += last - first + 1;
    found.push({ first, last });
  }
  if (asked === 0) return undefined;
  // All of nothing is no range that could be told.
  if (found.length === 0) return tookWhole ? undefined : 'unsatisfiable';
  // Who asks for some bytes again and again is not after the bytes.
  if (found.length > 1 && wanted > size) return undefined;
  return join(found);
}

/** Compares decimal numbers of any length. */
function isBelow(a: string, b: string): boolean {
  return BigInt(a) < BigInt(b);
}

function join(ranges: readonly ByteRange[]): ByteRange[] {
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
 * What goes before each part of a `multipart/byteranges` body, and what after the last (RFC 9110 section 14.6).
 *
 * @param boundary must not occur in the content; 128 random bits do not.
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
