import { HTTPResponse } from '../http-error.js';
import { tagOf } from '../../support/value-kinds.js';
import type { Reply } from './reply.js';

export const BYTES_TYPE = 'application/octet-stream';
export const TEXT_TYPE = 'text/html; charset=UTF-8';

/** What a body that sends itself leaves to the caster. One for all: where there are very many, none may cost a closure. */
export interface DeferredCallbacks {
  /** The first piece is there: sends the head. */
  begin(reply: Reply, first: string): void;
  /** There is nothing to send. */
  empty(reply: Reply): void;
  /** It failed before the first piece: a clean error page is still possible. */
  failure(reply: Reply, error: unknown): void;
}

/** A streamed body that sends itself, because it has to know the request that it answers or has a rhythm of its own. */
export abstract class DeferredBody {
  get [Symbol.toStringTag](): string {
    return 'DeferredBody';
  }

  /** Not called where no body may be. As a pump does: heeds the client's pace and its leaving, and tells `reply` of the end. */
  abstract send(reply: Reply, turns: DeferredCallbacks): void;
}

export interface NodeReadable extends AsyncIterable<unknown> {
  pipe: unknown;
  destroy(error?: Error): void;
  on(event: string, listener: (error: unknown) => void): void;
}

export interface FileHandleLike {
  readonly fd: number;
  createReadStream(options?: { start: number; end: number }): NodeReadable;
  close(): Promise<void>;
}

/**
 * Whether a result is sent in pieces: an iterator or generator of either kind, a Node or web stream, a `Blob`, a file handle,
 * or a response with one of these as its body.
 */
export function isStreamed(result: unknown): boolean {
  if (typeof result !== 'object' || result === null || Array.isArray(result) || ArrayBuffer.isView(result)) return false;
  if (result instanceof HTTPResponse) return isStreamed(result.body);
  return (
    result instanceof DeferredBody ||
    isIterator(result) ||
    isAsyncIterable(result) ||
    isIterable(result) ||
    isBlob(result) ||
    isWebStream(result) ||
    isNodeReadable(result) ||
    isFileHandle(result) ||
    isResponseWithBody(result)
  );
}

/**
 * Keeps an error event of a stream from ending the process where nobody listens: before the stream is read, and when it is
 * destroyed while a read waits. Who reads it gets the error in any case.
 */
export function ignoreErrorEvents(stream: NodeReadable): void {
  stream.on('error', () => undefined);
}

export function isIterator(value: object): value is Iterator<unknown> | AsyncIterator<unknown> {
  return typeof (value as { next?: unknown }).next === 'function' && !hasToJson(value);
}

export function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function' && !hasToJson(value);
}

/** What says how it wants to be JSON is data, even if it can be iterated. */
function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

export function isBlob(value: object): value is Blob {
  const tag = tagOf(value);
  return (tag === 'Blob' || tag === 'File') && typeof (value as Blob).stream === 'function';
}

export function isWebStream(value: object): value is ReadableStream<unknown> {
  return tagOf(value) === 'ReadableStream' && typeof (value as ReadableStream).getReader === 'function';
}

export function isNodeReadable(value: object): value is NodeReadable {
  const stream = value as Partial<NodeReadable>;
  return typeof stream.pipe === 'function' && typeof stream.destroy === 'function' && isAsyncIterable(value);
}

export function isFileHandle(value: object): value is FileHandleLike {
  const handle = value as Partial<FileHandleLike>;
  return typeof handle.fd === 'number' && typeof handle.createReadStream === 'function';
}

function isResponseWithBody(value: object): boolean {
  return tagOf(value) === 'Response' && (value as { body?: unknown }).body != null;
}
