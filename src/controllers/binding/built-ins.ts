import { isClassNamed } from '../../support/brand.js';
import { WebSocketConnection } from '../../http/sockets/websocket-connection.js';
import type { Callback } from '../../http/context.js';
import type { Scope } from './binding-scope.js';

/** A value that parameters can bind without a plugin. */
interface BuiltIn {
  readonly read: Callback;
  readonly from: string;
}

const REQUEST: BuiltIn = { read: (context) => context.request, from: 'the request' };
const RESPONSE: BuiltIn = { read: (context) => context.response, from: 'the response' };
const SOCKET: BuiltIn = { read: (context) => context.provided(WebSocketConnection), from: 'the connection' };
const ERROR: BuiltIn = { read: (context) => context.error, from: 'the error' };

export function builtInByName(name: string | undefined, { inErrorHandler, inSocket }: Scope): BuiltIn | undefined {
  if (name === 'error' && inErrorHandler) return ERROR;
  if (name === 'socket' && inSocket) return SOCKET;
  if (name === 'request') return REQUEST;
  return name === 'response' ? RESPONSE : undefined;
}

export function builtInByType(type: unknown, { inErrorHandler, inSocket }: Scope): BuiltIn | undefined {
  if (isClassNamed(type, 'Request')) return REQUEST;
  if (isClassNamed(type, 'Response')) return RESPONSE;
  if (inSocket && isClassNamed(type, 'WebSocketConnection')) return SOCKET;
  return inErrorHandler && isErrorType(type) ? ERROR : undefined;
}

export function isErrorType(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  // Compares prototypes, because the `Error` of this package is a proxy of the built-in class.
  return type.prototype === globalThis.Error.prototype || type.prototype instanceof globalThis.Error;
}
