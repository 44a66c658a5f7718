import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import { type ListenOptions, listen } from '../listening.js';
import { inheritedSocket } from '../systemd.js';
import type { Binding, us_listen_socket, UwsApp } from './uws-binding.js';

/** Without this flag, another process could listen on the same port and would get half of the connections. */
const EXCLUSIVE = 1;

/** A listening server. */
interface ListeningSocket {
  readonly socket: us_listen_socket;
  readonly url: string;
}

/**
 * Makes an app of uWebSockets.js listen.
 *
 * @throws (rejects) Error with a one-line remedy.
 */
export async function listenUws(binding: Binding, app: UwsApp, options: ListenOptions, scheme: string): Promise<ListeningSocket> {
  const { host = '127.0.0.1', port = 8080, socket, fd } = options;
  if ((fd ?? inheritedSocket()) !== undefined) {
    throw new TypeError(
      "The server 'uws' cannot use a socket of systemd or of a parent process: choose a host and port, or the server 'node'.",
    );
  }
  // uWebSockets.js can listen on Unix sockets, but corrupts data that a slow client does not accept at once (20.30).
  if (socket !== undefined || host.startsWith('unix:')) {
    throw new TypeError("The server 'uws' does not listen on Unix sockets: choose a host and port, or the server 'node'.");
  }
  const isPort = Number.isInteger(port) && port >= 0 && port < 65_536;
  const address = isPort ? await lookup(host).catch(() => undefined) : undefined;
  const opened = await new Promise<us_listen_socket | false>((resolve) => {
    if (address === undefined) resolve(false);
    else app.listen(address.address, port, EXCLUSIVE, resolve);
  });
  if (address === undefined || opened === false) {
    // uWebSockets.js does not report the reason. Node does.
    const probe = createServer();
    await listen(probe, { host, port }, { scheme: 'probe' });
    await new Promise((resolve) => probe.close(resolve));
    throw new Error(`uWebSockets.js cannot listen on ${host}, port ${port}: choose another address or port.`);
  }
  const name = address.family === 6 ? `[${address.address}]` : address.address;
  return { socket: opened, url: `${scheme}://${name}:${binding.us_socket_local_port(opened)}` };
}
