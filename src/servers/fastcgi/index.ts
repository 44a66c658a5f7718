import { FASTCGI_OPTIONS } from '../option-names.js';
import { fstatSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { BodySink } from '../../http/gateway/exchange.js';
import { refuseInvalidHost } from '../../http/gateway/host.js';
import type { RunningServer, ServedApp, ServerAdapter, ServerOptions } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { interruptedBody } from '../../http/gateway/unread-body.js';
import { CgiExchange, type CgiPipe } from '../cgi/cgi-exchange.js';
import type { CgiSettings } from '../cgi/cgi-variables.js';
import { RecordType, writeRecord, writeStream } from './fastcgi-records.js';
import { FastCgiSession } from './fastcgi-session.js';
import { type ListenOptions, listen } from '../listening.js';

/** Options of the `fastcgi` adapter. */
export interface FastCgiServerOptions extends ServerOptions, ListenOptions, Pick<CgiSettings, 'scriptName'> {
  /** The most simultaneous connections. Each one carries one request at a time. */
  maxConnections?: number;
}

/** How many bytes of an unread body are buffered, so that the end of the connection is still noticed. */
const MAX_BUFFERED = 64 * 1024;

/**
 * A FastCGI responder (FastCGI 1.0) for nginx's `fastcgi_pass`, Apache's mod_proxy_fcgi and mod_fcgid, lighttpd and others. It
 * listens on a TCP port or a Unix socket, or on the listening socket that a web server or spawn-fcgi passes as standard input.
 * Connections stay open when the web server requests it. Requests are not multiplexed.
 *
 * Without `PATH_INFO`, the whole path belongs to the app. The option `scriptName` sets another base path.
 *
 * @throws (rejects) Error when the address is not available.
 * @example await app.run({ server: 'fastcgi', host: 'unix:/run/shop.sock', scriptName: '/shop' });
 * @see https://fastcgi-archives.github.io/FastCGI_Specification.html
 */
export class FastCgiServer implements ServerAdapter {
  readonly options = FASTCGI_OPTIONS;

  async listen(app: ServedApp, options: FastCgiServerOptions): Promise<RunningServer> {
    const { shutdownTimeout = 10_000, scriptName, maxConnections } = options;
    const stopping = new Stopping();
    const connections = new Set<FastCgiConnection>();
    const limit = String(maxConnections ?? 1024);
    const values = { FCGI_MAX_CONNS: limit, FCGI_MAX_REQS: limit, FCGI_MPXS_CONNS: '0' };
    const server = createServer({ noDelay: true }, (socket) => {
      const connection = new FastCgiConnection(socket, values, (variables, pipe) => {
        const exchange = new CgiExchange(variables, pipe, stopping, { scriptName, isWhole: true });
        if (!refuseInvalidHost(exchange)) void app.handle(exchange);
        return exchange.hasBody;
      });
      connections.add(connection);
      socket.once('close', () => connections.delete(connection));
    });
    if (maxConnections !== undefined) server.maxConnections = maxConnections;
    const hasAddress = options.port ?? options.host ?? options.socket ?? options.fd;
    const address = hasAddress === undefined && isListening(0) ? { ...options, fd: 0 } : options;
    const url = await listen(server, address, { scheme: 'fastcgi', log: app.log?.bind(app) });
    const close = async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      stopping.begin();
      for (const connection of connections) connection.finish();
      const deadline = setTimeout(() => {
        for (const connection of connections) connection.cut();
      }, shutdownTimeout);
      await closed;
      clearTimeout(deadline);
    };
    let closing: Promise<void> | undefined;
    return { url, close: () => (closing ??= close()) };
  }
}

