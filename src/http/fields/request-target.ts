/** Percent-decodes a path as UTF-8. Returns an invalid path unchanged (the router rejects it). */
export function decodeTarget(raw: string): string {
  if (!raw.includes('%') && !NON_ASCII.test(raw)) return raw;
  try {
    return decodeURIComponent(NON_ASCII.test(raw) ? escapeBytes(raw) : raw);
  } catch {
    return raw;
  }
}

/** Percent-encodes a path. */
function encodePath(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeURIComponent(segment).replace(/%(?:21|24|26|27|28|29|2A|2B|2C|3A|3B|3D|40)/gi, decodeURIComponent))
    .join('/');
}

/**
 * Percent-encodes a decoded path that replaces another one. What `path` keeps of the replaced path stays encoded as the client sent
 * it, so that an encoded slash does not become a separator.
 *
 * @param raw the replaced path, percent-encoded.
 * @param path the new path, decoded, with a leading slash.
 * @throws RangeError if the paths are long and differ too much to compare them.
 * @example replacePath('/api/a%2Fb/', '/a/b') // '/a%2Fb'
 */
export function replacePath(raw: string, path: string): string {
  if (!raw.includes('%') && !NON_ASCII.test(raw)) return encodePath(path);
  const before = splitPath(raw);
  const after = [...path];
  const origins = align(before, after);
  const isKept = (i: number): boolean => {
    const origin = origins[i];
    if (origin === undefined || before[origin]?.char !== after[i]) return false;
    // A slash without a neighbour that is kept is a part of a different path.
    return i === 0 || after[i] !== '/' || origins[i - 1] === origin - 1 || origins[i + 1] === origin + 1;
  };
  return after.map((char, i) => (isKept(i) ? before[origins[i] as number]?.raw : encodePath(char))).join('');
}

/** A decoded character of a path, and the text that it was decoded from. */
interface PathPart {
  readonly char: string;
  readonly raw: string;
}

/** Splits a percent-encoded path into characters. The slashes at its start are one part, as in `request.path`. */
function splitPath(raw: string): PathPart[] {
  const start = /^(?:\/|%2f)+/i.exec(raw)?.[0] ?? '';
  const parts: PathPart[] = start === '' ? [] : [{ char: '/', raw: start }];
  const isDecoded = decodeTarget(raw) !== raw;
  for (const [text] of raw.slice(start.length).matchAll(isDecoded ? ENCODED_CHARACTER : /./gsu)) {
    for (const char of isDecoded ? decodeTarget(text) : text) parts.push({ char, raw: text });
  }
  return parts;
}

/** One character of a valid percent-encoded path: an escaped or raw UTF-8 sequence, or an ASCII character. */
const ENCODED_CHARACTER = /(?:%[c-f][0-9a-f]|[\xc0-\xff])(?:%[89ab][0-9a-f]|[\x80-\xbf])+|%[0-9a-f]{2}|./gisu;

/** The most comparisons of characters for one path. They take about a millisecond. */
const MAX_COMPARISONS = 250_000;

/** For each character of `after`, the position of its origin in `before`: a longest common subsequence, upper and lower case alike. */
function align(before: readonly PathPart[], after: readonly string[]): (number | undefined)[] {
  const isSame = (i: number, j: number): boolean => before[i]?.char.toLowerCase() === after[j]?.toLowerCase();
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(start, start)) start++;
  let end = 0;
  while (end < shorter - start && isSame(before.length - 1 - end, after.length - 1 - end)) end++;
  const origins = after.map((_, j) => {
    if (j < start) return j;
    return j >= after.length - end ? j + before.length - after.length : undefined;
  });
  const [rows, columns] = [before.length - start - end, after.length - start - end];
  if (rows * columns > MAX_COMPARISONS) throw new RangeError('The paths are too long to compare them.');
  // lengths[i][j] is the length of the longest common subsequence from row i and column j on.
  const lengths = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] as number;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const same = isSame(start + i, start + j);
      (lengths[i] as Uint16Array)[j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (isSame(start + i, start + j)) origins[start + j++] = start + i++;
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return origins;
}

/** Moves `count` segments from the start of the path to the end of the script name; a negative count moves them back. */
export function shiftPath(scriptName: string, path: string, count: number): { scriptName: string; path: string } {
  const script = scriptName.split('/').filter((segment) => segment !== '');
  const rest = path.replace(/^\/+/, '').split('/');
  const endsBare = rest.length === 1 && rest[0] === '';
  const segments = endsBare ? [] : rest;
  if (count >= 0) {
    if (count > segments.filter((segment, i) => segment !== '' || i < segments.length - 1).length) {
      throw new RangeError(`Cannot shift ${count} segments from the path '${path}' to the script name '${scriptName}'.`);
    }
    script.push(...segments.splice(0, count));
  } else {
    if (-count > script.length) {
      throw new RangeError(`Cannot shift ${-count} segments from the script name '${scriptName}' back to the path '${path}'.`);
    }
    segments.unshift(...script.splice(script.length + count));
  }
  return { scriptName: script.length === 0 ? '/' : `/${script.join('/')}/`, path: `/${segments.join('/')}` };
}

const NON_ASCII = /[^\x20-\x7e]/;

/** Percent-encodes raw bytes, which arrive as latin1 characters, so that they can be decoded as UTF-8. */
function escapeBytes(raw: string): string {
  return raw.replace(/[\x80-\xff]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
}
