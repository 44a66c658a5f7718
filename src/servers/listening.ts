import { existsSync, lstatSync } from 'node:fs';
import { chmod, unlink } from 'node:fs/promises';
import { type AddressInfo, connect, type ListenOptions as NetOptions, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { ConnectionSource } from '../http/gateway/server-adapter.js';
import { inheritedSocket } from './systemd.js';

/** Where a server listens: `host` and `port`, or one of the other options instead. */
export interface ListenOptions {
  /** The address to listen on, or `unix:/path` for a Unix socket. Default: `127.0.0.1`. */
  host?: string;
  /** The port; 0 for any free port. Default: 8080. */
  port?: number;
  /** The path of a Unix socket to listen on. A stale socket file is replaced. */
  socket?: string;
  /** The permissions of the Unix socket's file, for example `0o660`. Default: according to the umask. */
  socketMode?: number;
  /** The number of a listening file descriptor, passed by the parent process. */
  fd?: number;
  /** The most connections that wait to be accepted. Default: 511. */
  backlog?: number;
}

/** A socket that is already bound. It takes precedence over the listen options. */
export interface BoundSocket {
  /** A TCP handle of libuv. */
  handle?: object;
  /** The source of the connections, when another process accepts them. */
  source?: ConnectionSource;
}

/** Further information about the server. */
interface ListenContext {
  /** The first part of the URL, such as `http` or `https`. */
  scheme: string;
  /** Receives errors that occur after the server listens. */
  log?(error: Error): void;
}

/**
 * Makes a server listen. A socket that systemd passed (`LISTEN_FDS`) takes precedence over host, port and path, because the
 * unit's `ListenStream` decides about the address.
 *
 * @returns the URL: `http://127.0.0.1:8080`, `http://[::1]:8080`, `unix:/run/app.sock`.
 * @throws (rejects) Error with Node's `code` and a one-line remedy.
 */
export async function listen(
  server: Server,
  options: ListenOptions & BoundSocket,
  { scheme, log }: ListenContext,
): Promise<string> {
  if (options.source !== undefined) return urlOf(options.source(server), {}, scheme);
  const target = targetOf(options);
  try {
    await start(server, target, log);
  } catch (error) {
    if (!(await isStale(error as NodeJS.ErrnoException, target))) throw listenError(error as NodeJS.ErrnoException, target);
    await unlink(target.path as string);
    await start(server, target, log).catch((retryError: NodeJS.ErrnoException) => {
      throw listenError(retryError, target);
    });
  }
  if (target.path !== undefined && options.socketMode !== undefined) await chmod(target.path, options.socketMode);
  return urlOf(server.address(), target, scheme);
}

/** The arguments of `net.Server.listen`: a Unix socket's path, a descriptor, or host and port. */
type ListenTarget = Pick<NetOptions, 'host' | 'port' | 'path' | 'backlog'> & { fd?: number } & BoundSocket;

/** The longest path of a Unix socket that every system supports, in bytes (`sun_path`). */
const MAX_PATH_BYTES = 103;

function targetOf(options: ListenOptions & BoundSocket): ListenTarget {
  const { host = '127.0.0.1', port = 8080, socket, handle, backlog } = options;
  const rest = backlog === undefined ? {} : { backlog };
  if (handle !== undefined) return { host, port, handle, ...rest };
  const fd = options.fd ?? inheritedSocket();
  if (fd !== undefined) return { fd, ...rest };
  const path = socket ?? (host.startsWith('unix:') ? host.slice(5) : undefined);
  if (path === undefined) {
    if (Number.isInteger(port) && port >= 0 && port < 65_536) return { host, port, ...rest };
    throw new RangeError(`The port must be a whole number from 0 to 65535, not ${String(port)}.`);
  }
  if (path !== '' && Buffer.byteLength(path) <= MAX_PATH_BYTES) return { path, ...rest };
  throw new RangeError(`The path of a Unix socket must have 1 to ${MAX_PATH_BYTES} bytes. Choose another path than '${path}'.`);
}

function start(server: Server, target: ListenTarget, log: ListenContext['log']): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      if (server.listening) {
        // Accepting a connection may fail later, for example without free file descriptors. The server goes on.
        log?.(error);
        return;
      }
      server.off('error', onError);
      reject(error);
    };
    server.on('error', onError);
    server.listen(target.handle ?? target, resolve);
  });
}

/** Whether the address is in use only because of a stale socket file. */
async function isStale({ code }: NodeJS.ErrnoException, { path }: ListenTarget): Promise<boolean> {
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

function urlOf(address: AddressInfo | string | null, { path, fd }: ListenTarget, scheme: string): string {
  if (path !== undefined) return `unix:${path}`;
  // Node reports nothing about an inherited Unix socket except its type.
  if (address === null || typeof address === 'string') return address ? `unix:${address}` : `fd:${fd}`;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${scheme}://${name}:${address.port}`;
}

/** The error of a server that cannot listen: the problem and its remedy on one line. Node's error is its `cause`. */
export function listenError(error: NodeJS.ErrnoException, { host, port, path, fd }: Omit<ListenTarget, 'handle'>): Error {
  const remedy = (
    path !== undefined ? pathRemedies(path) : fd !== undefined ? descriptorRemedies(fd) : addressRemedies(host, port)
  )[error.code ?? ''];
  return remedy === undefined ? error : Object.assign(new Error(remedy, { cause: error }), { code: error.code });
}

type Remedies = Readonly<Record<string, string>>;

function addressRemedies(host = '', port = 0): Remedies {
  const unknown = `The host '${host}' is unknown: choose an address of this machine, 127.0.0.1 or 0.0.0.0.`;
  return {
    EADDRINUSE: `Port ${port} of ${host} is in use: stop the program that listens there, or choose another port (0 for any free port).`,
    EACCES: `This user may not open port ${port}: choose a port above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: choose one of its addresses, 127.0.0.1 or 0.0.0.0.`,
    EAFNOSUPPORT: `This machine does not support the protocol of ${host}: choose 127.0.0.1 or 0.0.0.0.`,
    ENOTFOUND: unknown,
    EAI_AGAIN: unknown,
    EINVAL: `A server cannot listen on ${host}: choose an address of this machine, 127.0.0.1 or 0.0.0.0.`,
  };
}

function pathRemedies(path: string): Remedies {
  return {
    EADDRINUSE: isSocketFile(path)
      ? `Another server listens on ${path}: stop it, or choose another path.`
      : `${path} exists and is not a socket: remove it, or choose another path.`,
    // libuv reports the same code when the directory does not exist.
    EACCES: existsSync(dirname(path))
      ? `This user may not create a socket at ${path}: choose a writable directory.`
      : `The directory of ${path} does not exist: create it, or choose another path.`,
    ENOTDIR: `A part of ${path} is not a directory: choose another path.`,
  };
}

function descriptorRemedies(fd: number): Remedies {
  const remedy = `Descriptor ${fd} is not a listening socket: the parent process must pass one.`;
  return { EINVAL: remedy, EBADF: remedy, ENOTSOCK: remedy, EEXIST: remedy };
}
