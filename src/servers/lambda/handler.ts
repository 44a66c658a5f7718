import { checkKnownOptions } from '../../support/known-options.js';
import type { Writable } from 'node:stream';
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import type { LambdaEvent } from './events.js';
import { invoke, invokeStreaming } from './invoke.js';
import type { LambdaPrelude, LambdaResult } from './results.js';

/** Options of an app on Lambda. */
export interface LambdaOptions {
  /**
   * Sends bodies while they are produced. This requires functions that are invoked with response streaming: function URLs with
   * the invoke mode RESPONSE_STREAM, and REST APIs with the response transfer mode stream. Default: false.
   */
  streaming?: boolean;
  /** The base path of the app, when the event does not contain it: the base path of a custom domain. */
  scriptName?: string;
}

/** The handler that a Lambda function exports. */
export type LambdaHandler = (event: LambdaEvent, context: unknown) => Promise<LambdaResult>;

/** The global object of Node's managed runtime. */
interface AwsLambda {
  streamifyResponse(handler: (event: LambdaEvent, stream: Writable, context: unknown) => Promise<void>): LambdaHandler;
  readonly HttpResponseStream: { from(stream: Writable, prelude: LambdaPrelude): Writable };
}

/**
 * Creates the handler of an AWS Lambda function on Node's managed runtime. It supports API Gateway (REST and HTTP APIs, payload
 * formats 1.0 and 2.0), function URLs and load balancers. Binary bodies are base64-encoded in both directions. The stage is
 * `scriptName`. `request.environ` is `{ event, context }`.
 *
 * On custom runtimes (`provided.al2023`), `app.run({ server: 'lambda' })` needs no handler.
 *
 * @throws TypeError with `streaming`, on a runtime without response streaming, and for an option that does not exist.
 * @example export const handler = lambdaHandler(app);
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
export function lambdaHandler(app: ServedApp, options: LambdaOptions = {}): LambdaHandler {
  checkKnownOptions('lambdaHandler()', options, ['streaming', 'scriptName']);
  const { streaming = false, scriptName } = options;
  if (!streaming) return async (event, context) => invoke(app, { event, context, scriptName });
  const { awslambda } = globalThis as { awslambda?: AwsLambda };
  if (awslambda === undefined) {
    throw new TypeError(
      "Response streaming needs Lambda's managed Node runtime, which defines the global awslambda. Remove the option streaming elsewhere, or use app.run({ server: 'lambda', streaming: true }) on a custom runtime.",
    );
  }
  return awslambda.streamifyResponse((event, stream, context) =>
    invokeStreaming(app, { event, context, scriptName }, (prelude) => awslambda.HttpResponseStream.from(stream, prelude)),
  );
}
