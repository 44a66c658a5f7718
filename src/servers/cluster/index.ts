import { CLUSTER_OPTIONS } from '../option-names.js';
import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { WORKER_OF } from './messages.js';
import { type ClusterServerOptions, settingsOf } from './cluster-options.js';

export type { ClusterServerOptions } from './cluster-options.js';

let isRunning = false;

/**
 * Serves with several processes, on `node:cluster` and `node:http`.
 *
 * The process that you start is the primary. It serves no requests. For each worker it runs the same script again, with the same
 * arguments, loaders and environment. `run` works in both: in the primary it resolves to `{ url, close(), reload() }` when all
 * workers listen; in a worker it resolves when that worker listens. Code after `await app.run()` runs in all processes.
 * `cluster.isPrimary` of `node:cluster` tells them apart. Plugins are installed and closed in the primary too.
 *
 * - A worker that dies is replaced at once. Workers that die soon after their start are replaced after increasing delays (up to
 *   30 seconds). When workers die before they listen, five times in a row, and no other worker is left, the primary stops: at the
 *   first start `run` rejects, later the process exits with status 1.
 * - SIGHUP and `reload()` replace all workers, one after another, by new ones that load the program again. The new worker listens
 *   before the old one stops accepting connections. The old one ends when its requests are answered, and its connections have
 *   closed or have been idle for `keepAliveTimeout`. When the new program does not start, the old workers continue.
 * - SIGTERM and SIGINT stop all processes. Open requests are answered, for up to `shutdownTimeout`. SIGTERM to a single worker
 *   replaces it.
 * - A worker is also replaced after `maxRequests` requests. A worker whose event loop is blocked for longer than `healthTimeout`
 *   is killed and replaced.
 * - With `key` and `cert`, workers share the keys of session tickets, so that clients can resume TLS sessions with any worker.
 * - When the primary is killed, the workers finish their requests and end.
 *
 * The workers share a TCP socket: one of their own, of systemd (`LISTEN_FDS`) or of the parent process (`fd`). Unix sockets are refused.
 *
 * A program can run one cluster at a time. It needs a script to run again (not `node --eval`), and POSIX signals for the features
 * above.
 *
 * @throws (rejects) TypeError for invalid options; Error when the port is in use, or the workers do not start.
 * @example
 * await app.run({ server: 'cluster', port: 8080, workers: 4, maxRequests: 100_000 });
 * @see https://nodejs.org/api/cluster.html
 */
export class ClusterServer implements ServerAdapter {
  readonly options = CLUSTER_OPTIONS;

  async listen(app: ServedApp, options: ClusterServerOptions): Promise<RunningServer> {
    const settings = settingsOf(options);
    if (isRunning) {
      throw new TypeError(
        'This program already runs a cluster: mount one app in the other, or serve the second app in another program.',
      );
    }
    isRunning = true;
    try {
      if (process.env[WORKER_OF] === String(process.ppid) && process.connected === true) {
        return await (await import('./cluster-worker.js')).serve(app, options, settings);
      }
      const release = (): void => {
        isRunning = false;
      };
      return await (await import('./primary.js')).Primary.start(app, settings, release);
    } catch (error) {
      isRunning = false;
      throw error;
    }
  }
}
