import { type MethodMark, methodDecorator, recordUnknownOptions } from './decorator-factory.js';
import { ROUTE_OPTIONS, SOCKET_OPTIONS } from './route-options.js';
import type { WebSocketSettings } from '../../http/sockets/handshake.js';
import type { VerbOptions } from './route-decorators.js';

/** Options of `@WebSocket`. */
export type WebSocketOptions = Omit<VerbOptions, 'stream' | 'socket'> & WebSocketSettings;

const WEBSOCKET_OPTIONS = [...ROUTE_OPTIONS.filter((name) => !['method', 'stream', 'socket'].includes(name)), ...SOCKET_OPTIONS];

type Rule = string | readonly string[];

/**
 * Makes a method the handler of WebSockets. It is called once per connection, with a parameter `socket` (by name, or by the type
 * `WebSocketConnection`). The connection closes when the method returns. Wildcards, plugins, hooks and error handlers work as for other
 * routes, and may reject the connection. A plain request gets 426. A page may have the same rule.
 *
 * A plugin with one transaction per request, such as a database, has one per message here: it begins when the loop receives a message,
 * and is committed when the loop requests the next message or the method returns. See `WebSocketConnection`.
 *
 * @param rule - a rule in Bottle's syntax, or a list of rules. Default: the prefix of the controller
 * @param options - route options, and options of the connection
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
    recordUnknownOptions(marks, 'WebSocket', given, WEBSOCKET_OPTIONS);
    const { origins, protocols, maxMessage, maxBuffered, pingInterval, compression, ...options } = given;
    const socket = { origins, protocols, maxMessage, maxBuffered, pingInterval, compression };
    const mark = { rules: rules.length > 0 ? rules : [''], methods: ['WEBSOCKET'], options: { ...options, socket } };
    marks.routes = [mark, ...(marks.routes ?? [])];
    if (options.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
  },
);

/** The arguments of `@WebSocket`. */
interface WebSocketDecorator {
  (rule?: Rule, options?: WebSocketOptions): MethodMark;
  (options: WebSocketOptions): MethodMark;
}
