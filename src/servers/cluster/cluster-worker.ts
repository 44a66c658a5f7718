import cluster, { type Worker } from 'node:cluster';
import type { ServedApp, SupervisedServer } from '../../http/gateway/server-adapter.js';
import { NodeServer } from '../node.js';
import { type FromPrimary, type FromWorker, isOurs } from './messages.js';
import type { ClusterServerOptions, Settings } from './cluster-options.js';

/** Serves in a worker on the primary's socket. The primary handles signals and health checks. */
export async function serve(app: ServedApp, options: ClusterServerOptions, settings: Settings): Promise<SupervisedServer> {
  // Otherwise Node ends the process as soon as the primary is gone, with requests unanswered.
  (cluster.worker as Worker).exitedAfterDisconnect = true;
  const { handle, ticketKeys } = await requestSocket();
  const counted = settings.maxRequests === 0 ? app : countRequests(app, settings);
  const server = await new NodeServer().listen(counted, { ticketKeys, ...options, handle });

  let isStopping = false;
  let lingering = 0;
  let stop: (() => Promise<void>) | undefined;
  const close = async (): Promise<void> => {
    // The primary did not request this: the program itself closes the server.
    if (!isStopping) sendToPrimary({ bottlenose: 'retire', why: 'its program has closed it' });
    await server.close(lingering);
  };
  const shutDown = (ms: number): void => {
    if (isStopping) {
      if (ms < lingering) void server.close(ms);
      return;
    }
    isStopping = true;
    lingering = ms;
    void (stop ?? close)().then(() => process.exit());
  };
  const heartbeat = setInterval(
    () => sendToPrimary({ bottlenose: 'heartbeat' }),
    Math.max(10, Math.min(1000, settings.healthTimeout / 5)),
  );
  heartbeat.unref();
  if (settings.healthTimeout === 0) clearInterval(heartbeat);
  process.on('message', (message: unknown) => {
    if (!isOurs<FromPrimary>(message) || message.bottlenose !== 'stop') return;
    // Idle connections end by their keep-alive timeout. Half of the shutdown time is left for the last requests.
    shutDown(message.lingering ? Math.min(settings.keepAliveTimeout, settings.shutdownTimeout / 2) : 0);
  });
  process.on('disconnect', () => shutDown(0));
  // A terminal sends signals to all processes at once. The primary decides what happens.
  process.on('SIGINT', ignore);
  process.on('SIGHUP', ignore);
  process.on('SIGTERM', () => sendToPrimary({ bottlenose: 'retire', why: 'it got SIGTERM' }));
  return {
    url: server.url,
    close,
    isSupervised: true,
    attend(stopAll) {
      stop = stopAll;
      // `run` has not finished before this call.
      sendToPrimary({ bottlenose: 'ready', url: server.url });
      if (!process.connected) shutDown(0);
    },
  };
}

function ignore(): void {}

function sendToPrimary(message: FromWorker): void {
  // The primary may end at any time. Its `disconnect` event reports that.
  if (process.connected) process.send?.(message, undefined, {}, ignore);
}

/** Requests the socket. If the primary sent it without a request, another listener of the program could receive it first. */
function requestSocket(): Promise<{ handle: object; ticketKeys: Buffer }> {
  return new Promise((resolve) => {
    // The primary has ended, so the worker is not needed.
    const onDisconnect = (): void => process.exit();
    const onMessage = (message: unknown, handle: unknown): void => {
      if (!isOurs<FromPrimary>(message) || message.bottlenose !== 'socket') return;
      process.off('message', onMessage);
      process.off('disconnect', onDisconnect);
      resolve({ handle: handle as object, ticketKeys: Buffer.from(message.ticketKeys, 'base64') });
    };
    process.on('message', onMessage);
    process.once('disconnect', onDisconnect);
    sendToPrimary({ bottlenose: 'hello' });
  });
}

/** Wraps the app so that the worker asks for a replacement after a number of requests. */
function countRequests(app: ServedApp, { maxRequests, maxRequestsJitter }: Settings): ServedApp {
  let left = maxRequests + Math.floor(Math.random() * (maxRequestsJitter + 1));
  const count = (): void => {
    if (--left === 0) sendToPrimary({ bottlenose: 'retire', why: 'it has served its requests (maxRequests)' });
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
