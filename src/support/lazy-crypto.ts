import { createRequire } from 'node:module';

let loaded: typeof import('node:crypto') | undefined;

/** `node:crypto`, loaded when it is first used: that takes longer than loading all of this package's own code for it. */
export function crypto(): typeof import('node:crypto') {
  loaded ??= createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
  return loaded;
}
