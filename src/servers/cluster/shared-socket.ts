import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { listenError } from '../listening.js';

/** A TCP handle of libuv that is bound to its address. Workers listen on it (`server.listen(handle)`). */
export interface BoundHandle {
  getsockname(into: { port?: number }): number;
  close(): void;
}

type Bind = (address: string, port: number, family: number, fd?: undefined, flags?: number) => BoundHandle | number;

/**
 * Binds an address without listening on it. `node:cluster` would keep the socket only while a worker listens, and would drop the
 * waiting connections when the last worker dies. One socket per worker (SO_REUSEPORT) would lose connections too: the kernel
 * resets those that a worker has not accepted when it ends.
 *
 * The primary does not accept connections for its workers, as `node:cluster` does by default (SCHED_RR). That would cost much CPU
 * time for requests with a connection of their own, a part of it in the primary, which is a single process (benchmark:
 * `bench/cluster.mjs`). Instead, the kernel wakes a free worker. The connections are spread less evenly.
 *
 * @throws Error with a remedy when the address is not available.
 */
export async function bindSocket(host: string, port: number): Promise<BoundHandle> {
  const { address, family } = await lookup(host);
  // No public function binds without accepting connections. node:cluster itself uses this one.
  const bind = (net as unknown as { _createServerHandle: Bind })._createServerHandle;
  const handle = bind(address, port, family);
  if (typeof handle === 'number') throw bindError(handle, host, port);
  // An address in use may be detected only here: see uv_tcp_bind.
  const code = handle.getsockname({});
  if (code === 0) return handle;
  handle.close();
  throw bindError(code, host, port);
}

function bindError(code: number, host: string, port: number): Error {
  const name = getSystemErrorName(code);
  return listenError(Object.assign(new Error(`listen ${name}: ${host}:${port}`), { code: name, errno: code }), { host, port });
}
