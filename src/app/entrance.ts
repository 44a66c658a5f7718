import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Context } from '../controllers/context.js';
import { cast } from '../http/cast.js';
import type { Exchange } from '../http/exchange.js';
import { FetchExchange, type FetchPeer } from '../http/fetch-exchange.js';
import { believed } from '../http/forwarded.js';
import { NodeExchange } from '../http/node-exchange.js';
import { NodeSocketExchange } from '../http/node-socket.js';
import { isThenable } from '../http/streams.js';
import type { Bottle } from './bottle.js';
import { RestOfRoad, setOut } from './road.js';
import { currentTracker } from './tracker.js';

/** Answers one request of any server. Throws (or rejects with) what is not for the client but for the server's log. */
export function answer(app: Bottle, exchange: Exchange): void | Promise<void> {
  return answerOr(app, exchange, giveUp);
}

/** What becomes of a request that the app does not answer itself. */
type LastStep = (context: Context, error: unknown) => never;

function answerOr(app: Bottle, exchange: Exchange, fail: LastStep): void | Promise<void> {
  const { proxies } = app;
  const context = new Context(proxies === undefined ? exchange : believed(exchange, proxies), app);
  const tracker = currentTracker();
  return tracker === undefined ? answerIn(app, context, fail) : tracker(context, () => answerIn(app, context, fail));
}

/** @param rest what is left of the road, where it was left to wait for the request's body. */
function answerIn(app: Bottle, context: Context, fail: LastStep, rest?: RestOfRoad): void | Promise<void> {
  let result: unknown;
  try {
    result = rest === undefined ? setOut(app, context) : rest.travel();
    if (result instanceof RestOfRoad) {
      const left = result;
      return left.ready.then(() => answerIn(app, context, fail, left));
    }
    if (typeof result !== 'object' || result === null || !isThenable(result)) {
      send(result, context);
      return;
    }
  } catch (error) {
    fail(context, error);
    return;
  }
  return Promise.resolve(result).then(
    (value) => send(value, context),
    (error: unknown) => fail(context, error),
  );
}

function send(result: unknown, context: Context): void {
  context.beforeCast?.();
  cast(result, context);
}

/** What was let through on purpose (no `catchall`), or an app that is not wired: the server must see it. */
function giveUp(context: Context, error: unknown): never {
  const text = '500 Internal Server Error';
  if (!context.answered) {
    const body = context.exchange.method === 'HEAD' ? null : text;
    context.exchange.send(500, '', ['Content-Type', 'text/plain', 'Content-Length', String(text.length)], body);
  }
  throw error;
}

/** The same where somebody outside is there to answer. */
function passOn(_context: Context, error: unknown): never {
  throw error;
}

/** Answers a `fetch` request. */
export async function answerFetch(app: Bottle, request: globalThis.Request, peer?: FetchPeer): Promise<globalThis.Response> {
  const exchange = new FetchExchange(request, peer);
  // The exchange's own rejection only says that nothing came.
  exchange.response.catch(() => undefined);
  const handled = app.handle(exchange);
  // A mounted node:http listener streams its body while the app waits for the end of it.
  if (handled !== undefined) await Promise.race([handled, exchange.begun]);
  return exchange.response;
}

/** A WebSocket's connection, or what became of the attempt to open one, for the server to end when it stops. */
export interface Upgraded {
  goAway(): void;
  terminate(): void;
}

/** A listener for the `upgrade` event of a `node:http` server. */
export function upgradeListenerOf(
  app: Bottle,
  lost: (error: unknown) => void,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => Upgraded {
  return (request, socket, head) => {
    const exchange = new NodeSocketExchange(request, socket, head);
    try {
      const answered = app.handle(exchange);
      if (answered !== undefined) answered.catch(lost);
    } catch (error) {
      lost(error);
    }
    return exchange;
  };
}

/** What Connect and Express hand to a listener, to be called with an error. */
type Next = (error: unknown) => void;

/**
 * A `node:http` listener that answers with an app, and gives `lost` what is not for the client. In a framework that hands it a
 * `next`, what the app lets through (no `catchall`) goes there, for that framework's error handlers to answer.
 */
export function listenerOf(
  app: Bottle,
  lost: (error: unknown) => void,
): (request: IncomingMessage, response: ServerResponse, next?: Next) => void {
  return (request, response, next) => {
    const isPassed = next !== undefined && !app.catchall;
    const failed = isPassed ? next : lost;
    try {
      const exchange = new NodeExchange(request, response);
      const answered = isPassed ? answerOr(app, exchange, passOn) : app.handle(exchange);
      if (answered !== undefined) answered.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}
