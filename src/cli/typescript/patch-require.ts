import Module from 'node:module';
import type { Hooks } from './typescript-hooks.js';

type RequiredModule = { _compile(code: string, file: string): void };

/** Internals of Node that tools of this kind use. Node documents only `require.extensions`. */
interface Internals {
  _extensions: Record<string, (module: RequiredModule, file: string) => void>;
  _resolveFilename(request: string, parent: { filename?: string | null } | undefined, ...rest: unknown[]): string;
}

/** Lets `require` load TypeScript, and resolve the names of compiled output. */
export function patchRequire(hooks: Hooks): void {
  const internals = Module as unknown as Internals;
  for (const extension of ['.ts', '.cts', '.mts', '.tsx']) {
    internals._extensions[extension] = (module, file) => module._compile(hooks.loadRequired(file), file);
  }
  const resolveFilename = internals._resolveFilename;
  let isResolving = false;
  internals._resolveFilename = function (request, parent, ...rest) {
    const from = parent?.filename ?? undefined;
    // The hooks call Node's resolver themselves.
    if (isResolving || from === undefined || /[\\/]node_modules[\\/]/.test(from)) {
      return resolveFilename.call(this, request, parent, ...rest);
    }
    let found: string | undefined;
    isResolving = true;
    try {
      found = hooks.find(request, from);
    } finally {
      isResolving = false;
    }
    return resolveFilename.call(this, found ?? request, parent, ...rest);
  };
}
