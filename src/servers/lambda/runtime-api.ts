import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { PassThrough, type Writable } from 'node:stream';
import type { LambdaEvent } from './events.js';
import type { LambdaPrelude, LambdaResult } from './results.js';

const VERSION = '/2018-06-01/runtime';

/** An invocation that Lambda waits to be answered. */
export interface NextInvocation {
  readonly id: string;
  readonly event: LambdaEvent;
  readonly context: LambdaContext;
}

/** What is known of an invocation besides its event, by the names of the managed runtime. */
export interface LambdaContext {
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

/** The client's side of Lambda's Runtime API, as its documentation describes it for custom runtimes. */
export class RuntimeApi {
  readonly #host: string;
  readonly #port: string;
  readonly #agent = new Agent({ keepAlive: true });
  #waiting: ClientRequest | undefined;

  /** @param address as `AWS_LAMBDA_RUNTIME_API` has it: host and port. */
  constructor(address: string) {
    const { hostname, port } = new URL(`http://${address}`);
    this.#host = hostname;
    this.#port = port;
  }

  /** The next invocation, which may take hours to come. Rejects when `stop` has been called. */
  async next(): Promise<NextInvocation> {
    const answer = await this.#call('GET', '/invocation/next', {}, (call) => {
      this.#waiting = call;
      call.end();
    });
    this.#waiting = undefined;
    const text = await textOf(answer);
    if (answer.statusCode !== 200)
      throw new Error(`Lambda's Runtime API answers ${answer.statusCode} to a request for an event: ${text}`);
    const header = (name: string): string | undefined => answer.headers[`lambda-runtime-${name}`] as string | undefined;
    const trace = header('trace-id');
    // Where tracers look for it.
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

  /** Waits for no further event. */
  stop(): void {
    this.#waiting?.destroy();
  }

  /** Lets go of the connections. */
  end(): void {
    this.#agent.destroy();
  }

  async respond(id: string, result: LambdaResult): Promise<void> {
    await this.#post(`/invocation/${id}/response`, { 'Content-Type': 'application/json' }, JSON.stringify(result));
  }

  /** Answers by a stream, which is returned; `done` resolves when Lambda has taken it. */
  respondStreaming(id: string, prelude: LambdaPrelude): { stream: Writable; done: Promise<void> } {
    const stream = new PassThrough();
    const headers = {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Content-Type': 'application/vnd.awslambda.http-integration-response',
      'Transfer-Encoding': 'chunked',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    };
    const done = this.#call('POST', `/invocation/${id}/response`, headers, (call) => {
      // Eight zeros end the head.
      call.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]));
      stream.pipe(call);
      stream.once('error', (error) => {
        const body = Buffer.from(JSON.stringify(described(error))).toString('base64');
        call.addTrailers({ 'Lambda-Runtime-Function-Error-Type': error.name, 'Lambda-Runtime-Function-Error-Body': body });
        call.end();
      });
      call.once('close', () => stream.destroy());
    }).then(textOf);
    return { stream, done: done.then(() => undefined) };
  }

  /** Lambda gives the client an error. */
  async fail(id: string, error: Error): Promise<void> {
    const headers = { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': error.name };
    await this.#post(`/invocation/${id}/error`, headers, JSON.stringify(described(error)));
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
      const place = { host: this.#host, port: this.#port, path: VERSION + path, agent: this.#agent };
      const call = request({ ...place, method, headers }, resolve);
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

function described(error: Error): object {
  return { errorType: error.name, errorMessage: error.message, stackTrace: [] };
}
