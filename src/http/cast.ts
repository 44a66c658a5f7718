import { encodeText } from './charset.js';
import { HTTPError, HTTPResponse } from './errors.js';
import type { Exchange } from './exchange.js';
import type { Response } from './response.js';
import { parseStatus } from './status.js';
import { isStreamed, openStream, type StreamSource } from './streams.js';
import { StreamPump } from './stream-pump.js';

export { isStreamed } from './streams.js';

/** What casting needs of the request it answers; the app's context is one. */
export interface Reply {
  readonly exchange: Exchange;
  readonly response: Response;
  /** The response, if anybody has asked for it: until then only defaults apply. */
  readonly touchedResponse: Response | undefined;
  /** Whether objects become JSON here. */
  readonly json: boolean;
  /** Whether somebody else has sent the response, as a mounted `node:http` listener does: nothing is left to send. */
  readonly answered: boolean;
  /** What to answer in place of a result that failed before its first byte. */
  recover(error: unknown): unknown;
  /** An error that the client can no longer be told about. */
  report(error: unknown): void;
  /** A streamed result has come to its end. Throws when what depended on that fails. */
  streamEnded(error: unknown): void;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/html; charset=UTF-8';
const BYTES_TYPE = 'application/octet-stream';

/**
 * Turns what a method returned into a response and sends it: Bottle's `_cast`. A promise has been awaited before.
 *
 * Errors met here (a circular object, a type that is no response) are answered through `reply.recover`, once.
 */
export function cast(result: unknown, reply: Reply): void {
  if (reply.answered) return;
  try {
    castValue(result, reply);
  } catch (error) {
    castFailure(error, reply);
  }
}

/** Answers with an error page; if even that fails, with a bare 500. */
export function castFailure(error: unknown, reply: Reply): void {
  try {
    const answer = reply.recover(error);
    if (answer instanceof Promise) {
      answer.then(
        (page) => cast(page, reply),
        (failure) => lastResort(failure, reply),
      );
      return;
    }
    if (!reply.answered) castValue(answer, reply);
  } catch (failure) {
    lastResort(failure, reply);
  }
}

function lastResort(failure: unknown, reply: Reply): void {
  reply.report(failure);
  if (reply.answered) return;
  const text = '500 Internal Server Error';
  const body = reply.exchange.method === 'HEAD' ? null : text;
  reply.exchange.send(500, '', ['Content-Type', 'text/plain', 'Content-Length', String(text.length)], body);
}

function castValue(result: unknown, reply: Reply): void {
  switch (typeof result) {
    case 'object':
      if (result === null) sendEmpty(reply);
      else castObject(result, reply);
      return;
    case 'string':
      if (result === '') sendEmpty(reply);
      else sendText(result, reply);
      return;
    case 'undefined':
      sendEmpty(reply);
      return;
    case 'boolean':
      if (result) castJson(result, reply);
      else sendEmpty(reply);
      return;
    case 'number':
      castJson(result, reply);
      return;
    default:
      throw unsupported(result);
  }
}

function castObject(result: object, reply: Reply): void {
  if (Array.isArray(result)) {
    castJson(result, reply);
  } else if (result instanceof HTTPResponse) {
    castResponse(result, reply);
  } else if (ArrayBuffer.isView(result)) {
    sendBytes(new Uint8Array(result.buffer, result.byteOffset, result.byteLength), reply);
  } else if (isArrayBuffer(result)) {
    sendBytes(new Uint8Array(result), reply);
  } else if (isFetchResponse(result)) {
    castFetchResponse(result, reply);
  } else if (isStreamed(result)) {
    castStream(openStream(result, reply.exchange), reply);
  } else if (result instanceof globalThis.Error) {
    throw result;
  } else {
    castJson(result, reply);
  }
}

function castJson(result: unknown, reply: Reply): void {
  if (!reply.json) throw unsupported(result);
  const text = JSON.stringify(result);
  // What toJSON gives may be nothing.
  if (text === undefined) sendEmpty(reply);
  else sendWhole(text, Buffer.byteLength(text), JSON_TYPE, reply);
}

function sendText(text: string, reply: Reply): void {
  const response = reply.touchedResponse;
  if (response !== undefined) {
    const charset = response.charset;
    if (charset !== 'UTF-8' && charset.toLowerCase() !== 'utf-8') {
      const bytes = encodeText(text, charset);
      sendWhole(bytes, bytes.length, TEXT_TYPE, reply);
      return;
    }
  }
  sendWhole(text, Buffer.byteLength(text), TEXT_TYPE, reply);
}

function sendBytes(bytes: Uint8Array, reply: Reply): void {
  sendWhole(bytes, bytes.length, BYTES_TYPE, reply);
}

function sendWhole(body: string | Uint8Array, length: number, type: string, reply: Reply): void {
  const { exchange, touchedResponse: response } = reply;
  if (response === undefined) {
    const headers = ['Content-Type', type, 'Content-Length', String(length)];
    exchange.send(200, '', headers, exchange.method === 'HEAD' ? null : body);
    return;
  }
  const status = response.status;
  const headers = response.headerDict;
  if (isBodiless(status)) {
    sendHeadOnly(reply);
    return;
  }
  if (!headers.has('Content-Type')) headers.set('Content-Type', type);
  headers.set('Content-Length', length);
  exchange.send(status, customReason(response), response.toFlat(), exchange.method === 'HEAD' ? null : body);
}

function sendEmpty(reply: Reply): void {
  const { exchange, touchedResponse: response } = reply;
  if (response === undefined) {
    exchange.send(200, '', ['Content-Length', '0'], null);
  } else if (isBodiless(response.status)) {
    sendHeadOnly(reply);
  } else {
    // A HEAD handler may tell the length of what GET would give.
    if (exchange.method !== 'HEAD' || !response.headerDict.has('Content-Length')) response.headerDict.set('Content-Length', 0);
    exchange.send(response.status, customReason(response), response.toFlat(), null);
  }
}

/** 1xx, 204 and 304 never carry a body; 1xx and 204 no length either (RFC 9110 §8.6). */
function sendHeadOnly(reply: Reply): void {
  const { response } = reply;
  const status = response.status;
  const final = status < 200 ? 204 : status;
  if (final === 204) {
    response.headerDict.delete('Content-Length');
    response.headerDict.delete('Content-Type');
  }
  reply.exchange.send(final, final === status ? customReason(response) : '', response.toFlat(), null);
}

function castResponse(result: HTTPResponse, reply: Reply): void {
  const { response } = reply;
  const isError = result instanceof HTTPError;
  if (isError) response.dropRepresentation();
  response.status = result.statusLine;
  for (const [name, value] of result.headers) {
    if (name.toLowerCase() === 'set-cookie') response.addHeader(name, value);
    else response.setHeader(name, value);
  }
  const body = result.body;
  if (body instanceof HTTPResponse) throw new TypeError(`The body of ${result.name} is itself a ${body.name}.`);
  castValue(body, reply);
}

function castFetchResponse(result: globalThis.Response, reply: Reply): void {
  const { response } = reply;
  if (result.status === 0 || result.type === 'error') throw new TypeError('Response.error() is no answer: it has no status.');
  response.status = result.statusText === '' ? result.status : `${result.status} ${result.statusText}`;
  const seen = new Set<string>();
  for (const [name, value] of result.headers) {
    if (name === 'set-cookie' || seen.has(name)) response.addHeader(name, value);
    else response.setHeader(name, value);
    seen.add(name);
  }
  if (result.bodyUsed) throw new TypeError('The body of the returned Response has already been read.');
  if (result.body === null) sendEmpty(reply);
  else castStream(openStream(result.body as object, reply.exchange), reply);
}

function castStream(source: StreamSource, reply: Reply): void {
  const { exchange } = reply;
  if (exchange.method === 'HEAD' || isBodiless(reply.touchedResponse?.status ?? 200)) {
    source.close();
    reply.streamEnded(undefined);
    finishHead(source, reply);
    return;
  }
  new StreamPump(source, reply, {
    begin: (first) => beginStream(source, first, reply),
    empty: () => castValue(undefined, reply),
    instead: (answer) => cast(answer, reply),
    failure: (error) => castFailure(error, reply),
  }).start();
}

function finishHead(source: StreamSource, reply: Reply): void {
  const { exchange, response } = reply;
  if (isBodiless(response.status)) {
    sendHeadOnly(reply);
    return;
  }
  if (!response.headerDict.has('Content-Type')) response.headerDict.set('Content-Type', source.type ?? TEXT_TYPE);
  if (source.length !== undefined) response.headerDict.setDefault('Content-Length', String(source.length));
  exchange.send(response.status, customReason(response), response.toFlat(), null);
}

/** Sends the head of a streamed response, and tells which charset its strings are in. */
function beginStream(source: StreamSource, first: string | Uint8Array, reply: Reply): string {
  const { exchange, response } = reply;
  const headers = response.headerDict;
  if (!headers.has('Content-Type'))
    headers.set('Content-Type', source.type ?? (typeof first === 'string' ? TEXT_TYPE : BYTES_TYPE));
  if (source.length !== undefined && !headers.has('Content-Length')) headers.set('Content-Length', source.length);
  exchange.begin(response.status, customReason(response), response.toFlat());
  return response.charset;
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}

/** The reason phrase where it is not the registered one, which servers fill in themselves. */
function customReason(response: Response): string {
  const reason = response.reason;
  return reason === parseStatus(response.status).reason ? '' : reason;
}

function isArrayBuffer(value: object): value is ArrayBuffer {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

/** Any realm's and any package's `Response`. */
function isFetchResponse(value: object): value is globalThis.Response {
  return (
    Object.prototype.toString.call(value) === '[object Response]' &&
    'body' in value &&
    'headers' in value &&
    typeof (value as { status?: unknown }).status === 'number'
  );
}

function unsupported(value: unknown): HTTPError {
  const type = typeName(value);
  return new HTTPError(500, 'Internal Server Error', {
    cause: new TypeError(
      `A handler returned a value of type ${type}, which is no response. Return an object, a string, bytes, a stream, or nothing.`,
    ),
  });
}

/** The name of a value's type as its author would call it. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return (value as { constructor?: { name?: string } }).constructor?.name || 'object';
}
