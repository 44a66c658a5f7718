// Functions for flat response headers: name, value, name, value …. The callers have to validate names and values.

/** The value of a header by its lower-case name. Several values are joined. */
export function flatHeader(headers: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (!isNamed(headers[i] as string, name)) continue;
    found = found === undefined ? headers[i + 1] : `${found}, ${headers[i + 1]}`;
  }
  return found;
}

/** Sets a header. Replaces existing values. */
export function setFlatHeader(headers: string[], name: string, value: string): void {
  removeFlatHeader(headers, name.toLowerCase());
  headers.push(name, value);
}

/** Removes a header by its lower-case name. */
export function removeFlatHeader(headers: string[], name: string): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (isNamed(headers[i] as string, name)) headers.splice(i, 2);
  }
}

/** Adds the name of a request header to `Vary`. */
export function addFlatVary(headers: string[], name: string): void {
  const value = withVary(flatHeader(headers, 'vary'), name);
  if (value !== undefined) setFlatHeader(headers, 'Vary', value);
}

/**
 * Returns the value of `Vary` with names added; `undefined` if it contains them already.
 *
 * @param names one name, or several names with commas.
 */
export function withVary(present: string | undefined, names: string): string | undefined {
  const before = splitList(present ?? '');
  const known = new Set(before.map((name) => name.toLowerCase()));
  const added = splitList(names).filter((name) => !known.has(name.toLowerCase()));
  return added.length === 0 || known.has('*') ? undefined : [...before, ...added].join(', ');
}

function splitList(text: string): string[] {
  return text.split(',').flatMap((name) => name.trim() || []);
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}
