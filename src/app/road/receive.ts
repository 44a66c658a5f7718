import { cast, openFile } from '../../http/answer/cast.js';
import { chain } from '../../http/answer/chain.js';
import { Context } from '../../http/context.js';
import type { Exchange } from '../../http/gateway/exchange.js';
import { sendLastResort } from '../../http/answer/last-resort.js';
import type { ProxyTrust } from '../../http/gateway/trust-proxy.js';
import { LateModule } from '../../support/late-module.js';
import type { RoadApp } from './road-app.js';
import { tracker } from './tracker.js';
import { afterHooks, beforeHooks } from './request-hooks.js';
import { match, withoutRoute } from './match.js';
import { recovery } from './recovery.js';

/** What becomes of a request that the app does not answer. */
export type Unanswered = (app: RoadApp, context: Context, error: unknown) => void;

/**
 * Stage 1: takes a request from any server, and answers it.
 *
 * @param fail called with what the app lets through: unexpected errors without `catchall`, and an app that cannot be wired. Default:
 *   sends a bare 500, and logs the error.
 */
export function receive(app: RoadApp, exchange: Exchange, fail: Unanswered = sendAndLog): void | Promise<void> {
  const context = new Context(exchange, app, app.isTimed ? performance.now() : 0);
  return tracker === undefined ? answer(app, context, fail) : tracker(context, () => answer(app, context, fail));
}

function answer(app: RoadApp, context: Context, fail: Unanswered): void | Promise<void> {
  let result: unknown;
  try {
    result = app.proxies === undefined ? travel(app, context) : throughProxies(app, app.proxies, context);
  } catch (error) {
    fail(app, context, error);
    return;
  }
  if (!(result instanceof Promise)) {
    cast(result, context);
    return;
  }
  return result.then(
    (value) => cast(value, context),
    (error: unknown) => fail(app, context, error),
  );
}

const forwarding = new LateModule(() => import('../../http/gateway/forwarded-exchange.js'));

/** The same for a request that may have come through proxies that are believed. */
function throughProxies(app: RoadApp, proxies: ProxyTrust, context: Context): unknown {
  return forwarding.use(({ applyForwarded: believed }) => {
    context.exchange = believed(context.exchange, proxies);
    return travel(app, context);
  });
}

function sendAndLog(app: RoadApp, context: Context, error: unknown): void {
  if (!context.answered) sendLastResort(context.exchange);
  app.logUnanswered(error);
}

/**
 * A request's way through one app: hooks, match, the plugins around the target, and error handlers outside of them. Gives what is to
 * be cast, or a promise of it. Throws only what the app lets through: unexpected errors without `catchall`, and in a mounted app the
 * errors for which it has no handler.
 */
export function travel(app: RoadApp, context: Context): unknown {
  if (!app.isPrepared) {
    const waiting = app.prepare();
    if (waiting !== undefined) return waiting.then(() => travel(app, context));
  }
  const { before, after } = app.hooks;
  const inside = before.length === 0 ? matched : hooked;
  return after.length === 0 ? recovery(inside, app, context) : throughAfterHooks(inside, app, context);
}

/** Matches the request, and runs what it matched with the plugins around it. */
function matched(app: RoadApp, context: Context): unknown {
  return match(app, context)(context);
}

/** The same after the `beforeRequest` hooks. One that refuses or throws ends the request, with the app's plugins around that. */
function hooked(app: RoadApp, context: Context): unknown {
  return chain(
    () => beforeHooks(app.hooks.before, context),
    (answer) => {
      if (context.touchedResponse !== undefined) context.saveResponse();
      return answer === undefined ? matched(app, context) : withoutRoute(app, context, () => answer)(context);
    },
    (error) =>
      withoutRoute(app, context, () => {
        throw error;
      })(context),
  );
}

/** The `afterRequest` hooks run outside of error handlers, and see what these answer. */
function throughAfterHooks(inside: (app: RoadApp, context: Context) => unknown, app: RoadApp, context: Context): unknown {
  const opened = (): unknown =>
    chain(
      () => inside(app, context),
      (result) => openFile(result, context),
    );
  return recovery(() => afterHooks(app.hooks.after, () => recovery(opened, app, context), context), app, context);
}
