import { fstatSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { BodySink } from '../../http/gateway/exchange.js';
import type { RunningServer, ServedApp, ServerAdapter, ServerOptions } from '../../http/gateway/server-adapter.js';
import { Stopping } from '../../http/gateway/stopping.js';
import { CgiExchange, type CgiPipe } from '../cgi/cgi-exchange.js';
import type { CgiSettings } from '../cgi/cgi-variables.js';
import { RecordType, writeRecord, writeStream } from './fastcgi-records.js';
import { FastCgiSession } from './fastcgi-session.js';
import { type ListenOptions, listen } from '../listening.js';

/** Options of the `fastcgi` adapter. */
export interface FastCgiServerOptions extends ServerOptions, ListenOptions, Pick<CgiSettings, 'scriptName'> {
  /** How many connections are taken at once; each has one request at a time. */
  maxConnections?: number;
}

/** How much of a body that nobody reads yet is taken, so that the end of the connection is still noticed, in bytes. */
const HELD_BYTES = 64 * 1024;

/**
 * A FastCGI responder (FastCGI 1.0), for nginx's `fastcgi_pass`, Apache's mod_proxy_fcgi and mod_fcgid, lighttpd, and others: on
 * a TCP port or a Unix socket, or on the listening socket that a front end or spawn-fcgi hands over as standard input.
 * Connections are kept if the front end says so; requests are not multiplexed.
 *
 * Without `PATH_INFO` among the variables the whole path is the app's; the option `scriptName` tells otherwise.
 *
 * @example await app.run({ server: 'fastcgi', host: 'unix:/run/shop.sock', scriptName: '/shop' });
 */
export class FastCgiServer implements ServerAdapter {
  async listen(app: ServedApp, options: FastCgiServerOptions): Promise<RunningServer> {
    const { shutdownTimeout = 10_000, scriptName, maxConnections } = options;
    const stopping = new Stopping();
    const connections = new Set<FastCgiConnection>();
    const limit = String(maxConnections ?? 1024);
    const values = { FCGI_MAX_CONNS: limit, FCGI_MAX_REQS: limit, FCGI_MPXS_CONNS: '0' };
    const server = createServer({ noDelay: true }, (socket) => {
      const connection = new FastCgiConnection(socket, values, (variables, pipe) => {
        const exchange = new CgiExchange(variables, pipe, stopping, { scriptName, isWhole: true });
        void app.handle(exchange);
        return exchange.hasBody;
      });
      connections.add(connection);
      socket.once('close', () => connections.delete(connection));
    });
    if (maxConnections !== undefined) server.maxConnections = maxConnections;
    const isGiven = options.port ?? options.host ?? options.socket ?? options.fd;
    const place = isGiven === undefined && isListening(0) ? { ...options, fd: 0 } : options;
    const url = await listen(server, place, { scheme: 'fastcgi', log: app.log?.bind(app) });
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

/** Whether a descriptor is a socket that listens, as FCGI_LISTENSOCK_FILENO (FastCGI 1.0 §2.2): known on Linux only. */
function isListening(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    if (!stat.isSocket()) return false;
    const unix = readFileSync('/proc/self/net/unix', 'latin1').split('\n');
    // Num RefCount Protocol Flags Type St Inode: the flag says that it accepts connections.
    if (unix.map((line) => line.split(/ +/)).some(([, , , flags, , , inode]) => flags === '00010000' && inode === `${stat.ino}`))
      return true;
    const tcp = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/self/net/${name}`, 'latin1').split('\n'));
    // sl local remote st … uid timeout inode: the state 0A is LISTEN.
    return tcp.map((line) => line.trim().split(/ +/)).some((field) => field[3] === '0A' && field[9] === `${stat.ino}`);
  } catch {
    return false;
  }
}

/** A front end's connection, and the streams of the request on it. */
class FastCgiConnection {
  readonly #socket: Socket;
  readonly #session: FastCgiSession;
  #pipe: RequestPipe | undefined;
  #isFinishing = false;
  #held = 0;

  /** @param serve begins to answer, and tells whether a body comes. */
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
          // It waits until somebody wants it.
          if (hasBody && this.#pipe?.isUnread) this.hold();
        },
        body: (chunk) => this.#pipe?.take(chunk),
        bodyEnd: () => this.#pipe?.takeEnd(),
        abort: () => this.#abort(),
      },
      values,
    );
    socket.on('data', (chunk: Buffer) => this.#guarded(() => this.#push(chunk)));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#pipe?.lose());
  }

  get socket(): Socket {
    return this.#socket;
  }

  #push(chunk: Buffer): void {
    if (this.#session.isHeld) {
      this.#held += chunk.length;
      if (this.#held > HELD_BYTES) this.#socket.pause();
    }
    this.#session.push(chunk);
  }

  /** What is no FastCGI ends the connection: nothing after it can be understood. */
  #guarded(step: () => void): void {
    try {
      step();
    } catch {
      this.cut();
    }
  }

  hold(): void {
    this.#session.hold();
  }

  release(): void {
    this.#held = 0;
    this.#socket.resume();
    this.#guarded(() => this.#session.release());
  }

  /** Ends the answer to the active request. */
  end(records: readonly Buffer[]): void {
    this.#pipe = undefined;
    const { record, keepConn } = this.#session.end();
    const bytes = Buffer.concat([...records, record]);
    if (keepConn && !this.#isFinishing) {
      this.#socket.write(bytes);
      this.release();
    } else this.#socket.end(bytes);
  }

  #abort(): void {
    const pipe = this.#pipe;
    this.end([]);
    pipe?.lose();
  }

  /** Takes no more requests. */
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
  #left = Number.NaN;
  #isDropped = false;
  #isOver = false;
  #isLost = false;

  constructor(connection: FastCgiConnection, id: number) {
    this.#connection = connection;
    this.#id = id;
  }

  get isUnread(): boolean {
    return this.#sink === undefined && !this.#isDropped;
  }

  read(sink: BodySink, length: number | undefined): void {
    this.#sink = sink;
    if (length !== undefined) this.#left = length;
    this.#connection.release();
  }

  pause(): void {
    if (!this.#isOver) this.#connection.hold();
  }

  resume(): void {
    if (!this.#isOver) this.#connection.release();
  }

  drop(): void {
    this.#isDropped = true;
    this.resume();
  }

  take(chunk: Buffer): void {
    this.#left -= chunk.length;
    if (!this.#isDropped) this.#sink?.data(chunk);
  }

  takeEnd(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#isDropped = true;
    if (this.#left > 0) sink?.error(new Error('The request body ended before its announced length.'));
    else sink?.end();
  }

  write(bytes: Buffer): boolean {
    const { socket } = this.#connection;
    if (this.#isOver || socket.destroyed) return false;
    let hasRoom = true;
    for (const record of writeStream(RecordType.stdout, this.#id, bytes)) hasRoom = socket.write(record);
    return hasRoom;
  }

  onDrain(listener: () => void): void {
    this.#connection.socket.once('drain', listener);
  }

  end(last?: Buffer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const records = last === undefined ? [] : writeStream(RecordType.stdout, this.#id, last);
    this.#connection.end([...records, writeRecord(RecordType.stdout, this.#id, Buffer.alloc(0))]);
  }

  /** Without the record that ends a request, a front end knows that the answer is not whole. */
  cut(): void {
    this.#isOver = true;
    this.#connection.cut();
  }

  onClose(listener: () => void): void {
    if (this.#isLost) queueMicrotask(listener);
    else this.#listeners.push(listener);
  }

  /** The front end has gone, or does not want the answer. */
  lose(): void {
    this.#isOver = true;
    this.#isLost = true;
    this.#sink?.error(new Error('The connection was closed before the whole request body had arrived.'));
    this.#sink = undefined;
    for (const listener of this.#listeners) listener();
  }
}
