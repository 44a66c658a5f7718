import { isThenable, settled } from '../../http/chain.js';
import { cast } from '../../http/cast.js';
import { Context } from '../../http/context.js';
import type { Exchange } from '../../http/exchange.js';
import { sendLastResort } from '../../http/answer/last-resort.js';
import { believed } from '../../http/forwarded.js';
import { currentTracker } from '../tracker.js';
import type { AppCore } from '../core.js';
import { travel } from './travel.js';

/** What becomes of a request that the app does not answer. */
export type Unanswered = (context: Context, error: unknown) => never;

/**
 * Stage 1: takes a request from any server, and answers it.
 *
 * @param fail called with what the app lets through: unexpected errors without `catchall`, and an app that cannot be wired. Default:
 *   sends a bare 500 and throws, for the log of the server.
 */
export function receive(app: AppCore, exchange: Exchange, fail: Unanswered = answerLastResort): void | Promise<void> {
  const { proxies } = app;
  const start = app.isTimed ? performance.now() : 0;
  const context = new Context(proxies === undefined ? exchange : believed(exchange, proxies), app, start);
  const tracker = currentTracker();
  return tracker === undefined ? answer(app, context, fail) : tracker(context, () => answer(app, context, fail));
}

function answer(app: AppCore, context: Context, fail: Unanswered): void | Promise<void> {
  let result: unknown;
  try {
    result = travel(app, context);
  } catch (error) {
    return fail(context, error);
  }
  if (isThenable(result)) {
    return settled(result).then(
      (value) => send(value, context),
      (error: unknown) => fail(context, error),
    ) as Promise<void>;
  }
  send(result, context);
}

function send(result: unknown, context: Context): void {
  context.beforeCast?.();
  cast(result, context);
}

function answerLastResort(context: Context, error: unknown): never {
  if (!context.answered) sendLastResort(context.exchange);
  throw error;
}
