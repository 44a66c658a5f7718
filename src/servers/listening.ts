import { existsSync, lstatSync } from 'node:fs';
import { chmod, unlink } from 'node:fs/promises';
import { type AddressInfo, connect, type ListenOptions as NetOptions, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { ConnectionSource } from '../http/gateway/server-adapter.js';
import { inheritedSocket } from './systemd.js';

/** Where a server listens: `host` and `port`, or one of the others in their place. */
export interface ListenOptions {
  /** The address to listen at, or `unix:/path` for a Unix socket. Default: `127.0.0.1`. */
  host?: string;
  /** The port; 0 for any that is free. Default: 8080. */
  port?: number;
  /** The path of a Unix socket to listen at. The file of a server that is gone is replaced. */
  socket?: string;
  /** The permissions of the Unix socket's file, as in `0o660`. Default: what the umask leaves. */
  socketMode?: number;
  /** The number of a descriptor that listens already, handed over by the parent process. */
  fd?: number;
  /** How many connections may wait to be accepted. Default: 511. */
  backlog?: number;
}

/** A socket of libuv that is bound already, in place of all these. */
export interface Bound {
  handle?: object;
  /** Where connections come from, if another process takes them. */
  source?: ConnectionSource;
}

/** What to tell of the server besides. */
export interface Listening {
  /** `http`, `https` …: the first part of the URL. */
  scheme: string;
  /** Takes what goes wrong later. */
  log?(error: Error): void;
}

/**
 * Lets a server listen where the options say. Given sockets by systemd (`LISTEN_FDS`), it takes the next one of these instead, as
 * the unit's `ListenStream` then decides about the address.
 *
 * @returns the URL: `http://127.0.0.1:8080`, `http://[::1]:8080`, `unix:/run/app.sock`.
 * @throws (rejects) Error with node's `code` and one line that says what to do.
 */
export async function listen(server: Server, options: ListenOptions & Bound, { scheme, log }: Listening): Promise<string> {
  if (options.source !== undefined) return urlOf(options.source(server), {}, scheme);
  const place = placeOf(options);
  try {
    await start(server, place, log);
  } catch (error) {
    if (!(await isStale(error as NodeJS.ErrnoException, place))) throw listenError(error as NodeJS.ErrnoException, place);
    await unlink(place.path as string);
    await start(server, place, log).catch((again: NodeJS.ErrnoException) => {
      throw listenError(again, place);
    });
  }
  if (place.path !== undefined && options.socketMode !== undefined) await chmod(place.path, options.socketMode);
  return urlOf(server.address(), place, scheme);
}

/** A Unix socket's path, a descriptor, or host and port: what node calls them. */
type Place = Pick<NetOptions, 'host' | 'port' | 'path' | 'backlog'> & { fd?: number } & Bound;

/** The longest path that a Unix socket can have on every system, in bytes (`sun_path`). */
const LONGEST_PATH = 103;

function placeOf(options: ListenOptions & Bound): Place {
  const { host = '127.0.0.1', port = 8080, socket, handle, backlog } = options;
  const more = backlog === undefined ? {} : { backlog };
  if (handle !== undefined) return { host, port, handle, ...more };
  const fd = options.fd ?? inheritedSocket();
  if (fd !== undefined) return { fd, ...more };
  const path = socket ?? (host.startsWith('unix:') ? host.slice(5) : undefined);
  if (path === undefined) {
    if (Number.isInteger(port) && port >= 0 && port < 65_536) return { host, port, ...more };
    throw new RangeError(`The port has to be a whole number from 0 to 65535, not ${String(port)}.`);
  }
  if (path !== '' && Buffer.byteLength(path) <= LONGEST_PATH) return { path, ...more };
  throw new RangeError(
    `The path of a Unix socket has to have 1 to ${LONGEST_PATH} bytes, which '${path}' has not: choose another.`,
  );
}

function start(server: Server, place: Place, log: Listening['log']): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      if (server.listening) {
        // Accepting a connection may fail later, for want of file descriptors, which is no reason to go down.
        log?.(error);
        return;
      }
      server.off('error', failed);
      reject(error);
    };
    server.on('error', failed);
    server.listen(place.handle ?? place, resolve);
  });
}

/** Whether what is in the way is the file of a server that is gone. */
async function isStale({ code }: NodeJS.ErrnoException, { path }: Place): Promise<boolean> {
  if (code !== 'EADDRINUSE' || path === undefined || !isSocketFile(path)) return false;
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

function isSocketFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

function urlOf(address: AddressInfo | string | null, { path, fd }: Place, scheme: string): string {
  if (path !== undefined) return `unix:${path}`;
  // Of an inherited Unix socket, node knows no more than that it is one.
  if (address === null || typeof address === 'string') return address ? `unix:${address}` : `fd:${fd}`;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${scheme}://${name}:${address.port}`;
}

/** The error of a server that cannot listen: what is wrong and what to do, on one line, node's own as its cause. */
export function listenError(error: NodeJS.ErrnoException, { host, port, path, fd }: Omit<Place, 'handle'>): Error {
  const remedy = (path !== undefined ? ofPath(path) : fd !== undefined ? ofDescriptor(fd) : ofAddress(host, port))[
    error.code ?? ''
  ];
  return remedy === undefined ? error : Object.assign(new Error(remedy, { cause: error }), { code: error.code });
}

type Remedies = Readonly<Record<string, string>>;

function ofAddress(host = '', port = 0): Remedies {
  const unknown = `There is no host '${host}': choose an address of this machine, 127.0.0.1 or 0.0.0.0.`;
  return {
    EADDRINUSE: `Port ${port} of ${host} is in use: stop what listens there, or choose another port (0 takes any that is free).`,
    EACCES: `Port ${port} may not be opened by this user: choose one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: choose one of its own, 127.0.0.1 or 0.0.0.0.`,
    EAFNOSUPPORT: `This machine does not speak the protocol of ${host}: choose 127.0.0.1 or 0.0.0.0.`,
    ENOTFOUND: unknown,
    EAI_AGAIN: unknown,
    EINVAL: `${host} is no address to listen at: choose one of this machine, 127.0.0.1 or 0.0.0.0.`,
  };
}

function ofPath(path: string): Remedies {
  return {
    EADDRINUSE: isSocketFile(path)
      ? `Another server listens at ${path}: stop it, or choose another path.`
      : `${path} is there already and no socket: move it away, or choose another path.`,
    // libuv says the same where there is no such directory.
    EACCES: existsSync(dirname(path))
      ? `This user may not make a socket at ${path}: choose a directory that it may write to.`
      : `The directory of ${path} does not exist: make it, or choose another path.`,
    ENOTDIR: `The directory of ${path} is none: choose another path.`,
  };
}

function ofDescriptor(fd: number): Remedies {
  const remedy = `Descriptor ${fd} is no socket that listens: the parent process has to hand one over.`;
  return { EINVAL: remedy, EBADF: remedy, ENOTSOCK: remedy, EEXIST: remedy };
}
