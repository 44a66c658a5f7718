import type { Writable } from 'node:stream';
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import type { LambdaEvent } from './events.js';
import { invoke, invokeStreaming } from './invoke.js';
import type { LambdaPrelude, LambdaResult } from './results.js';

/** How an app is served on Lambda. */
export interface LambdaOptions {
  /**
   * Sends bodies as they are made. For functions that are invoked with response streaming only: function URLs whose invoke mode is
   * RESPONSE_STREAM, and REST APIs whose response transfer mode is stream. Default: false.
   */
  streaming?: boolean;
  /** Where the app stands below its host, where the event does not tell: the base path of a custom domain. */
  scriptName?: string;
}

/** The handler that a Lambda function exports. */
export type LambdaHandler = (event: LambdaEvent, context: unknown) => Promise<LambdaResult>;

/** What the managed runtime of node makes global. */
interface AwsLambda {
  streamifyResponse(handler: (event: LambdaEvent, stream: Writable, context: unknown) => Promise<void>): LambdaHandler;
  readonly HttpResponseStream: { from(stream: Writable, prelude: LambdaPrelude): Writable };
}

/**
 * Makes the handler of an AWS Lambda function on the managed runtime of node: for API Gateway (REST and HTTP APIs, payload formats
 * 1.0 and 2.0), function URLs and load balancers. Bodies that are no text go base64-encoded both ways. The stage is `scriptName`;
 * `request.environ` is `{ event, context }`.
 *
 * On custom runtimes (`provided.al2023`) `app.run({ server: 'lambda' })` does without a handler.
 *
 * @throws TypeError with `streaming`, outside a runtime that has it.
 * @example export const handler = lambdaHandler(app);
 */
export function lambdaHandler(app: ServedApp, { streaming = false, scriptName }: LambdaOptions = {}): LambdaHandler {
  if (!streaming) return async (event, context) => invoke(app, { event, context, scriptName });
  const { awslambda } = globalThis as { awslambda?: AwsLambda };
  if (awslambda === undefined) {
    throw new TypeError(
      "Response streaming needs Lambda's managed runtime of node, which makes awslambda global: leave streaming out elsewhere, or use app.run({ server: 'lambda', streaming: true }) on a custom runtime.",
    );
  }
  return awslambda.streamifyResponse((event, stream, context) =>
    invokeStreaming(app, { event, context, scriptName }, (prelude) => awslambda.HttpResponseStream.from(stream, prelude)),
  );
}
