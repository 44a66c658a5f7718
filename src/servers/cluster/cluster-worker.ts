import cluster, { type Worker } from 'node:cluster';
import type { ServedApp, SupervisedServer } from '../../http/gateway/server-adapter.js';
import { NodeServer } from '../node.js';
import { type FromPrimary, type FromWorker, isOurs } from './messages.js';
import type { ClusterServerOptions, Settings } from './cluster-options.js';

/** Serves on the socket of the primary, which minds signals, health and all else. */
export async function serve(app: ServedApp, options: ClusterServerOptions, settings: Settings): Promise<SupervisedServer> {
  // Or node ends the process as soon as the primary is gone, with requests in its hands.
  (cluster.worker as Worker).exitedAfterDisconnect = true;
  const { handle, ticketKeys } = await socketOfPrimary();
  const counted = settings.maxRequests === 0 ? app : counting(app, settings);
  const server = await new NodeServer().listen(counted, { ticketKeys, ...options, handle });

  let isLeaving = false;
  let lingering = 0;
  let stop: (() => Promise<void>) | undefined;
  const close = async (): Promise<void> => {
    // Nobody asked this one to: the program closes it by itself.
    if (!isLeaving) tell({ bottlenose: 'retire', why: 'its program has closed it' });
    await server.close(lingering);
  };
  const leave = (ms: number): void => {
    if (isLeaving) {
      if (ms < lingering) void server.close(ms);
      return;
    }
    isLeaving = true;
    lingering = ms;
    void (stop ?? close)().then(() => process.exit());
  };
  const beat = setInterval(() => tell({ bottlenose: 'beat' }), Math.max(10, Math.min(1000, settings.healthTimeout / 5)));
  beat.unref();
  if (settings.healthTimeout === 0) clearInterval(beat);
  process.on('message', (message: unknown) => {
    if (!isOurs<FromPrimary>(message) || message.bottlenose !== 'stop') return;
    // Idle connections are closed by their own timeout; half of the time is for what is asked last.
    leave(message.lingering ? Math.min(settings.keepAliveTimeout, settings.shutdownTimeout / 2) : 0);
  });
  process.on('disconnect', () => leave(0));
  // From a terminal, signals come to all processes at once: the primary knows what is to be done.
  process.on('SIGINT', ignore);
  process.on('SIGHUP', ignore);
  process.on('SIGTERM', () => tell({ bottlenose: 'retire', why: 'it got SIGTERM' }));
  return {
    url: server.url,
    close,
    isSupervised: true,
    attend(stopAll) {
      stop = stopAll;
      // Before this, `run` has not finished.
      tell({ bottlenose: 'ready', url: server.url });
      if (!process.connected) leave(0);
    },
  };
}

function ignore(): void {}

function tell(message: FromWorker): void {
  // The primary may die at any time, which is told by its own event.
  if (process.connected) process.send?.(message, undefined, {}, ignore);
}

/** Asks for it: what the primary sent before could have been taken by another listener of the program. */
function socketOfPrimary(): Promise<{ handle: object; ticketKeys: Buffer }> {
  return new Promise((resolve) => {
    // The primary has ended: there is nobody to serve for, and nothing to be said about it.
    const lost = (): void => process.exit();
    const take = (message: unknown, handle: unknown): void => {
      if (!isOurs<FromPrimary>(message) || message.bottlenose !== 'socket') return;
      process.off('message', take);
      process.off('disconnect', lost);
      resolve({ handle: handle as object, ticketKeys: Buffer.from(message.ticketKeys, 'base64') });
    };
    process.on('message', take);
    process.once('disconnect', lost);
    tell({ bottlenose: 'hello' });
  });
}

/** The same app, which asks for a replacement after so many requests. */
function counting(app: ServedApp, { maxRequests, maxRequestsJitter }: Settings): ServedApp {
  let left = maxRequests + Math.floor(Math.random() * (maxRequestsJitter + 1));
  const count = (): void => {
    if (--left === 0) tell({ bottlenose: 'retire', why: 'it has served its requests (maxRequests)' });
  };
  return {
    handle: (exchange) => {
      count();
      return app.handle(exchange);
    },
    fetch: (request) => app.fetch(request),
    get hasSockets() {
      return app.hasSockets === true;
    },
    get upgradeListener() {
      return app.upgradeListener;
    },
    log: (error) => app.log?.(error),
  } as ServedApp;
}
