/**
 * Loads an optional peer when it is first needed. It stands beside bottlenose; where bottlenose is linked into a project, it stands
 * in the project only. Gives `undefined` where it is not installed, and throws what the package itself throws.
 */
export function requirePeer<T>(name: string): T | undefined {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { join } = process.getBuiltinModule('node:path');
  for (const place of [import.meta.url, join(process.cwd(), 'index.js')]) {
    try {
      return createRequire(place)(name) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
