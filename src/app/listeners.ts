import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { chain } from '../http/answer/chain.js';
import type { Context } from '../http/context.js';
import type { FetchPeer } from '../http/gateway/fetch-exchange.js';
import { LateModule } from '../support/late-module.js';
import type { RoadApp } from './road/road-app.js';
import { receive, type Unanswered } from './road/receive.js';

// An app is served through one of these. Server adapters bring their own.
const fetching = new LateModule(() => import('../http/gateway/fetch-exchange.js'));
const listening = new LateModule(() => import('../http/gateway/node-exchange.js'));
const upgrading = new LateModule(() => import('../http/gateway/node-socket.js'));

/** Answers a `fetch` request. */
export function answerFetch(app: RoadApp, request: globalThis.Request, peer?: FetchPeer): Promise<globalThis.Response> {
  return fetching.use(async ({ FetchExchange }) => {
    const exchange = new FetchExchange(request, peer);
    // The exchange's own rejection only says that nothing came.
    exchange.response.catch(() => undefined);
    const handled = receive(app, exchange, reject);
    // A mounted node:http listener streams its body while the app waits for the end of it.
    if (handled !== undefined) await Promise.race([handled, exchange.begun]);
    return exchange.response;
  });
}

/** Whoever calls `fetch` gets the error. */
function reject(_app: RoadApp, context: Context, error: unknown): never {
  context.abandon();
  throw error;
}

/** A WebSocket's connection, or what became of the attempt to open one, for the server to end when it stops. */
export interface Upgraded {
  goAway(): void;
  terminate(): void;
}

/** A listener for the `upgrade` event of a `node:http` server. */
export function upgradeListenerOf(app: RoadApp): (request: IncomingMessage, socket: Duplex, head: Buffer) => Upgraded {
  return (request, socket, head) => {
    // A client may reset the connection before the exchange is there, which reports it.
    socket.on('error', () => undefined);
    const opened = upgrading.use(({ NodeSocketExchange }) => {
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

/** What Connect and Express hand to a listener, to be called with an error. */
type Next = (error: unknown) => void;

/**
 * A `node:http` listener that answers with an app. In a framework that hands it a `next`, what the app lets through (no `catchall`)
 * goes there, for that framework's error handlers to answer.
 */
export function listenerOf(app: RoadApp): (request: IncomingMessage, response: ServerResponse, next?: Next) => void {
  return (request, response, next) => {
    // A request that the parser finds after the connection broke. Node ends the process where such a one is answered.
    if (request.socket.destroyed) return;
    const fail = next === undefined || app.catchall ? undefined : passOn(next);
    void listening.use(({ NodeExchange }) => receive(app, new NodeExchange(request, response), fail));
  };
}

/** Where a framework outside is there to answer. */
function passOn(next: Next): Unanswered {
  return (_app, context, error) => {
    context.abandon();
    next(error);
  };
}
