import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.js';
import type { FetchPeer } from './fetch-exchange.js';

/** What a server adapter needs of the app that it serves. */
export interface ServedApp {
  /** Answers one request. Never throws, and its promise never rejects: what goes wrong is answered and logged. */
  readonly handle: (exchange: Exchange) => void | Promise<void>;
  fetch(request: globalThis.Request, peer?: FetchPeer): Promise<globalThis.Response>;
  /** For what an adapter knows of the place that it serves at, where the user has said nothing. */
  readonly config?: { setDefault(key: string, value: unknown): unknown };
  /** Whether there are WebSockets to be opened. */
  readonly hasSockets?: boolean;
  /** For the `upgrade` event of `node:http`. Gives what to end when the server stops. */
  readonly upgradeListener?: (request: IncomingMessage, socket: Duplex, head: Buffer) => { goAway(): void; terminate(): void };
  /** Takes what goes wrong in the server itself. */
  log?(error: Error): void;
}

/** Gives a server its connections, by its event `connection`. Returns the address that they were made to. */
export type ConnectionSource = (server: Server) => AddressInfo;

/** What every adapter understands; each has more of its own. */
export interface ServerOptions {
  /** The address to listen at. Default: `127.0.0.1`. */
  host?: string;
  /** The port; 0 for any that is free. Default: 8080. */
  port?: number;
  /** How long open requests may take after `close`, in milliseconds. Event streams end at once. Default: 10,000. */
  shutdownTimeout?: number;
  /** Where connections come from, if another process takes them; in place of `host` and `port`. */
  source?: ConnectionSource;
  [option: string]: unknown;
}

/** A server that listens. */
export interface RunningServer {
  /** Where to find it: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no more connections, lets open requests finish, then resolves. */
  close(): Promise<void>;
  /** Starts the program anew behind the same port, without dropping a request. Servers of one process have none. */
  reload?(): Promise<void>;
}

/** What a server may tell `run`, which wraps it, besides. */
export interface SupervisedServer extends RunningServer {
  /** Given what stops server and app: never rejects, and may be called often. */
  attend?(stop: () => Promise<void>): void;
  /** This process is one of several: another one minds the signals and tells where to find the server. */
  readonly isSupervised?: boolean;
  /** Resolves when a server that ends by itself, as `cgi` after its request, has ended. Others have none. */
  readonly done?: Promise<void>;
}

/** A server adapter: pass a class of your own as `run({ server })` to serve an app on anything else. */
export interface ServerAdapter {
  listen(app: ServedApp, options: ServerOptions): Promise<SupervisedServer>;
}

/** The class of a server adapter: `run` makes an instance itself. */
export type ServerClass = new () => ServerAdapter;
