import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { chain } from '../http/answer/chain.js';
import type { Context } from '../http/context.js';
import type { FetchPeer } from '../http/gateway/fetch-exchange.js';
import { refuseInvalidHost } from '../http/gateway/host.js';
import { LateModule } from '../support/late-module.js';
import type { RoadApp } from './road/road-app.js';
import { receive, type FailureHandler } from './road/receive.js';

// Loaded on first use: most apps use only one of them. Server adapters have exchanges of their own.
const fetchExchanges = new LateModule(() => import('../http/gateway/fetch-exchange.js'));
const nodeExchanges = new LateModule(() => import('../http/gateway/node-exchange.js'));
const nodeSockets = new LateModule(() => import('../http/gateway/node-socket.js'));

/** Answers a `fetch` request. */
export function answerFetch(app: RoadApp, request: globalThis.Request, peer?: FetchPeer): Promise<globalThis.Response> {
  return fetchExchanges.use(async ({ FetchExchange }) => {
    const exchange = new FetchExchange(request, peer);
    // The rejection of `handled` is the meaningful one.
    exchange.response.catch(() => undefined);
    if (request.headers.has('host') && refuseInvalidHost(exchange)) return exchange.response;
    const handled = receive(app, exchange, reject);
    // The promise of a mounted node:http listener settles only after its body has been sent.
    if (handled !== undefined) await Promise.race([handled, exchange.begun]);
    return exchange.response;
  });
}

/** Rejects the promise of `fetch` with the error. */
function reject(_app: RoadApp, context: Context, error: unknown): never {
  context.abandon();
  throw error;
}

/** A WebSocket connection or a pending handshake. The server closes it when it stops. */
export interface Upgraded {
  goAway(): void;
  terminate(): void;
}

/** A listener for the `upgrade` event of a `node:http` server. */
export function upgradeListenerOf(app: RoadApp): (request: IncomingMessage, socket: Duplex, head: Buffer) => Upgraded {
  return (request, socket, head) => {
    // A client may reset the connection before the exchange exists, which handles this event later.
    socket.on('error', () => undefined);
    const opened = nodeSockets.use(({ NodeSocketExchange }) => {
      const exchange = new NodeSocketExchange(request, socket, head);
      void receive(app, exchange);
      return exchange;
    });
    return {
      goAway: () =>
        void chain(
          () => opened,
          (exchange) => exchange.goAway(),
        ),
      terminate: () => socket.destroy(),
    };
  };
}

/** The `next` of Connect and Express. */
type Next = (error: unknown) => void;

/**
 * Returns a `node:http` listener for an app. If it is called with `next`, errors that the app rethrows (without `catchall`) are
 * passed to `next`, so that the outer framework's error handlers answer.
 */
export function listenerOf(app: RoadApp): (request: IncomingMessage, response: ServerResponse, next?: Next) => void {
  return (request, response, next) => {
    // The parser may emit a buffered request after the connection broke. Answering it would crash the process.
    if (request.socket.destroyed) return;
    const fail = next === undefined || app.catchall ? undefined : forwardTo(next);
    void nodeExchanges.use(({ NodeExchange }) => receive(app, new NodeExchange(request, response), fail));
  };
}

/** Forwards errors to the outer framework. */
function forwardTo(next: Next): FailureHandler {
  return (_app, context, error) => {
    context.abandon();
    next(error);
  };
}
