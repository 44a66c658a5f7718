/**
 * Where a character stands next in a text, for readers who go from pair to pair: it is looked for anew only when the place known is
 * left behind. To look for the `=` of each pair in the whole text would cost its length for every pair that has none.
 *
 * @param known what it gave the last time; -1 at first.
 * @returns the length of the text, if it comes no more.
 */
export function nextOf(char: string, text: string, from: number, known: number): number {
  if (known >= from) return known;
  const at = text.indexOf(char, from);
  return at < 0 ? text.length : at;
}
