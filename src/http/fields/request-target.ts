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
export function encodePath(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeURIComponent(segment).replace(/%(?:21|24|26|27|28|29|2A|2B|2C|3A|3B|3D|40)/gi, decodeURIComponent))
    .join('/');
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
