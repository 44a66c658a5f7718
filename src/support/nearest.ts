/**
 * The known name that is most similar to a mistyped one, for the "did you mean …?" of an error message. `undefined` if no name is
 * similar enough. Up to a third of the letters may be wrong; a swap of two neighbours counts as one mistake, and case, `_` and `-`
 * count very little. A name that starts with the mistyped one is also similar (`request` for `req`), but less so. Among equally
 * similar names, the first wins.
 *
 * @param wanted The mistyped name.
 * @param known The valid names.
 * @example
 * nearest('pots', ['posts', 'users']); // 'posts'
 * nearest('userID', ['user_id', 'user']); // 'user_id'
 */
export function nearest(wanted: string, known: Iterable<string>): string | undefined {
  const plain = simplified(wanted);
  // At least one mistake is allowed, even in the shortest name: `bd` is similar to `db`.
  const allowed = Math.max(1, Math.floor(plain.length / 3));
  let best: string | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const other = simplified(candidate);
    const cost = resemblance(plain, other, allowed);
    if (cost > lowest || cost === Number.POSITIVE_INFINITY) continue;
    // Case and separators only decide between names that are otherwise equally similar.
    const total = cost + Math.min(0.9, distance(wanted, candidate) / 100);
    if (total < lowest) {
      lowest = total;
      best = candidate;
    }
  }
  return best;
}

function resemblance(wanted: string, other: string, allowed: number): number {
  if (Math.abs(wanted.length - other.length) <= allowed) {
    const found = distance(wanted, other);
    // Names without a common letter are not similar, however short they are.
    if (found <= allowed && (found === 0 || found < Math.max(wanted.length, other.length))) return found;
  }
  return wanted.length >= 3 && other.startsWith(wanted) ? allowed + other.length - wanted.length : Number.POSITIVE_INFINITY;
}

function simplified(name: string): string {
  const plain = name.toLowerCase().replace(/[_-]/g, '');
  return plain || name;
}

/** The restricted Damerau–Levenshtein distance (optimal string alignment), with three rows in memory. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
