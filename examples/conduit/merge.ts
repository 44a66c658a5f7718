/** What is stored, with the changes that are given. Fields that a class declares are there, `undefined`, even if nobody sent them. */
export function merge<T extends object>(stored: T, changes: Partial<T>): T {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...stored, ...Object.fromEntries(given) };
}
