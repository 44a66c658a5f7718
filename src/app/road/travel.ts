import { openFile } from '../../http/cast.js';
import { chain } from '../../http/chain.js';
import type { Context } from '../../http/context.js';
import type { AppCore } from '../core.js';
import { afterHooks, beforeHooks } from './hooks.js';
import { match, withoutRoute } from './match.js';
import { recovery } from './recovery.js';

/**
 * A request's way through one app: hooks, match, the plugins around the target, and error handlers outside of them. Gives what is to
 * be cast, or a promise of it. Throws only what the app lets through: unexpected errors without `catchall`, and in a mounted app the
 * errors for which it has no handler.
 */
export function travel(app: AppCore, context: Context): unknown {
  const waiting = app.prepare();
  if (waiting !== undefined) {
    // A body has to be asked for in the turn of its request, or be paused until then.
    context.exchange.pauseBody();
    return waiting.then(() => throughHooks(app, context));
  }
  return throughHooks(app, context);
}

function throughHooks(app: AppCore, context: Context): unknown {
  const { before, after } = app.hooks;
  const inside = before.length === 0 ? matched : hooked;
  if (after.length === 0) return recovery(inside, app, context);
  const opened = (): unknown =>
    chain(
      () => inside(app, context),
      (result) => openFile(result, context),
    );
  return recovery(() => afterHooks(after, () => recovery(opened, app, context), context), app, context);
}

/** Matches the request, and runs what it matched with the plugins around it. */
function matched(app: AppCore, context: Context): unknown {
  return match(app, context)(context);
}

/** The same after the `beforeRequest` hooks. One that refuses or throws ends the request, with the app's plugins around that. */
function hooked(app: AppCore, context: Context): unknown {
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
