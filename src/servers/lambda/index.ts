import { LAMBDA_OPTIONS } from '../option-names.js';
import type { RunningServer, ServedApp, ServerAdapter, ServerOptions } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import type { LambdaOptions } from './handler.js';
import { invoke, invokeStreaming } from './invoke.js';
import { type NextInvocation, RuntimeApi } from './runtime-api.js';
import { toError } from '../../support/value-kinds.js';
import { waitAtMost } from '../../support/wait-at-most.js';

/** Options of the `lambda` adapter. */
export interface LambdaServerOptions extends ServerOptions, LambdaOptions {}

/**
 * Serves on a custom runtime of AWS Lambda (`provided.al2023`, container images). It requests one event after another from the
 * Runtime API. On Node's managed runtime, export `lambdaHandler(app)` instead.
 *
 * @throws (rejects) Error without a Runtime API, and on the managed runtime.
 * @example await app.run({ server: 'lambda' }); // in the program named bootstrap
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class LambdaServer implements ServerAdapter {
  readonly options = LAMBDA_OPTIONS;

  async listen(app: ServedApp, options: LambdaServerOptions): Promise<RunningServer> {
    const address = runtimeApi();
    const api = new RuntimeApi(address);
    const stopping = new Stopping();
    let isStopped = false;
    const answer = async ({ id, event, context }: NextInvocation): Promise<void> => {
      const invocation = { event, context, scriptName: options.scriptName, stopping };
      try {
        if (options.streaming !== true) {
          await api.respond(id, await invoke(app, invocation));
          return;
        }
        let done: Promise<void> | undefined;
        const sent = invokeStreaming(app, invocation, (prelude) => {
          const opened = api.respondStreaming(id, prelude);
          done = opened.done;
          done.catch(() => undefined);
          return opened.stream;
        });
        await sent.catch((error: unknown) => {
          // After the head is sent, the end of the stream has reported the error.
          if (done === undefined) throw error;
        });
        await done;
      } catch (error) {
        await api.fail(id, toError(error));
      }
    };
    const run = async (): Promise<void> => {
      while (!isStopped) await answer(await api.next());
    };
    const running = run().catch((error: unknown) => {
      if (isStopped) return;
      // Lambda restarts the process.
      app.log?.(toError(error));
      process.exitCode = 1;
    });
    const close = async (): Promise<void> => {
      isStopped = true;
      stopping.begin();
      api.stop();
      await waitAtMost(options.shutdownTimeout ?? 10_000, running);
      api.end();
    };
    return { url: `lambda://${address}`, close };
  }
}

function runtimeApi(): string {
  const { AWS_LAMBDA_RUNTIME_API: address, AWS_EXECUTION_ENV: kind } = process.env;
  if ('awslambda' in globalThis || kind?.startsWith('AWS_Lambda_nodejs') === true) {
    throw failure(
      "Lambda's managed Node runtime calls a handler. Use export const handler = lambdaHandler(app), from 'bottlenose/servers', instead of run({ server: 'lambda' }), which is for custom runtimes.",
    );
  }
  if (address) return address;
  throw failure('The environment has no AWS_LAMBDA_RUNTIME_API, so this is not AWS Lambda. Use another server, such as node.');
}

function failure(message: string): Error {
  return Object.assign(new Error(message), { code: 'BN_NO_LAMBDA' });
}
