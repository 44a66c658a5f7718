import { type BodyReading, readBody } from '../../http/body/body-reader.js';
import type { BodyLimits } from '../../http/body/body.js';
import { Pending, settled } from '../../http/answer/chain.js';
import { isThenable } from '../../support/value-kinds.js';
import type { Callback, Context, ContextRoute } from '../../http/context.js';

/** What `call` needs of a route. */
export interface CallTarget {
  /** The method, with the plugins around it. */
  readonly callback: Callback | undefined;
  /** Whether the body is left to the handler, unread. */
  readonly stream: boolean;
  /** Whether a plugin around the method may call it twice. */
  readonly isRepeatable: boolean;
  readonly bodyLimits: BodyLimits;
  /** The limit that was set for this route's body in particular; `undefined` without one. */
  readonly streamLimit: number | undefined;
}

/** Stage 4, the innermost step of `around`: reads the body of a request, if it has one, and calls the method of its route. */
export function call(context: Context): unknown {
  const target = context.route as CallTarget & ContextRoute;
  const callback = target.callback as Callback;
  if (target.isRepeatable && context.touchedResponse !== undefined) context.saveResponse();
  if (!context.exchange.hasBody || context.touchedRequest?.bodyTaken === true) return callback(context);
  if (!target.stream) {
    const { bodyLimits } = target;
    // What a mount point around allows at most, it has told the request.
    const most = context.touchedRequest?.streamLimit ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(context.maxBody ?? bodyLimits.maxBody, most);
    return new PendingBody(context, callback, readBody(context.exchange, bodyLimits, limit));
  }
  limitStream(target, context);
  return callback(context);
}

/** Limits a body that is left to the handler. @throws HTTPError 413 when it is announced to be larger */
export function limitStream({ streamLimit }: CallTarget, context: Context): void {
  const limit = context.maxBody ?? streamLimit;
  if (limit !== undefined && context.exchange.hasBody) context.request.limitStream(limit);
}

/**
 * The result of a method whose request body is on its way. The method is called when the body has arrived, by the one promise that
 * whoever asks for the result needs anyway.
 */
class PendingBody extends Pending {
  readonly #context: Context;
  readonly #callback: Callback;
  readonly #reading: BodyReading;
  #outcome: { value: unknown } | { error: unknown } | undefined = undefined;

  constructor(context: Context, callback: Callback, reading: BodyReading) {
    super();
    this.#context = context;
    this.#callback = callback;
    this.#reading = reading;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a thenable
  override then<A, B>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#reading.over.then(() => {
      this.#outcome ??= this.#call();
      if ('error' in this.#outcome) {
        if (onError) return onError(this.#outcome.error);
        throw this.#outcome.error;
      }
      const { value } = this.#outcome;
      if (isThenable(value)) return settled(value).then(onValue, onError) as A;
      return onValue ? onValue(value) : (value as A);
    });
  }

  #call(): { value: unknown } | { error: unknown } {
    try {
      const context = this.#context;
      const body = this.#reading.take();
      context.request.attachBody(body);
      if (body.isHeld) context.onFinish(() => body.release());
      return { value: this.#callback(context) };
    } catch (error) {
      return { error };
    }
  }
}
