import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { PassThrough, type Writable } from 'node:stream';
import type { LambdaEvent } from './events.js';
import type { LambdaPrelude, LambdaResult } from './results.js';

const BASE_PATH = '/2018-06-01/runtime';

/** An invocation that waits for its answer. */
export interface NextInvocation {
  readonly id: string;
  readonly event: LambdaEvent;
  readonly context: LambdaContext;
}

/** Further information about an invocation, with the names of the managed runtime. */
interface LambdaContext {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string | undefined;
  readonly clientContext: string | undefined;
  readonly identity: string | undefined;
  readonly functionName: string | undefined;
  readonly functionVersion: string | undefined;
  readonly memoryLimitInMB: string | undefined;
  readonly logGroupName: string | undefined;
  readonly logStreamName: string | undefined;
  getRemainingTimeInMillis(): number;
}

/**
 * A client of Lambda's Runtime API for custom runtimes.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly #host: string;
  readonly #port: string;
  readonly #agent = new Agent({ keepAlive: true });
  #pendingCall: ClientRequest | undefined;

  /** @param address host and port, as in `AWS_LAMBDA_RUNTIME_API`. */
  constructor(address: string) {
    const { hostname, port } = new URL(`http://${address}`);
    this.#host = hostname;
    this.#port = port;
  }

  /** Waits for the next invocation, which may take hours. Rejects when `stop` is called. */
  async next(): Promise<NextInvocation> {
    const answer = await this.#call('GET', '/invocation/next', {}, (call) => {
      this.#pendingCall = call;
      call.end();
    });
    this.#pendingCall = undefined;
    const text = await textOf(answer);
    if (answer.statusCode !== 200)
      throw new Error(`Lambda's Runtime API answered ${answer.statusCode} to the request for the next event: ${text}`);
    const header = (name: string): string | undefined => answer.headers[`lambda-runtime-${name}`] as string | undefined;
    const trace = header('trace-id');
    // Tracers read this variable.
    if (trace !== undefined) process.env._X_AMZN_TRACE_ID = trace;
    const id = header('aws-request-id') as string;
    const deadline = Number(header('deadline-ms') ?? Number.POSITIVE_INFINITY);
    const { env } = process;
    const context: LambdaContext = {
      awsRequestId: id,
      invokedFunctionArn: header('invoked-function-arn'),
      clientContext: header('client-context'),
      identity: header('cognito-identity'),
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    return { id, event: JSON.parse(text) as LambdaEvent, context };
  }

  /** Stops waiting for the next event. */
  stop(): void {
    this.#pendingCall?.destroy();
  }

  /** Closes the connections. */
  end(): void {
    this.#agent.destroy();
  }

  async respond(id: string, result: LambdaResult): Promise<void> {
    await this.#post(`/invocation/${id}/response`, { 'Content-Type': 'application/json' }, JSON.stringify(result));
  }

  /** Answers with a stream. `done` resolves when Lambda has received it. */
  respondStreaming(id: string, prelude: LambdaPrelude): { stream: Writable; done: Promise<void> } {
    const stream = new PassThrough();
    const headers = {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Content-Type': 'application/vnd.awslambda.http-integration-response',
      'Transfer-Encoding': 'chunked',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    };
    const done = this.#call('POST', `/invocation/${id}/response`, headers, (call) => {
      // Eight zero bytes end the head.
      call.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]));
      stream.pipe(call);
      stream.once('error', (error) => {
        const body = Buffer.from(JSON.stringify(errorBody(error))).toString('base64');
        call.addTrailers({ 'Lambda-Runtime-Function-Error-Type': error.name, 'Lambda-Runtime-Function-Error-Body': body });
        call.end();
      });
      call.once('close', () => stream.destroy());
    }).then(textOf);
    return { stream, done: done.then(() => undefined) };
  }

  /** Reports an error. Lambda sends the client an error response. */
  async fail(id: string, error: Error): Promise<void> {
    const headers = { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': error.name };
    await this.#post(`/invocation/${id}/error`, headers, JSON.stringify(errorBody(error)));
  }

  async #post(path: string, headers: Record<string, string>, body: string): Promise<void> {
    const length = String(Buffer.byteLength(body));
    await textOf(await this.#call('POST', path, { ...headers, 'Content-Length': length }, (call) => call.end(body)));
  }

  #call(
    method: string,
    path: string,
    headers: Record<string, string>,
    send: (call: ClientRequest) => void,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const target = { host: this.#host, port: this.#port, path: BASE_PATH + path, agent: this.#agent };
      const call = request({ ...target, method, headers }, resolve);
      call.on('error', reject);
      send(call);
    });
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function errorBody(error: Error): object {
  return { errorType: error.name, errorMessage: error.message, stackTrace: [] };
}
