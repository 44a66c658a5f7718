import { applyHead } from '../../http/answer/cast.js';
import { chain, toPromise } from '../../http/answer/chain.js';
import { isThenable } from '../../support/value-kinds.js';
import type { Callback, Context } from '../../http/context.js';
import { HTTPResponse } from '../../http/http-error.js';
import { isFetchResponse } from '../../http/answer/fetch-response.js';

/** Whether the result of a hook or guard ends the request: a response, an error, or a `fetch` response. */
export function isAnswer(result: unknown): result is HTTPResponse | globalThis.Response {
  return typeof result === 'object' && result !== null && (result instanceof HTTPResponse || isFetchResponse(result));
}

/** Runs hooks in order until one returns an answer. Returns that answer or `undefined`; a promise only if a hook returns one. */
export function beforeHooks(hooks: readonly Callback[], context: Context, from = 0): unknown {
  for (let i = from; i < hooks.length; i++) {
    const result = (hooks[i] as Callback)(context);
    if (isThenable(result)) {
      return toPromise(result).then((answer) => (isAnswer(answer) ? answer : beforeHooks(hooks, context, i + 1)));
    }
    if (isAnswer(result)) return result;
  }
}

type Outcome = { value: unknown } | { error: unknown };

/**
 * Runs `inner`, then all hooks in order, also after an error. Hooks see the status and headers that are about to be sent. An error
 * in a hook replaces the result.
 */
export function afterHooks(hooks: readonly Callback[], inner: () => unknown, context: Context): unknown {
  return chain(
    inner,
    (value) => {
      applyHead(value, context);
      return runAfterHooks({ value }, hooks, 0, context);
    },
    (error) => {
      if (error instanceof HTTPResponse) applyHead(error, context);
      else context.response.status = 500;
      return runAfterHooks({ error }, hooks, 0, context);
    },
  );
}

function runAfterHooks(outcome: Outcome, hooks: readonly Callback[], from: number, context: Context): unknown {
  let last = outcome;
  const failed = (error: unknown): Outcome => {
    // The response can describe only one of the two errors.
    if ('error' in last && !(last.error instanceof HTTPResponse)) context.report(last.error);
    return { error };
  };
  for (let i = from; i < hooks.length; i++) {
    try {
      const result = (hooks[i] as Callback)(context);
      if (isThenable(result)) {
        return toPromise(result).then(
          () => runAfterHooks(last, hooks, i + 1, context),
          (error: unknown) => runAfterHooks(failed(error), hooks, i + 1, context),
        );
      }
    } catch (error) {
      last = failed(error);
    }
  }
  if ('error' in last) throw last.error;
  return last.value;
}
