import { Request } from '../../http/request.js';
import { Response } from '../../http/response.js';
import { WebSocketConnection } from '../../http/sockets/websocket-connection.js';
import type { Callback } from '../../http/context.js';
import type { Scope } from './binding-scope.js';

/** What is there to be asked for without any plugin. */
interface BuiltIn {
  readonly read: Callback;
  readonly from: string;
}

const THE_REQUEST: BuiltIn = { read: (context) => context.request, from: 'the request' };
const THE_RESPONSE: BuiltIn = { read: (context) => context.response, from: 'the response' };
const THE_SOCKET: BuiltIn = { read: (context) => context.provided(WebSocketConnection), from: 'the connection' };
const THE_ERROR: BuiltIn = { read: (context) => context.error, from: 'the error' };

export function builtInCalled(name: string | undefined, { inErrorHandler, inSocket }: Scope): BuiltIn | undefined {
  if (name === 'error' && inErrorHandler) return THE_ERROR;
  if (name === 'socket' && inSocket) return THE_SOCKET;
  if (name === 'request') return THE_REQUEST;
  return name === 'response' ? THE_RESPONSE : undefined;
}

export function builtInOfType(type: unknown, { inErrorHandler, inSocket }: Scope): BuiltIn | undefined {
  if (type === Request) return THE_REQUEST;
  if (type === Response) return THE_RESPONSE;
  if (inSocket && type === WebSocketConnection) return THE_SOCKET;
  return inErrorHandler && isErrorType(type) ? THE_ERROR : undefined;
}

export function isErrorType(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  // By their prototypes: the `Error` of this package has that of the language's own.
  return type.prototype === globalThis.Error.prototype || type.prototype instanceof globalThis.Error;
}
