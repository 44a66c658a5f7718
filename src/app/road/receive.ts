import { cast, openFile } from '../../http/answer/cast.js';
import { chain } from '../../http/answer/chain.js';
import { Context } from '../../http/context.js';
import type { Exchange } from '../../http/gateway/exchange.js';
import { sendLastResort } from '../../http/gateway/last-resort.js';
import type { ProxyTrust } from '../../http/gateway/trust-proxy.js';
import { LateModule } from '../../support/late-module.js';
import type { RoadApp } from './road-app.js';
import { type Tracker, tracking } from './tracker.js';
import { afterHooks, beforeHooks } from './request-hooks.js';
import { match, unrouted } from './match.js';
import { recovery } from './recovery.js';

/** Handles an error that the app does not answer. */
export type FailureHandler = (app: RoadApp, context: Context, error: unknown) => void;

/**
 * Stage 1: answers a request from any server.
 *
 * @param fail Called with errors that the app rethrows: unexpected errors without `catchall`, and wiring errors. Default: sends a
 *   bare 500 and logs the error.
 */
export function receive(app: RoadApp, exchange: Exchange, fail: FailureHandler = sendAndLog): void | Promise<void> {
  const context = new Context(exchange, app, app.isTimed ? performance.now() : 0);
  const { tracker } = tracking;
  return tracker === undefined ? answer(app, context, fail) : answerTracked(tracker, app, context, fail);
}

// V8 allocates an object for the captured variables of a function when the function is entered, even if no closure is made. The
// closures of rare cases are therefore in functions of their own, here and in `recovery` (benchmark: `bench/allocations.mjs`).

function answerTracked(track: Tracker, app: RoadApp, context: Context, fail: FailureHandler): void | Promise<void> {
  return track(context, () => answer(app, context, fail));
}

function answer(app: RoadApp, context: Context, fail: FailureHandler): void | Promise<void> {
  let result: unknown;
  try {
    result = app.proxies === undefined ? dispatch(app, context) : dispatchForwarded(app, app.proxies, context);
  } catch (error) {
    fail(app, context, error);
    return;
  }
  if (result instanceof Promise) return answerLater(result, app, context, fail);
  cast(result, context);
}

function answerLater(result: Promise<unknown>, app: RoadApp, context: Context, fail: FailureHandler): Promise<void> {
  return result.then(
    (value) => cast(value, context),
    (error: unknown) => fail(app, context, error),
  );
}

const forwarding = new LateModule(() => import('../../http/gateway/forwarded-exchange.js'));

/** Dispatches a request after applying the headers of trusted proxies. */
function dispatchForwarded(app: RoadApp, proxies: ProxyTrust, context: Context): unknown {
  return forwarding.use(({ applyForwarded }) => {
    context.exchange = applyForwarded(context.exchange, proxies);
    return dispatch(app, context);
  });
}

function sendAndLog(app: RoadApp, context: Context, error: unknown): void {
  if (!context.answered) sendLastResort(context.exchange);
  app.logUnanswered(error);
}

/**
 * Dispatches a request within one app: hooks, match, the plugins around the target, and error handlers outside of them. Returns the
 * result for `cast`, or a promise of it.
 *
 * @throws unexpected errors without `catchall`; in a mounted app, errors without a handler.
 */
export function dispatch(app: RoadApp, context: Context): unknown {
  if (!app.isPrepared) {
    const preparing = app.prepare();
    if (preparing !== undefined) return dispatchAfter(preparing, app, context);
  }
  const { before, after } = app.hooks;
  const inner = before.length === 0 ? runMatch : runHooksAndMatch;
  return after.length === 0 ? recovery(inner, app, context) : withAfterHooks(inner, app, context);
}

function dispatchAfter(preparing: Promise<void>, app: RoadApp, context: Context): Promise<unknown> {
  return preparing.then(() => dispatch(app, context));
}

/** Matches the request and calls the callback of its route. */
function runMatch(app: RoadApp, context: Context): unknown {
  return match(app, context)(context);
}

/** Runs the `beforeRequest` hooks, then `runMatch`. The answer or error of a hook ends the request, inside the app's plugins. */
function runHooksAndMatch(app: RoadApp, context: Context): unknown {
  return chain(
    () => beforeHooks(app.hooks.before, context),
    (answer) => {
      if (context.touchedResponse !== undefined) context.saveResponse();
      return answer === undefined ? runMatch(app, context) : unrouted(app, context, () => answer)(context);
    },
    (error) =>
      unrouted(app, context, () => {
        throw error;
      })(context),
  );
}

/** Runs the `afterRequest` hooks outside of the error handlers, so that they see the answers of these. */
function withAfterHooks(inner: (app: RoadApp, context: Context) => unknown, app: RoadApp, context: Context): unknown {
  const opened = (): unknown =>
    chain(
      () => inner(app, context),
      (result) => openFile(result, context),
    );
  return recovery(() => afterHooks(app.hooks.after, () => recovery(opened, app, context), context), app, context);
}
