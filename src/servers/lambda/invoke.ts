import type { Writable } from 'node:stream';
import { refuseInvalidHost } from '../../http/gateway/host.js';
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import { type LambdaEvent, type LambdaRequest, readEvent } from './events.js';
import { LambdaExchange, type LambdaReply } from './lambda-exchange.js';
import { type LambdaPrelude, type LambdaResult, toPrelude, toResult } from './results.js';

/** The arguments of an invocation. */
interface Invocation {
  readonly event: LambdaEvent;
  readonly context: unknown;
  readonly scriptName?: string | undefined;
  readonly stopping?: Stopping | undefined;
}

/**
 * Answers an invocation as a whole. Shortly before the time limit, `request.signal` aborts and the promise rejects. It also
 * rejects when the answer is aborted, so that the client gets an error instead of a partial answer.
 */
export function invoke(app: ServedApp, { event, context, scriptName, stopping }: Invocation): Promise<LambdaResult> {
  const request = readEvent(event, scriptName);
  return new Promise((fulfil, fail) => {
    const closeListeners: (() => void)[] = [];
    const deadline = timeLeft(context);
    const timer = setTimeout(() => {
      for (const listener of closeListeners) listener();
      reject(abortError());
    }, deadline);
    const resolve = (result: LambdaResult): void => {
      clearTimeout(timer);
      fulfil(result);
    };
    const reject = (error: Error): void => {
      clearTimeout(timer);
      fail(error);
    };
    const chunks: Buffer[] = [];
    let [status, headers] = [0, [] as readonly string[]];
    const isMultiValue = event.multiValueHeaders !== undefined && event.multiValueHeaders !== null;
    const whole = (code: number, all: readonly string[], body: Buffer): void =>
      resolve(toResult(request.kind, isMultiValue, code, all, body));
    const reply: LambdaReply = {
      whole,
      head(code, all) {
        status = code;
        headers = all;
      },
      chunk: (bytes) => chunks.push(bytes) > 0,
      onDrain: (listener) => listener(),
      end: () => whole(status, headers, Buffer.concat(chunks)),
      cut: () => reject(abortError()),
      onClose: (listener) => void closeListeners.push(listener),
    };
    handle(app, request, reply, { event, context }, stopping);
  });
}

/**
 * Answers an invocation as a stream. `open` receives the head and returns the stream for the body. Resolves when everything is
 * written.
 */
export function invokeStreaming(
  app: ServedApp,
  { event, context, scriptName, stopping }: Invocation,
  open: (prelude: LambdaPrelude) => Writable,
): Promise<void> {
  const request = readEvent(event, scriptName);
  return new Promise((resolve, reject) => {
    let stream: Writable | undefined;
    const closeListeners: (() => void)[] = [];
    const head = (status: number, headers: readonly string[]): Writable => {
      const target = open(toPrelude(status, headers));
      target.once('finish', () => resolve());
      target.once('error', reject);
      target.once('close', () => {
        if (target.writableFinished) return;
        for (const listener of closeListeners) listener();
        reject(abortError());
      });
      stream = target;
      return target;
    };
    const reply: LambdaReply = {
      whole: (status, headers, body) => void head(status, headers).end(body),
      head,
      chunk: (bytes) => stream?.destroyed !== true && stream?.write(bytes) === true,
      onDrain: (listener) => void stream?.once('drain', listener),
      end: () => void stream?.end(),
      cut: () => {
        if (stream === undefined) reject(abortError());
        else stream.destroy(abortError());
      },
      onClose: (listener) => void closeListeners.push(listener),
    };
    handle(app, request, reply, { event, context }, stopping);
  });
}

/** The remaining time of an invocation in milliseconds, minus a reserve for reporting the timeout. */
function timeLeft(context: unknown): number {
  const left = (context as { getRemainingTimeInMillis?(): number } | undefined)?.getRemainingTimeInMillis?.();
  return Math.min(2 ** 31 - 1, left === undefined ? Number.POSITIVE_INFINITY : Math.max(0, left - 200));
}

function handle(
  app: ServedApp,
  request: LambdaRequest,
  reply: LambdaReply,
  environ: unknown,
  stopping: Stopping | undefined,
): void {
  const exchange = new LambdaExchange(request, reply, environ, stopping);
  if (!refuseInvalidHost(exchange)) void app.handle(exchange);
}

function abortError(): Error {
  return Object.assign(
    new Error('The answer was aborted before it was complete. The error logged before this one has the reason.'),
    {
      code: 'BN_LAMBDA_BROKEN_OFF',
    },
  );
}
