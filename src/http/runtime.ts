/** The runtime that this runs on. */
export function runtime(): 'bun' | 'deno' | 'node' {
  const { versions } = process as { versions: Readonly<Record<string, string | undefined>> };
  return versions.bun !== undefined ? 'bun' : versions.deno !== undefined ? 'deno' : 'node';
}
