import type { HandshakeOptions } from '../http/handshake.js';
import { type MethodMark, methodDecorator } from './marking.js';
import type { VerbOptions } from './routes.js';

/** What a WebSocket route may be told besides what any route may. */
export interface WebSocketSettings extends HandshakeOptions {
  /** The largest message that is accepted, in bytes; a larger one closes the connection with 1009. Default: 1 MiB. */
  maxMessage?: number;
  /** How much may wait for a client that does not read before it is cut off, in bytes. Default: 16 MiB. */
  maxBuffered?: number;
  /** How often to ask whether the client is still there, in milliseconds; one that does not answer until the next time is cut off.
   * 0 for never. Default: 30,000. */
  pingInterval?: number;
  /** Whether messages may be compressed (RFC 7692), which costs much memory per connection. Default: false. */
  compression?: boolean;
}

/** Options of `@WebSocket`. */
export type WebSocketOptions = Omit<VerbOptions, 'stream' | 'socket'> & WebSocketSettings;

type Rule = string | readonly string[];

/**
 * Answers WebSockets with this method: it is called once per connection, with a parameter `socket` (by name, or by the type
 * `WebSocketConnection`), and the connection lives as long as it runs. Wildcards, plugins, hooks and error handlers are those of
 * ordinary routes, and may refuse the connection; a plain request is answered with 426. The rule may be that of a page as well.
 *
 * A plugin that serves one request at a time, such as a database, is there per message: its transaction begins when the loop
 * gives a message, and is committed when it asks for the next one, or the method returns. See `WebSocketConnection`.
 *
 * @param rule - Bottle's syntax, or a list; without one, the controller's prefix itself
 * @param options - route options, and those of the connection
 *
 * @example
 * @WebSocket('/rooms/<room>', { protocols: ['chat.v1'] })
 * async chat(room: string, socket: WebSocketConnection) {
 *   for await (const message of socket) await socket.send({ room, message });
 * }
 */
export const WebSocket: WebSocketDecorator = methodDecorator(
  'WebSocket',
  (marks, first?: Rule | WebSocketOptions, second?: WebSocketOptions) => {
    const isRule = typeof first === 'string' || Array.isArray(first);
    const rules = isRule ? ([first].flat() as string[]) : [];
    const given = (isRule || first === undefined ? second : (first as WebSocketOptions)) ?? {};
    const { origins, protocols, maxMessage, maxBuffered, pingInterval, compression, ...options } = given;
    const socket = { origins, protocols, maxMessage, maxBuffered, pingInterval, compression };
    const mark = { rules: rules.length > 0 ? rules : [''], methods: ['WEBSOCKET'], options: { ...options, socket } };
    marks.routes = [mark, ...(marks.routes ?? [])];
    if (options.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
  },
);

/** What `@WebSocket` may be given. */
export interface WebSocketDecorator {
  (rule?: Rule, options?: WebSocketOptions): MethodMark;
  (options: WebSocketOptions): MethodMark;
}
