import { createRequire } from 'node:module';

let loaded: typeof import('node:crypto') | undefined;

/** `node:crypto`, loaded on first use, because loading it is slow. */
export function crypto(): typeof import('node:crypto') {
  loaded ??= createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
  return loaded;
}
