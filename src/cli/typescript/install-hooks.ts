import module from 'node:module';
import { Compiler } from './swc-compiler.js';
import { Hooks } from './typescript-hooks.js';
import { patchRequire } from './patch-require.js';

type LoadContext = { format?: string | undefined; importAttributes?: object };
type Loaded = { format: string; source?: unknown; shortCircuit?: boolean };
type Resolved = { url: string; format?: string | null; shortCircuit?: boolean };

/** `node:module` since 22.15 and 23.5: hooks in the same thread, for both `import` and `require`. */
type RegisterHooks = (hooks: {
  resolve(specifier: string, context: { parentURL?: string }, next: (specifier: string, context?: object) => Resolved): Resolved;
  load(url: string, context: LoadContext, next: (url: string, context?: object) => Loaded): Loaded;
}) => void;

/**
 * Compiles every TypeScript module that is imported or required from now on.
 *
 * @param swc the path of @swc/core.
 */
export function installHooks(swc: string): void {
  const { registerHooks } = module as unknown as { registerHooks?: RegisterHooks };
  if (registerHooks === undefined) {
    // Older versions only have hooks for `import`, in a separate thread.
    module.register(import.meta.resolve('#typescript-hooks'), { data: { swc } });
    patchRequire(new Hooks(new Compiler(swc)));
    return;
  }
  const hooks = new Hooks(new Compiler(swc));
  registerHooks({
    resolve(specifier, { parentURL }, next) {
      const found = hooks.resolve(specifier, parentURL);
      return found === undefined ? next(specifier) : next(found);
    },
    load(url, context, next) {
      const loaded = hooks.load(url);
      return loaded === undefined ? next(url, context) : { ...loaded, shortCircuit: true };
    },
  });
}
