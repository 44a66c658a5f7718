import { availableParallelism } from 'node:os';
import { KEEP_ALIVE } from '../http1/index.js';
import type { NodeServerOptions } from '../node.js';

/** Options of the `cluster` adapter, in addition to those of `node`. Times are in milliseconds. */
export interface ClusterServerOptions extends NodeServerOptions {
  /** How many processes serve. Default: one per available core (`os.availableParallelism()`). */
  workers?: number;
  /**
   * The number of requests after which a worker is replaced, for programs that leak memory. The new worker listens before the old
   * one stops. Default: 0, which means never.
   */
  maxRequests?: number;
  /**
   * The largest random number of further requests that each worker serves, so that not all are replaced at the same time.
   * Default: a tenth of `maxRequests`.
   */
  maxRequestsJitter?: number;
  /**
   * How long a worker's event loop may be blocked before the worker is killed and replaced. Default: 30,000; 0 means no limit.
   */
  healthTimeout?: number;
  /** How long a worker may take from its start until it listens. Default: 60,000; 0 means no limit. */
  startTimeout?: number;
}

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly fd: number | undefined;
  readonly workers: number;
  readonly maxRequests: number;
  readonly maxRequestsJitter: number;
  readonly healthTimeout: number;
  readonly startTimeout: number;
  readonly shutdownTimeout: number;
  readonly keepAliveTimeout: number;
}

/** @throws TypeError for an invalid number, or an option that workers cannot share. */
export function settingsOf(options: ClusterServerOptions): Settings {
  const { maxRequests = 0 } = options;
  if (options.socket !== undefined) throw notShared('socket');
  if (options.host?.startsWith('unix:')) throw notShared(`host: '${options.host}'`);
  const settings = {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 8080,
    fd: options.fd,
    workers: options.workers ?? availableParallelism(),
    maxRequests,
    maxRequestsJitter: options.maxRequestsJitter ?? Math.ceil(maxRequests / 10),
    healthTimeout: options.healthTimeout ?? 30_000,
    startTimeout: options.startTimeout ?? 60_000,
    shutdownTimeout: options.shutdownTimeout ?? 10_000,
    keepAliveTimeout: options.keepAliveTimeout ?? KEEP_ALIVE,
  };
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'host' || name === 'fd') continue;
    const min = name === 'workers' ? 1 : 0;
    if (!Number.isSafeInteger(value) || (value as number) < min) {
      throw new TypeError(
        `run({ server: 'cluster' }): ${name} is ${String(value)}, but must be a whole number of at least ${min}.`,
      );
    }
  }
  return settings;
}

function notShared(option: string): TypeError {
  return new TypeError(
    `run({ server: 'cluster' }): ${option} works with one process only. Use host and port, which the workers share, or the server 'node'.`,
  );
}
