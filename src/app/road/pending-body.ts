import { Pending, toPromise } from '../../http/answer/chain.js';
import type { Body, BodyLimits } from '../../http/body/body.js';
import { type BodyReading, readBody } from '../../http/body/body-reader.js';
import type { Callback, Context } from '../../http/context.js';
import { LateModule } from '../../support/late-module.js';
import { isThenable } from '../../support/value-kinds.js';

const contentCodings = new LateModule(() => import('../../http/body/content-coding.js'));

/**
 * Reads the body of a request, decoded as its `Content-Encoding` says, then calls the method.
 *
 * @throws HTTPError 415 for an unknown coding.
 */
export function callWithBody(
  context: Context,
  callback: Callback,
  limits: BodyLimits,
  maxBody: number,
): Pending | Promise<unknown> {
  const { exchange } = context;
  const coding = exchange.header('content-encoding');
  if (coding === undefined) return new PendingBody(context, callback, readBody(exchange, limits, maxBody));
  return callWithCodedBody(context, callback, limits, maxBody, coding);
}

/** Apart from `callWithBody`, which would allocate the scope of this closure for every body. */
function callWithCodedBody(
  context: Context,
  callback: Callback,
  limits: BodyLimits,
  maxBody: number,
  coding: string,
): Pending | Promise<unknown> {
  const { exchange } = context;
  return contentCodings.use(
    ({ decodeBody }) => new PendingBody(context, callback, readBody(decodeBody(exchange, coding, maxBody), limits, maxBody)),
  );
}

/**
 * Receives and discards the body that a method with `{ stream: true }` has left unread, so that its limit applies to it as well.
 *
 * @throws (rejects) HTTPError 413 when the body exceeds its limit.
 */
export async function discardBody({ request }: Context): Promise<void> {
  for await (const _chunk of request.stream);
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
