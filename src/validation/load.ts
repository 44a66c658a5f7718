import { createRequire } from 'node:module';

/**
 * Loads an optional peer, the application's copy before any other: it must be the very one that its decorators came from.
 * Gives `undefined` where it is not installed.
 */
export function loadPeer<T>(name: string): T | undefined {
  for (const from of [`${process.cwd()}/`, import.meta.url]) {
    try {
      return createRequire(from)(name) as T;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
