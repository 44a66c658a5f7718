import { dirname } from 'node:path';
import { getTsconfig, type TsConfigResult } from 'get-tsconfig';

const configs = new Map<string, TsConfigResult | null>();
const files = new Map<string, unknown>();

/**
 * The tsconfig.json in the folder of a file or above it, including the files that it extends. A broken one is ignored, because
 * `tsc` reports it.
 */
export function tsconfigOf(file: string): TsConfigResult | null {
  const folder = dirname(file);
  let config = configs.get(folder);
  if (config === undefined) {
    try {
      config = getTsconfig(folder, 'tsconfig.json', files);
    } catch {
      config = null;
    }
    configs.set(folder, config);
  }
  return config;
}
