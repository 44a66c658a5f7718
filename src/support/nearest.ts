/**
 * The known name that a mistyped one resembles most, for the "did you mean …?" of an error message, or `undefined` if none is near
 * enough to be worth suggesting. Up to a third of the letters may be wrong, where a swap of two neighbours counts once, and case,
 * `_` and `-` hardly count. Failing that, a name that the wanted one abbreviates (`req` for `request`) is near as well.
 * Of several equally near, the first.
 *
 * @param wanted What was written.
 * @param known What would have been right.
 * @example
 * nearestName('pots', ['posts', 'users']); // 'posts'
 * nearestName('userID', ['user_id', 'user']); // 'user_id'
 */
export function nearestName(wanted: string, known: Iterable<string>): string | undefined {
  const plain = simplified(wanted);
  // A third of the letters, but one even in the shortest name: `bd` is near `db`.
  const allowed = Math.max(1, Math.floor(plain.length / 3));
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const other = simplified(candidate);
    const cost = resemblance(plain, other, allowed);
    if (cost > least || cost === Number.POSITIVE_INFINITY) continue;
    // Spelling of case and separators only decides between names that are alike without it.
    const total = cost + Math.min(0.9, distance(wanted, candidate) / 100);
    if (total < least) {
      least = total;
      best = candidate;
    }
  }
  return best;
}

/** The same by its shorter name. */
export { nearestName as nearest };

function resemblance(wanted: string, other: string, allowed: number): number {
  if (Math.abs(wanted.length - other.length) <= allowed) {
    const found = distance(wanted, other);
    // Names that share no letter are not alike, however short they are.
    if (found <= allowed && (found === 0 || found < Math.max(wanted.length, other.length))) return found;
  }
  return wanted.length >= 3 && other.startsWith(wanted) ? allowed + other.length - wanted.length : Number.POSITIVE_INFINITY;
}

function simplified(name: string): string {
  const plain = name.toLowerCase().replace(/[_-]/g, '');
  return plain || name;
}

/** Damerau's and Levenshtein's distance in its restricted form (optimal string alignment), three rows at a time. */
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
