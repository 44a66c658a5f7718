import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.js';
import type { FetchPeer } from './fetch-exchange.js';

/** The part of an app that server adapters use. */
export interface ServedApp {
  /** Answers one request. Never throws, and its promise never rejects: errors are answered and logged. */
  readonly handle: (exchange: Exchange) => void | Promise<void>;
  fetch(request: globalThis.Request, peer?: FetchPeer): Promise<globalThis.Response>;
  /** The configuration. An adapter sets defaults for its environment, such as `trustProxy`. */
  readonly config?: { setDefault(key: string, value: unknown): unknown };
  /** Whether the app has WebSocket routes. */
  readonly hasSockets?: boolean;
  /** The size of the largest message that a WebSocket route accepts, in bytes; 0 without such routes. */
  readonly largestMessage?: number;
  /** Handles the `upgrade` event of `node:http`. Returns the connection, to be closed when the server stops. */
  readonly upgradeListener?: (request: IncomingMessage, socket: Duplex, head: Buffer) => { goAway(): void; terminate(): void };
  /** Logs an error of the server itself. */
  log?(error: Error): void;
}

/** Emits connections on a server (event `connection`). Returns the address of the listening socket. */
export type ConnectionSource = (server: Server) => AddressInfo;

/** Options of all adapters. Each adapter has further options. */
export interface ServerOptions {
  /** The address to listen on. Default: `127.0.0.1`. */
  host?: string;
  /** The port; 0 for any free port. Default: 8080. */
  port?: number;
  /** How long open requests may take after `close`, in milliseconds. Event streams end at once. Default: 10,000. */
  shutdownTimeout?: number;
  /** The source of connections, if another process accepts them. Replaces `host` and `port`. */
  source?: ConnectionSource;
  [option: string]: unknown;
}

/** A listening server. */
export interface RunningServer {
  /** The URL: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops accepting connections. Resolves when open requests have finished. */
  close(): Promise<void>;
  /** Restarts the program on the same port without dropping requests. `undefined` for servers with one process. */
  reload?(): Promise<void>;
}

/** Additional members of a server, for `run`. */
export interface SupervisedServer extends RunningServer {
  /** Receives the function that stops server and app. It never rejects, and may be called several times. */
  attend?(stop: () => Promise<void>): void;
  /** Whether this process is one of several. Another process then handles signals and prints the URL. */
  readonly isSupervised?: boolean;
  /** Resolves when a server that ends by itself has ended, like `cgi` after its request. `undefined` for other servers. */
  readonly done?: Promise<void>;
}

/** A server adapter. Pass your own class as `run({ server })` to use another server. */
export interface ServerAdapter {
  /** The names of its options. `run` rejects others. Without this member, all options are passed on. */
  readonly options?: readonly string[];
  listen(app: ServedApp, options: ServerOptions): Promise<SupervisedServer>;
}

/** The class of a server adapter. `run` creates the instance. */
export type ServerClass = new () => ServerAdapter;
