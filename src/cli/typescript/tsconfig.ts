import { dirname } from 'node:path';
import { getTsconfig, type TsConfigResult } from 'get-tsconfig';

const known = new Map<string, TsConfigResult | null>();
const files = new Map<string, unknown>();

/** The tsconfig.json next to a file or above it, with what it extends. One that is broken counts for none: `tsc` tells of it. */
export function tsconfigOf(file: string): TsConfigResult | null {
  const folder = dirname(file);
  let config = known.get(folder);
  if (config === undefined) {
    try {
      config = getTsconfig(folder, 'tsconfig.json', files);
    } catch {
      config = null;
    }
    known.set(folder, config);
  }
  return config;
}
