import Module from 'node:module';
import type { Hooks } from './typescript-hooks.js';

type Required = { _compile(code: string, file: string): void };

/** What every tool of this kind builds on, though node describes only `require.extensions`. */
interface Internals {
  _extensions: Record<string, (module: Required, file: string) => void>;
  _resolveFilename(request: string, parent: { filename?: string | null } | undefined, ...rest: unknown[]): string;
}

/** Lets `require` load TypeScript, and find it under the names of what it would be compiled to. */
export function patchRequire(hooks: Hooks): void {
  const internals = Module as unknown as Internals;
  for (const ending of ['.ts', '.cts', '.mts', '.tsx']) {
    internals._extensions[ending] = (module, file) => module._compile(hooks.loadRequired(file), file);
  }
  const resolveFilename = internals._resolveFilename;
  let isAsking = false;
  internals._resolveFilename = function (request, parent, ...rest) {
    const from = parent?.filename ?? undefined;
    // The hooks ask node in their turn.
    if (isAsking || from === undefined || /[\\/]node_modules[\\/]/.test(from)) {
      return resolveFilename.call(this, request, parent, ...rest);
    }
    let found: string | undefined;
    isAsking = true;
    try {
      found = hooks.find(request, from);
    } finally {
      isAsking = false;
    }
    return resolveFilename.call(this, found ?? request, parent, ...rest);
  };
}
