import { chain } from '../../http/answer/chain.js';
import { isStreamed } from '../../http/answer/streams.js';
import type { BodyLimits } from '../../http/body/body.js';
import type { Callback, Context, ContextRoute } from '../../http/context.js';
import { LateModule } from '../../support/late-module.js';

const bodies = new LateModule(() => import('./pending-body.js'));

/** What `call` needs of a route. */
export interface CallTarget {
  /** The method, with the plugins around it. */
  readonly callback: Callback | undefined;
  /** Whether the handler reads the body itself. */
  readonly stream: boolean;
  /** Whether a plugin around the method may call it twice. */
  readonly isRepeatable: boolean;
  readonly bodyLimits: BodyLimits;
  /** The body limit that the route itself sets, in bytes. */
  readonly streamLimit: number | undefined;
}

/** Stage 4, the innermost step of `around`: reads the request body, if present, and calls the method of the route. */
export function call(context: Context): unknown {
  const target = context.route as CallTarget & ContextRoute;
  const callback = target.callback as Callback;
  if (target.isRepeatable && context.touchedResponse !== undefined) context.saveResponse();
  if (!context.exchange.hasBody || context.touchedRequest?.bodyUsed === true) return callback(context);
  if (!target.stream) {
    const { bodyLimits } = target;
    // A mount point outside may have set a lower limit on the request.
    const outerLimit = context.touchedRequest?.streamLimit ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(context.maxBody ?? bodyLimits.maxBody, outerLimit);
    if (bodies.loaded !== undefined) return bodies.loaded.callWithBody(context, callback, bodyLimits, limit);
    return callLater(context, callback, bodyLimits, limit);
  }
  limitStream(target, context);
  return callback(context);
}

/**
 * Applies the body limit to a body that a method with `{ stream: true }` leaves unread. A streamed result may read it later. The body is
 * received before the plugins of the method continue, so a transaction is rolled back if the body is too large.
 */
export function limitUnread(callback: Callback): Callback {
  return (context) =>
    chain(
      () => callback(context),
      (result) => {
        const request = context.touchedRequest;
        if (request?.needsCounting !== true || request.bodyUsed || isStreamed(result)) return result;
        return bodies.use(({ discardBody }) => discardBody(context).then(() => result));
      },
    );
}

/** Calls a method for the first request with a body, which loads the reader. */
function callLater(context: Context, callback: Callback, limits: BodyLimits, limit: number): unknown {
  return bodies.use(({ callWithBody }) => callWithBody(context, callback, limits, limit));
}

/** Limits a body that the handler reads itself. @throws HTTPError 413 when `Content-Length` exceeds the limit */
export function limitStream({ streamLimit }: CallTarget, context: Context): void {
  const limit = context.maxBody ?? streamLimit;
  if (limit !== undefined && context.exchange.hasBody) context.request.limitStream(limit);
}
