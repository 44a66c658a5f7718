// The entry point of the thread in which Node 20 runs module hooks: see `installHooks`.
import { Compiler } from './swc-compiler.js';
import { Hooks } from './typescript-hooks.js';

let hooks: Hooks | undefined;

export function initialize({ swc }: { swc: string }): void {
  hooks = new Hooks(new Compiler(swc));
}

type Next<T> = (name: string, context: object) => Promise<T>;

export async function resolve(specifier: string, context: { parentURL?: string }, next: Next<object>): Promise<object> {
  return next(hooks?.resolve(specifier, context.parentURL) ?? specifier, context);
}

export async function load(url: string, context: object, next: Next<object>): Promise<object> {
  const loaded = hooks?.load(url);
  if (loaded === undefined) return next(url, context);
  // Without a source, Node uses its own loader for a CommonJS module, and so `patchRequire`.
  return loaded.format === 'commonjs' ? { format: 'commonjs', shortCircuit: true } : { ...loaded, shortCircuit: true };
}
