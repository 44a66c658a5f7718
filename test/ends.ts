import { runInNewContext } from 'node:vm';

/**
 * Runs what has to take linear time. The input is so large that anything else would take minutes, and is ended here; how busy the
 * machine is makes no difference.
 */
export function ends<T>(work: () => T): T {
  return runInNewContext('work()', { work }, { timeout: 15_000 }) as T;
}
