import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readFraming } from '../../http/gateway/node-exchange.js';
import { loadWs } from '../../http/gateway/node-socket.js';
import type { ServedApp } from '../../http/gateway/server-adapter.js';
import { Connections } from './connections.js';

/**
 * Lets a `node:http` server open the WebSockets of an app, those that are added while it runs as well.
 *
 * @returns closes them all with 1001, and those that are still to come.
 * @throws Error when there are some already, and ws is not installed.
 */
export function serveUpgrades(server: Server, app: ServedApp, isSecure: boolean): () => void {
  const { upgradeListener } = app;
  if (upgradeListener === undefined) return () => undefined;
  if (app.hasSockets === true) loadWs();
  const open = new Set<{ goAway(): void }>();
  let isClosing = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (Connections.isRefused(socket as Socket)) return;
    const isSocket = request.headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET' && !hasBody(request);
    // What is ambiguous is refused like any other request.
    if (!isSocket || app.hasSockets !== true || typeof readFraming(request) === 'object') {
      takeBack(server, request, socket as Socket, head, isSecure);
      return;
    }
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

/** A handshake has no body. Bytes of one would be read as frames of the WebSocket. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/**
 * Node takes every request with `Upgrade` out of HTTP, once somebody listens for WebSockets. Those for other protocols (`h2c`, as
 * some clients send with their first request) are ordinary requests to us, with bodies and all: they are read again without it.
 */
function takeBack(server: Server, request: IncomingMessage, socket: Socket, head: Buffer, isSecure: boolean): void {
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
