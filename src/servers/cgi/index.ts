import { createWriteStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { BodySink } from '../../http/gateway/exchange.js';
import type { ServedApp, ServerAdapter, ServerOptions, SupervisedServer } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { CgiExchange, type CgiPipe } from './cgi-exchange.js';
import type { CgiSettings, CgiVariables } from './cgi-variables.js';

/** Options of the `cgi` adapter. */
export interface CgiServerOptions extends ServerOptions, CgiSettings {
  /** How long the process may go on after the answer, in milliseconds, if something keeps it. Default: 2,000. */
  exitTimeout?: number;
}

const EXIT_TIMEOUT = 2_000;

/**
 * Answers the one request that a web server has started this process for (RFC 3875), on its standard streams. `run()` resolves
 * when it has been answered and the plugins are closed; then the process ends.
 *
 * What the program prints goes to the error log from `run()` on, `console.log` included: standard output is the response. The
 * variables of the client's headers, `HTTP_…`, leave `process.env`: `request` has the headers, but for `Proxy`, which is ignored.
 * What is loaded before `run()` still finds `HTTP_PROXY` there; let the web server drop the header `Proxy` as well.
 *
 * @throws Error when no web server has started the process.
 * @example
 * #!/usr/bin/env node
 * await app.run({ server: 'cgi' });
 */
export class CgiServer implements ServerAdapter {
  async listen(app: ServedApp, options: CgiServerOptions): Promise<SupervisedServer> {
    if (process.env.REQUEST_METHOD === undefined) {
      throw Object.assign(
        new Error(
          'This process has no request to answer: the server cgi is for programs that a web server starts, with REQUEST_METHOD and the like in the environment (RFC 3875). Run it with another server, as node, to serve by itself.',
        ),
        { code: 'BN_NO_CGI' },
      );
    }
    const variables = takeVariables();
    const output = takeOutput();
    const pipe = new ProcessPipe(process.stdin, output);
    const stopping = new Stopping();
    const answered = new Promise<void>((resolve) => pipe.onGone(resolve));
    const exchange = new CgiExchange(variables, pipe, stopping, { scriptName: options.scriptName });
    const handled = (async () => app.handle(exchange))().catch((error: unknown) => {
      app.log?.(error instanceof Error ? error : new Error(String(error)));
    });
    // Nothing else need keep the process while the app waits for something: other servers listen.
    const alive = setInterval(() => undefined, 2 ** 30);
    const done = Promise.all([answered, handled]).then(() => clearInterval(alive));
    const close = async (): Promise<void> => {
      stopping.begin();
      // Before the answer is complete it is a signal that closes: web servers send it when the client has left.
      pipe.cut();
      let deadline: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        deadline = setTimeout(resolve, options.shutdownTimeout ?? 10_000);
      });
      await Promise.race([done, late]);
      clearTimeout(deadline);
      process.stdin.destroy();
      if (!pipe.isWhole) await settled(options.exitTimeout);
      // Does not keep the process itself.
      setTimeout(() => process.exit(), options.exitTimeout ?? EXIT_TIMEOUT).unref();
    };
    return { url: `cgi:${exchange.scriptName}${exchange.target}`, close, done };
  }
}

/** Lets those who have learned that the client has left clean up: until nothing is left to do, or the time is over. */
function settled(timeout = EXIT_TIMEOUT): Promise<void> {
  return new Promise((resolve) => {
    process.once('beforeExit', () => resolve());
    setTimeout(resolve, timeout).unref();
  });
}

/**
 * The environment, as the bytes that it was before node took it for UTF-8. The client's headers leave `process.env`: HTTP clients
 * and programs that the app starts would take them for settings, as `HTTP_PROXY` for the proxy of their requests.
 *
 * @see https://httpoxy.org
 */
function takeVariables(): CgiVariables {
  const variables: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(process.env)) {
    variables[name] = Buffer.from(value ?? '', 'utf8').toString('latin1');
    if (/^HTTP_/i.test(name)) delete process.env[name];
  }
  return variables;
}

/** Takes standard output for the response; what is printed goes to standard error. */
function takeOutput(): Writable {
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  const kind = fstatSync(1);
  // node writes to its own end of a pipe synchronously: nothing else would happen while the client is slow.
  const output =
    kind.isFIFO() || kind.isSocket() ? new Socket({ fd: 1, readable: false, writable: true }) : createWriteStream('', { fd: 1 });
  // The number would go to the next file that is opened, and with it what native code prints.
  output.once('close', () => openSync('/dev/null', 'w'));
  return output;
}

/** The standard streams of a process. */
class ProcessPipe implements CgiPipe {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #listeners: (() => void)[] = [];
  #isGone = false;
  /** The response has gone out to its end. */
  isWhole = false;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
    // EPIPE: the web server, and so the client, has given up.
    output.on('error', () => output.destroy());
    output.once('close', () => {
      this.#isGone = true;
      for (const listener of this.#listeners) listener();
    });
  }

  read(sink: BodySink, length: number | undefined): void {
    const input = this.#input;
    let left = length ?? Number.POSITIVE_INFINITY;
    let isOver = false;
    const end = (error?: Error): void => {
      if (isOver) return;
      isOver = true;
      // A script must not read on, for more need not come (RFC 3875 §4.2).
      input.off('data', take);
      input.pause();
      if (error === undefined) sink.end();
      else sink.error(error);
    };
    const take = (chunk: Buffer): void => {
      const bytes = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= bytes.length;
      sink.data(bytes);
      if (left <= 0) end();
    };
    input.on('data', take);
    input.once('end', () => end(left > 0 && length !== undefined ? brokenOff() : undefined));
    input.once('error', end);
    input.once('close', () => end(brokenOff()));
    // Of a body that ends with its stream, a client that leaves looks like the end.
    this.onGone(() => end(new Error('The client has gone away before the whole request body had arrived.')));
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
      this.isWhole = true;
      this.#output.destroy();
    });
  }

  cut(): void {
    if (this.#output.destroyed) return;
    // All that a web server can see of a failure is how the process ends.
    process.exitCode ||= 1;
    this.#output.destroy();
  }

  onClose(listener: () => void): void {
    this.onGone(listener);
  }

  /** Calls once when the output is closed, for whatever reason. */
  onGone(listener: () => void): void {
    if (this.#isGone) queueMicrotask(listener);
    else this.#listeners.push(listener);
  }
}

function brokenOff(): Error {
  return new Error('The request body ended before its announced length.');
}
