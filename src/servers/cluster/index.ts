import type { RunningServer, ServedApp, ServerAdapter } from '../../http/gateway/server-adapter.js';
import { WORKER_OF } from './messages.js';
import { type ClusterServerOptions, settingsOf } from './cluster-options.js';

export type { ClusterServerOptions } from './cluster-options.js';

let isTaken = false;

/**
 * Serves with several processes, on `node:cluster` and `node:http`: `await app.run({ server: 'cluster' })`.
 *
 * The process that you start is the primary: it serves nothing itself. It runs the same script again for each worker, with the
 * same arguments, loaders and environment, and `run` does what is right in each: in the primary it resolves once all workers
 * listen, to `{ url, close(), reload() }`; in a worker once that one listens. What follows `await app.run()` runs in all of them;
 * `cluster.isPrimary` of `node:cluster` tells which it is. Plugins are installed, and closed, in the primary as well.
 *
 * - A worker that dies is replaced at once; one that dies soon after, again and again, after longer and longer pauses (up to 30
 *   seconds). When workers die before they listen, five times in a row, and none is left, the primary gives up: at the first start
 *   `run` rejects, later the process ends with status 1.
 * - SIGHUP, and `reload()`, replace all workers, one after another, by new ones that load the program anew: the new one listens
 *   before the old one takes no more connections. That one ends when its requests are answered and its connections have closed or
 *   have been idle for `keepAliveTimeout`. When the new program does not start, the old workers go on.
 * - SIGTERM and SIGINT stop all: requests that were taken are answered, for up to `shutdownTimeout`. SIGTERM to a single worker
 *   has it replaced.
 * - After `maxRequests` requests a worker is replaced in the same way. One whose event loop is blocked for longer than
 *   `healthTimeout` is killed and replaced.
 * - With `key` and `cert`, workers share the keys of session tickets, so that clients resume TLS whichever answers them.
 * - When the primary itself is killed, the workers finish what they have taken, and end.
 *
 * A program has one cluster at a time. Needs a script to run again (not `node --eval`), and a system with POSIX signals for the
 * ones above.
 *
 * @throws TypeError (rejects) for options that make no sense; Error when the port is in use, or the workers do not start.
 * @example
 * await app.run({ server: 'cluster', port: 8080, workers: 4, maxRequests: 100_000 });
 * @see https://nodejs.org/api/cluster.html
 */
export class ClusterServer implements ServerAdapter {
  async listen(app: ServedApp, options: ClusterServerOptions): Promise<RunningServer> {
    const settings = settingsOf(options);
    if (isTaken) {
      throw new TypeError(
        "This program runs a cluster already: mount one app in the other, or serve it with another server than 'cluster', in a program of its own.",
      );
    }
    isTaken = true;
    try {
      if (process.env[WORKER_OF] === String(process.ppid) && process.connected === true) {
        return await (await import('./cluster-worker.js')).serve(app, options, settings);
      }
      const release = (): void => {
        isTaken = false;
      };
      return await (await import('./primary.js')).Primary.start(app, settings, release);
    } catch (error) {
      isTaken = false;
      throw error;
    }
  }
}
