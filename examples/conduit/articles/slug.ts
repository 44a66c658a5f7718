/** Names in URLs that mean something else. */
const RESERVED = ['feed'];

/**
 * A title as it stands in a URL, numbered if need be: `how-to-train-your-dragon-2`.
 *
 * @param isTaken whether another article has this one.
 */
export function slugFor(title: string, isTaken: (slug: string) => boolean): string {
  const plain = title.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'article';
  let candidate = slug;
  for (let n = 2; RESERVED.includes(candidate) || isTaken(candidate); n++) candidate = `${slug}-${n}`;
  return candidate;
}
