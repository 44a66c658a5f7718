/**
 * Loads an optional peer when it is first needed. It stands beside bottlenose; where bottlenose is linked into a project, it stands
 * in the project only. Gives `undefined` where it is not installed, and throws what the package itself throws.
 */
export function requirePeer<T>(name: string): T | undefined {
  for (const place of places()) {
    try {
      return requireAt(place)(name) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/** Whether `requirePeer` would find a peer, without loading it. */
export function isInstalled(name: string): boolean {
  return places().some((place) => {
    try {
      requireAt(place).resolve(name);
      return true;
    } catch {
      return false;
    }
  });
}

function places(): string[] {
  return [import.meta.url, process.getBuiltinModule('node:path').join(process.cwd(), 'index.js')];
}

function requireAt(place: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(place);
}
