import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readFraming } from '../../http/gateway/node-exchange.js';
import { loadWs } from '../../http/gateway/node-socket.js';
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import { Connections } from './connections.js';

/**
 * Opens the WebSockets of an app on a `node:http` server, including those of routes that are added later.
 *
 * @returns a function that closes all WebSockets with code 1001, and later ones as soon as they open.
 * @throws Error when the app has WebSocket routes and the package ws is not installed.
 */
export function serveUpgrades(server: Server, app: ServedApp, connections: Connections, isSecure: boolean): () => void {
  const { upgradeListener } = app;
  if (upgradeListener === undefined) return () => undefined;
  if (app.hasSockets === true) loadWs();
  const open = new Set<{ goAway(): void }>();
  let isClosing = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (Connections.isRefused(socket as Socket)) return;
    const isSocket = request.headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET' && !hasBody(request);
    // An ambiguous handshake is refused like any other ambiguous request.
    if (!isSocket || app.hasSockets !== true || typeof readFraming(request) === 'object') {
      parseAsHttp(server, request, socket as Socket, head, isSecure);
      return;
    }
    connections.release(socket as Socket);
    const upgraded = upgradeListener(request, socket, head);
    open.add(upgraded);
    socket.once('close', () => open.delete(upgraded));
    if (isClosing) upgraded.goAway();
  });
  return () => {
    isClosing = true;
    for (const upgraded of open) upgraded.goAway();
  };
}

/** A handshake has no body. The bytes of a body would be read as WebSocket frames. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/**
 * Node takes every request with `Upgrade` out of HTTP when the server has a listener for `upgrade`. Requests for other protocols
 * (such as `h2c`, which some clients send with their first request) are ordinary requests and may have bodies. They are parsed
 * again without the header.
 */
function parseAsHttp(server: Server, request: IncomingMessage, socket: Socket, head: Buffer, isSecure: boolean): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  const raw = request.rawHeaders;
  if (/(?:^|,)\s*close\s*(?:,|$)/i.test(request.headers.connection ?? '')) lines.push('Connection: close');
  for (let i = 0; i < raw.length; i += 2) {
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(raw[i] as string)) lines.push(`${raw[i]}: ${raw[i + 1]}`);
  }
  const text = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  socket.unshift(Buffer.concat([text, head]));
  server.emit(isSecure ? 'secureConnection' : 'connection', socket);
}
