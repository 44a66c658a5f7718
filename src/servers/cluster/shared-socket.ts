import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { listenError } from '../listening.js';

/** A TCP socket of libuv, bound to its address. Workers listen on it (`server.listen(handle)`). */
export interface BoundHandle {
  getsockname(into: { port?: number }): number;
  close(): void;
}

type Bind = (address: string, port: number, family: number, fd?: undefined, flags?: number) => BoundHandle | number;

/**
 * Takes an address, without listening on it. `node:cluster` would hold the socket only as long as a worker listens, and drop it,
 * with the connections that wait in it, when the last one dies. Neither is there a socket for each worker (SO_REUSEPORT): the
 * kernel deals connections out to them, and those that a worker has not accepted when it ends are reset.
 *
 * Nor does the primary accept connections and hand them out, as `node:cluster` does by default (SCHED_RR). That costs nothing once
 * a connection lasts, but doubles the CPU of a request with a connection of its own (bench/cluster.mjs: 2.2 times one process, in
 * place of 1.1 to 1.2), a quarter of it in the primary, which is one process for all cores. The kernel wakes whichever worker has
 * time; how many connections each gets is less even for that.
 *
 * @throws Error that says what to do when the address cannot be had.
 */
export async function bindSocket(host: string, port: number): Promise<BoundHandle> {
  const { address, family } = await lookup(host);
  // No public function binds without accepting connections. This one is what node:cluster itself calls.
  const bind = (net as unknown as { _createServerHandle: Bind })._createServerHandle;
  const handle = bind(address, port, family);
  if (typeof handle === 'number') throw failure(handle, host, port);
  // An address in use may show only here: see uv_tcp_bind.
  const code = handle.getsockname({});
  if (code === 0) return handle;
  handle.close();
  throw failure(code, host, port);
}

function failure(code: number, host: string, port: number): Error {
  const name = getSystemErrorName(code);
  return listenError(Object.assign(new Error(`listen ${name}: ${host}:${port}`), { code: name, errno: code }), { host, port });
}
