import { type MethodMark, methodDecorator } from './decorator-factory.js';
import type { WebSocketSettings } from '../../http/sockets/handshake.js';
import type { VerbOptions } from './route-decorators.js';

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
