import { Pending, toPromise } from '../../http/answer/chain.js';
import type { Body, BodyLimits } from '../../http/body/body.js';
import { type BodyReading, readBody } from '../../http/body/body-reader.js';
import type { Callback, Context } from '../../http/context.js';
import { isThenable } from '../../support/value-kinds.js';

/** Reads the body of a request, then calls the method. */
export function callWithBody(context: Context, callback: Callback, limits: BodyLimits, maxBody: number): Pending {
  return new PendingBody(context, callback, readBody(context.exchange, limits, maxBody));
}

/**
 * The result of a method whose request body has not arrived yet. `then` calls the method when the body is complete. So the body
 * needs no promise besides that of the caller.
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
    return this.#reading.done.then(() => {
      this.#outcome ??= this.#call();
      if ('error' in this.#outcome) {
        if (onError) return onError(this.#outcome.error);
        throw this.#outcome.error;
      }
      const { value } = this.#outcome;
      if (isThenable(value)) return toPromise(value).then(onValue, onError) as A;
      return onValue ? onValue(value) : (value as A);
    });
  }

  #call(): { value: unknown } | { error: unknown } {
    try {
      const context = this.#context;
      const body = this.#reading.result();
      context.request.attachBody(body);
      if (body.needsRelease) releaseAtEnd(body, context);
      return { value: this.#callback(context) };
    } catch (error) {
      return { error };
    }
  }
}

function releaseAtEnd(body: Body, context: Context): void {
  context.onFinish(() => body.release());
}
