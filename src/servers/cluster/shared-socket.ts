import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { listenError } from '../listening.js';
import { inheritedSocket } from '../systemd.js';

/** A TCP handle of libuv that is bound to its address. Workers listen on it (`server.listen(handle)`). */
export interface BoundHandle {
  getsockname(into: { port?: number }): number;
  close(): void;
}

type Bind = (address: string | null, port: number | null, family: number | null, fd?: number) => Partial<BoundHandle> | number;

/**
 * Binds an address without listening on it. `node:cluster` would keep the socket only while a worker listens, and would drop the
 * waiting connections when the last worker dies. One socket per worker (SO_REUSEPORT) would lose connections too: the kernel
 * resets those that a worker has not accepted when it ends.
 *
 * The primary does not accept connections for its workers, as `node:cluster` does by default (SCHED_RR). That would cost much CPU
 * time for requests with a connection of their own, a part of it in the primary, which is a single process (benchmark:
 * `bench/cluster.mjs`). Instead, the kernel wakes a free worker. The connections are spread less evenly.
 *
 * A socket of the parent process (`fd`) or of systemd (`LISTEN_FDS`) takes precedence over host and port.
 *
 * @throws Error with a remedy when the address is not available; TypeError for a Unix socket, which Node cannot share between workers.
 */
export async function bindSocket({ host, port, fd }: SharedAddress): Promise<BoundHandle> {
  const passed = fd ?? inheritedSocket();
  if (passed !== undefined) return openPassed(passed);
  const { address, family } = await lookup(host);
  const handle = bind(address, port, family) as BoundHandle | number;
  if (typeof handle === 'number') throw bindError(handle, host, port);
  // An address in use may be detected only here: see uv_tcp_bind.
  const code = handle.getsockname({});
  if (code === 0) return handle;
  handle.close();
  throw bindError(code, host, port);
}

/** Where the workers listen. */
interface SharedAddress {
  readonly host: string;
  readonly port: number;
  readonly fd: number | undefined;
}

// No public function binds without accepting connections. node:cluster itself uses this one.
const { _createServerHandle: bind } = net as unknown as { _createServerHandle: Bind };

function openPassed(fd: number): BoundHandle {
  const handle = bind(null, null, null, fd);
  if (typeof handle === 'number') {
    const code = getSystemErrorName(handle);
    throw listenError(Object.assign(new Error(`listen ${code}: descriptor ${fd}`), { code, errno: handle }), { fd });
  }
  // Only handles of TCP have an address.
  if (handle.getsockname !== undefined) return handle as BoundHandle;
  handle.close?.();
  throw new TypeError(
    `run({ server: 'cluster' }): the socket that was passed (descriptor ${fd}) is a Unix socket, which works with one process only. Pass a TCP socket (ListenStream=8080), or use the server 'node'.`,
  );
}

function bindError(code: number, host: string, port: number): Error {
  const name = getSystemErrorName(code);
  return listenError(Object.assign(new Error(`listen ${name}: ${host}:${port}`), { code: name, errno: code }), { host, port });
}
