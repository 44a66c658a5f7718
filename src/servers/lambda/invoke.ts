import type { Writable } from 'node:stream';
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import type { Stopping } from '../../http/gateway/stopping.js';
import { type LambdaEvent, type LambdaRequest, readEvent } from './events.js';
import { LambdaExchange, type LambdaReply } from './lambda-exchange.js';
import { type LambdaPrelude, type LambdaResult, toPrelude, toResult } from './results.js';

/** What an invocation comes with. */
export interface Invocation {
  readonly event: LambdaEvent;
  readonly context: unknown;
  readonly scriptName?: string | undefined;
  readonly stopping?: Stopping | undefined;
}

/** Answers an invocation as a whole. `request.signal` aborts when its time is nearly over. Rejects then, and when the answer breaks off, so that the client gets an error and no half of it. */
export function invoke(app: ServedApp, { event, context, scriptName, stopping }: Invocation): Promise<LambdaResult> {
  const request = readEvent(event, scriptName);
  return new Promise((answered, failed) => {
    const late: (() => void)[] = [];
    const deadline = timeLeft(context);
    const timer = setTimeout(() => {
      for (const listener of late) listener();
      reject(brokenOff());
    }, deadline);
    const resolve = (result: LambdaResult): void => {
      clearTimeout(timer);
      answered(result);
    };
    const reject = (error: Error): void => {
      clearTimeout(timer);
      failed(error);
    };
    const pieces: Buffer[] = [];
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
      piece: (bytes) => pieces.push(bytes) > 0,
      onDrain: (listener) => listener(),
      end: () => whole(status, headers, Buffer.concat(pieces)),
      cut: () => reject(brokenOff()),
      onClose: (listener) => void late.push(listener),
    };
    handle(app, request, reply, { event, context }, stopping);
  });
}

/** Answers an invocation as a stream. `open` is told the head, and gives what takes the body. Resolves when all has been handed over. */
export function invokeStreaming(
  app: ServedApp,
  { event, context, scriptName, stopping }: Invocation,
  open: (prelude: LambdaPrelude) => Writable,
): Promise<void> {
  const request = readEvent(event, scriptName);
  return new Promise((resolve, reject) => {
    let stream: Writable | undefined;
    const lost: (() => void)[] = [];
    const head = (status: number, headers: readonly string[]): Writable => {
      const opened = open(toPrelude(status, headers));
      opened.once('finish', () => resolve());
      opened.once('error', reject);
      opened.once('close', () => {
        if (opened.writableFinished) return;
        for (const listener of lost) listener();
        reject(brokenOff());
      });
      stream = opened;
      return opened;
    };
    const reply: LambdaReply = {
      whole: (status, headers, body) => void head(status, headers).end(body),
      head,
      piece: (bytes) => stream?.destroyed !== true && stream?.write(bytes) === true,
      onDrain: (listener) => void stream?.once('drain', listener),
      end: () => void stream?.end(),
      cut: () => {
        if (stream === undefined) reject(brokenOff());
        else stream.destroy(brokenOff());
      },
      onClose: (listener) => void lost.push(listener),
    };
    handle(app, request, reply, { event, context }, stopping);
  });
}

/** How long an invocation may still take, in milliseconds, less what it takes to say that it was too long. */
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
  void app.handle(new LambdaExchange(request, reply, environ, stopping));
}

function brokenOff(): Error {
  return Object.assign(new Error('The answer broke off before it was complete; the error before this one says why.'), {
    code: 'BN_LAMBDA_BROKEN_OFF',
  });
}
