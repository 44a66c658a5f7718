import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPeer } from '../../support/load-peer.js';

let isPrepared = false;
let found: string | undefined;

export function isTypeScript(url: string): boolean {
  return /\.(?:[cm]?ts|tsx)$/.test(url.replace(/[?#].*$/, ''));
}

/** Whether TypeScript is compiled by @swc/core here, and not left to the runtime. */
export function hasCompiler(): boolean {
  return found !== undefined;
}

/**
 * Has TypeScript compiled as it is loaded, decorator metadata included, before a module is imported that is or may import some.
 *
 * Where @swc/core is not installed, and where another loader is at work (tsx, ts-node, …), under Bun and under Deno, all is left
 * to the runtime: node from 22.18 on runs what needs no more than its types removed, so decorators only in files of JavaScript.
 */
export async function prepareTypeScript(url: string): Promise<void> {
  if (isPrepared || !url.startsWith('file:') || isElsewhere()) return;
  const file = fileURLToPath(url);
  if (!isTypeScript(url) && !existsSync(join(process.cwd(), 'tsconfig.json'))) return;
  isPrepared = true;
  found = findPeer('@swc/core', file);
  if (found === undefined) return;
  // So that a trace tells the line of the .ts file.
  process.setSourceMapsEnabled(true);
  const { installHooks } = await import('./install-hooks.js');
  installHooks(found);
}

function isElsewhere(): boolean {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return true;
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return /\b(?:tsx|ts-node|@swc-node|@oxc-node|jiti|ts-blank-space|amaro)\b/.test(given);
}