/** Whether a descriptor is a listening socket (FCGI_LISTENSOCK_FILENO, FastCGI 1.0 §2.2). This is known on Linux only. */
function isListening(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    if (!stat.isSocket()) return false;
    const unix = readFileSync('/proc/self/net/unix', 'latin1').split('\n');
    // Num RefCount Protocol Flags Type St Inode: this flag means that the socket accepts connections.
    if (unix.map((line) => line.split(/ +/)).some(([, , , flags, , , inode]) => flags === '00010000' && inode === `${stat.ino}`))
      return true;
    const tcp = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/self/net/${name}`, 'latin1').split('\n'));
    // sl local remote st … uid timeout inode: state 0A is LISTEN.
    return tcp.map((line) => line.trim().split(/ +/)).some((field) => field[3] === '0A' && field[9] === `${stat.ino}`);
  } catch {
    return false;
  }
}

/** A connection of a web server, and the streams of its current request. */
class FastCgiConnection {
  readonly #socket: Socket;
  readonly #session: FastCgiSession;
  #pipe: RequestPipe | undefined;
  #isFinishing = false;
  #bufferedBytes = 0;

  /** @param serve starts to answer the request. It returns whether the request has a body. */
  constructor(
    socket: Socket,
    values: Readonly<Record<string, string>>,
    serve: (variables: Record<string, string>, pipe: CgiPipe) => boolean,
  ) {
    this.#socket = socket;
    this.#session = new FastCgiSession(
      {
        reply: (bytes) => socket.write(bytes),
        close: () => socket.end(),
        request: (id, variables) => {
          this.#pipe = new RequestPipe(this, id);
          const hasBody = serve(variables, this.#pipe);
          // The body is not parsed until the app reads it.
          if (hasBody && this.#pipe?.isUnread) this.pause();
        },
        body: (chunk) => this.#pipe?.deliver(chunk),
        bodyEnd: () => this.#pipe?.deliverEnd(),
        abort: () => this.#abort(),
      },
      values,
    );
    socket.on('data', (chunk: Buffer) => this.#orDisconnect(() => this.#push(chunk)));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#pipe?.abort());
  }

  get socket(): Socket {
    return this.#socket;
  }

  #push(chunk: Buffer): void {
    if (this.#session.isPaused) {
      this.#bufferedBytes += chunk.length;
      if (this.#bufferedBytes > MAX_BUFFERED) this.#socket.pause();
    }
    this.#session.push(chunk);
  }

  /** Data that is not FastCGI closes the connection, because the data after it cannot be parsed. */
  #orDisconnect(step: () => void): void {
    try {
      step();
    } catch {
      this.cut();
    }
  }

  pause(): void {
    this.#session.pause();
  }

  resume(): void {
    this.#bufferedBytes = 0;
    this.#socket.resume();
    this.#orDisconnect(() => this.#session.resume());
  }

  /** Completes the answer to the active request. */
  end(records: readonly Buffer[]): void {
    this.#pipe = undefined;
    const { record, keepConn } = this.#session.end();
    const bytes = Buffer.concat([...records, record]);
    if (keepConn && !this.#isFinishing) {
      this.#socket.write(bytes);
      this.resume();
    } else this.#socket.end(bytes);
  }

  #abort(): void {
    const pipe = this.#pipe;
    this.end([]);
    pipe?.abort();
  }

  /** Accepts no more requests. */
  finish(): void {
    this.#isFinishing = true;
    if (!this.#session.isBusy) this.#socket.end();
  }

  cut(): void {
    this.#socket.destroySoon();
  }
}

/** The streams of one request. */
class RequestPipe implements CgiPipe {
  readonly #connection: FastCgiConnection;
  readonly #id: number;
  readonly #listeners: (() => void)[] = [];
  #sink: BodySink | undefined;
  #remaining = Number.NaN;
  #isDropped = false;
  #isDone = false;
  #isAborted = false;

  constructor(connection: FastCgiConnection, id: number) {
    this.#connection = connection;
    this.#id = id;
  }

  get isUnread(): boolean {
    return this.#sink === undefined && !this.#isDropped;
  }

  read(sink: BodySink, length: number | undefined): void {
    this.#sink = sink;
    if (length !== undefined) this.#remaining = length;
    this.#connection.resume();
  }

  pause(): void {
    if (!this.#isDone) this.#connection.pause();
  }

  resume(): void {
    if (!this.#isDone) this.#connection.resume();
  }

  drop(): void {
    this.#isDropped = true;
    this.resume();
  }

  deliver(chunk: Buffer): void {
    this.#remaining -= chunk.length;
    if (!this.#isDropped) this.#sink?.data(chunk);
  }

  deliverEnd(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#isDropped = true;
    if (this.#remaining > 0) sink?.error(new Error('The request body ended before its announced length.'));
    else sink?.end();
  }

  write(bytes: Buffer): boolean {
    const { socket } = this.#connection;
    if (this.#isDone || socket.destroyed) return false;
    let hasRoom = true;
    for (const record of writeStream(RecordType.stdout, this.#id, bytes)) hasRoom = socket.write(record);
    return hasRoom;
  }

  onDrain(listener: () => void): void {
    this.#connection.socket.once('drain', listener);
  }

  end(last?: Buffer): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const records = last === undefined ? [] : writeStream(RecordType.stdout, this.#id, last);
    this.#connection.end([...records, writeRecord(RecordType.stdout, this.#id, Buffer.alloc(0))]);
  }

  /** Without the record that ends a request, a web server knows that the answer is incomplete. */
  cut(): void {
    this.#isDone = true;
    this.#connection.cut();
  }

  onClose(listener: () => void): void {
    if (this.#isAborted) queueMicrotask(listener);
    else this.#listeners.push(listener);
  }

  /** The web server has closed the connection or no longer wants the answer. */
  abort(): void {
    this.#isDone = true;
    this.#isAborted = true;
    this.#sink?.error(interruptedBody());
    this.#sink = undefined;
    for (const listener of this.#listeners) listener();
  }
}
