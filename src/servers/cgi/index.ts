import { CGI_OPTIONS } from '../option-names.js';
import { createWriteStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { BodySink } from '../../http/gateway/exchange.js';
import { refuseInvalidHost } from '../../http/gateway/host.js';
import type { ServedApp, ServerAdapter, ServerOptions, SupervisedServer } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { interruptedBody } from '../../http/gateway/unread-body.js';
import { CgiExchange, type CgiPipe } from './cgi-exchange.js';
import type { CgiSettings, CgiVariables } from './cgi-variables.js';
import { toError } from '../../support/value-kinds.js';
import { waitAtMost } from '../../support/wait-at-most.js';

/** Options of the `cgi` adapter. */
export interface CgiServerOptions extends ServerOptions, CgiSettings {
  /** How long the process may continue after the answer, in milliseconds, if something keeps it alive. Default: 2,000. */
  exitTimeout?: number;
}

const EXIT_TIMEOUT = 2_000;

/**
 * Answers the one request for which a web server started this process (RFC 3875), on the standard streams. `run()` resolves when
 * the request is answered and the plugins are closed. Then the process ends.
 *
 * From `run()` on, printed text goes to the error log, including `console.log`, because standard output carries the response. The
 * variables of the client's headers (`HTTP_…`) are removed from `process.env`. Use `request` for the headers; it omits `Proxy`.
 * Modules that load before `run()` can still find `HTTP_PROXY` there, so configure the web server to remove the header `Proxy`
 * too.
 *
 * @throws (rejects) Error when the process was not started by a web server.
 * @example
 * #!/usr/bin/env node
 * await app.run({ server: 'cgi' });
 */
export class CgiServer implements ServerAdapter {
  readonly options = CGI_OPTIONS;

  async listen(app: ServedApp, options: CgiServerOptions): Promise<SupervisedServer> {
    if (process.env.REQUEST_METHOD === undefined) {
      throw Object.assign(
        new Error(
          "This process has no request to answer. The server 'cgi' is for programs that a web server starts with REQUEST_METHOD and other variables in the environment (RFC 3875). Use another server, such as 'node', to accept connections.",
        ),
        { code: 'BN_NO_CGI' },
      );
    }
    const variables = readEnvironment();
    const output = redirectOutput();
    const pipe = new ProcessPipe(process.stdin, output);
    const stopping = new Stopping();
    const answered = new Promise<void>((resolve) => pipe.onOutputClosed(resolve));
    const exchange = new CgiExchange(variables, pipe, stopping, { scriptName: options.scriptName });
    const handled = (async () => (refuseInvalidHost(exchange) ? undefined : app.handle(exchange)))().catch((error: unknown) => {
      app.log?.(toError(error));
    });
    // Keeps the process alive while the app waits. Other servers are kept alive by their listening socket.
    const keepAlive = setInterval(() => undefined, 2 ** 30);
    const done = Promise.all([answered, handled]).then(() => clearInterval(keepAlive));
    const close = async (): Promise<void> => {
      stopping.begin();
      // Before the answer is complete, only a signal calls this. Web servers send one when the client has disconnected.
      pipe.cut();
      await waitAtMost(options.shutdownTimeout ?? 10_000, done);
      process.stdin.destroy();
      if (!pipe.isComplete) await cleanupDone(options.exitTimeout);
      // This timer does not keep the process alive.
      setTimeout(() => process.exit(), options.exitTimeout ?? EXIT_TIMEOUT).unref();
    };
    return { url: `cgi:${exchange.scriptName}${exchange.target}`, close, done };
  }
}

/** Lets code that was told about the disconnected client clean up: until nothing is left to do, or the time is over. */
function cleanupDone(timeout = EXIT_TIMEOUT): Promise<void> {
  return new Promise((resolve) => {
    process.once('beforeExit', () => resolve());
    setTimeout(resolve, timeout).unref();
  });
}

/**
 * The environment as bytes, as it was before Node decoded it as UTF-8. The client's headers are removed from `process.env`: HTTP
 * clients and child programs would use them as settings, for example `HTTP_PROXY` as their proxy.
 *
 * @see https://httpoxy.org
 */
function readEnvironment(): CgiVariables {
  const variables: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(process.env)) {
    variables[name] = Buffer.from(value ?? '', 'utf8').toString('latin1');
    if (/^HTTP_/i.test(name)) delete process.env[name];
  }
  return variables;
}

/** Takes over standard output for the response. Printed text goes to standard error. */
function redirectOutput(): Writable {
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  const kind = fstatSync(1);
  // Node writes to its end of a pipe synchronously, which would block the process while the client is slow.
  const output =
    kind.isFIFO() || kind.isSocket() ? new Socket({ fd: 1, readable: false, writable: true }) : createWriteStream('', { fd: 1 });
  // Without this, the next opened file would get descriptor 1, and the output of native code would go to that file.
  output.once('close', () => openSync('/dev/null', 'w'));
  return output;
}

/** The standard streams of the process. */
class ProcessPipe implements CgiPipe {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #listeners: (() => void)[] = [];
  #isClosed = false;
  /** The response was written to its end. */
  isComplete = false;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
    // EPIPE: the web server has closed the pipe, because the client has disconnected.
    output.on('error', () => output.destroy());
    output.once('close', () => {
      this.#isClosed = true;
      for (const listener of this.#listeners) listener();
    });
  }

  read(sink: BodySink, length: number | undefined): void {
    const input = this.#input;
    let left = length ?? Number.POSITIVE_INFINITY;
    let isDone = false;
    const end = (error?: Error): void => {
      if (isDone) return;
      isDone = true;
      // A script must not read beyond the length, because more data may never arrive (RFC 3875 §4.2).
      input.off('data', onData);
      input.pause();
      if (error === undefined) sink.end();
      else sink.error(error);
    };
    const onData = (chunk: Buffer): void => {
      const bytes = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= bytes.length;
      sink.data(bytes);
      if (left <= 0) end();
    };
    input.on('data', onData);
    input.once('end', () => end(left > 0 && length !== undefined ? truncatedBody() : undefined));
    input.once('error', end);
    input.once('close', () => end(truncatedBody()));
    // For a body that ends with its stream, a client that disconnects looks like the end.
    this.onOutputClosed(() => end(interruptedBody()));
  }

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    this.#input.resume();
  }

  drop(): void {
    this.#input.resume();
  }

  write(bytes: Buffer): boolean {
    return this.#output.destroyed ? false : this.#output.write(bytes);
  }

  onDrain(listener: () => void): void {
    this.#output.once('drain', listener);
  }

  end(last?: Buffer): void {
    if (last === undefined) this.#output.end();
    else this.#output.end(last);
    this.#output.once('finish', () => {
      this.isComplete = true;
      this.#output.destroy();
    });
  }

  cut(): void {
    if (this.#output.destroyed) return;
    // A web server detects a failure only by the exit code of the process.
    process.exitCode ||= 1;
    this.#output.destroy();
  }

  onClose(listener: () => void): void {
    this.onOutputClosed(listener);
  }

  /** Calls the listener once when the output closes, for any reason. */
  onOutputClosed(listener: () => void): void {
    if (this.#isClosed) queueMicrotask(listener);
    else this.#listeners.push(listener);
  }
}

function truncatedBody(): Error {
  return new Error('The request body ended before its announced length.');
}
