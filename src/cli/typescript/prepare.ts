import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPeer } from '../../support/load-peer.js';

let isPrepared = false;
let compilerPath: string | undefined;

export function isTypeScript(url: string): boolean {
  return /\.(?:[cm]?ts|tsx)$/.test(url.replace(/[?#].*$/, ''));
}

/** Whether @swc/core compiles TypeScript here, instead of the runtime. */
export function hasCompiler(): boolean {
  return compilerPath !== undefined;
}

/**
 * Installs the TypeScript compiler, including decorator metadata, before a module is imported that is TypeScript or may import
 * it.
 *
 * The runtime handles TypeScript when @swc/core is not installed, with another loader (tsx, ts-node, …), and on Bun and Deno.
 * Node 22.18 and later only removes types, so it supports decorators in JavaScript files only.
 */
export async function prepareTypeScript(url: string): Promise<void> {
  if (isPrepared || !url.startsWith('file:') || hasOtherLoader()) return;
  const file = fileURLToPath(url);
  if (!isTypeScript(url) && !existsSync(join(process.cwd(), 'tsconfig.json'))) return;
  isPrepared = true;
  compilerPath = findPeer('@swc/core', file);
  if (compilerPath === undefined) return;
  // Stack traces then show lines of the .ts file.
  process.setSourceMapsEnabled(true);
  const { installHooks } = await import('./install-hooks.js');
  installHooks(compilerPath);
}

function hasOtherLoader(): boolean {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return true;
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return /\b(?:tsx|ts-node|@swc-node|@oxc-node|jiti|ts-blank-space|amaro)\b/.test(flags);
}
