import { type BodyReading, readBody } from '../../http/body-reader.js';
import type { BodyLimits } from '../../http/body.js';
import { isThenable, Pending, settled } from '../../http/chain.js';
import type { Callback, Context } from '../../http/context.js';

/** What is called once the body is there: a route of an app, or a mount point. */
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

/** Stage 4, the innermost step of `around`: reads the body, if there is one, and calls the method with the plugins around it. */
export function call(target: CallTarget, context: Context): unknown {
  const callback = target.callback as Callback;
  if (target.isRepeatable && context.touchedResponse !== undefined) context.saveResponse();
  if (!context.exchange.hasBody || context.touchedRequest?.bodyTaken === true) return callback(context);
  const { maxBody } = context;
  if (!target.stream) return new PendingBody(context, callback, readBody(context.exchange, target.bodyLimits, maxBody));
  const limit = maxBody ?? target.streamLimit;
  if (limit !== undefined) context.request.limitStream(limit);
  return callback(context);
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
      if (isThenable(value)) return settled(value).then(onValue, onError);
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
