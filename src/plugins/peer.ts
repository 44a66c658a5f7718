import { loadPeer } from '../validation/load.js';

/** Loads a package that only users of one plugin need. @throws Error saying what to install. */
export function neededPeer<T>(plugin: string, name: string, version: number, otherwise = ''): T {
  const peer = loadPeer<T>(name);
  if (peer !== undefined) return peer;
  throw new Error(`${plugin}() needs the package ${name}, which is not installed: npm install ${name}@${version}${otherwise}`);
}
