// The headers of a response as they are sent: name, value, name, value …. They have been checked; what is set here must be, too.

/** The value of a header by its lower-case name; of several, joined. */
export function flatHeader(headers: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (!isNamed(headers[i] as string, name)) continue;
    found = found === undefined ? headers[i + 1] : `${found}, ${headers[i + 1]}`;
  }
  return found;
}

/** Sets a header in place of all of that name. */
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

/**
 * Adds the name of a request header to `Vary`, beside those that it has: caches must not give the response to requests that differ
 * in it (RFC 9110 §12.5.5).
 */
export function addFlatVary(headers: string[], name: string): void {
  const present = flatHeader(headers, 'vary');
  if (present === undefined) {
    headers.push('Vary', name);
    return;
  }
  const lower = name.toLowerCase();
  const names = present.split(',').map((one) => one.trim().toLowerCase());
  if (!names.includes(lower) && !names.includes('*')) setFlatHeader(headers, 'Vary', `${present}, ${name}`);
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}
