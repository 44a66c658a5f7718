import type { HeaderDict } from './headers.js';

/**
 * Adds names of request headers to `Vary`, beside those that it has: caches must not give a response to requests that differ in
 * these (RFC 9110 section 12.5.5).
 *
 * @param names one name, or several with commas.
 */
export function addVary(headers: HeaderDict, names: string): void {
  const split = (list: string): string[] => list.split(',').map((name) => name.trim());
  const present = headers.getAll('Vary').flatMap(split);
  const known = new Set(present.map((name) => name.toLowerCase()));
  const added = split(names).filter((name) => name !== '' && !known.has(name.toLowerCase()));
  if (added.length > 0 && !known.has('*')) headers.set('Vary', [...present, ...added].join(', '));
}
