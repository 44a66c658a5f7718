import { brandInstances } from '../../support/brand.js';
import { HTTPResponse } from '../http-error.js';
import { isCollection, tagOf } from '../../support/value-kinds.js';
import type { Reply } from './reply.js';

export const BYTES_TYPE = 'application/octet-stream';
export const TEXT_TYPE = 'text/html; charset=UTF-8';

/** Callbacks of the caster for a deferred body. One object is shared, so that many idle streams do not need closures. */
export interface DeferredCallbacks {
  /** The first chunk is available: sends the head. */
  begin(reply: Reply, first: string): void;
  /** The body is empty. */
  empty(reply: Reply): void;
  /** The body failed before the first chunk, so an error page is still possible. */
  failure(reply: Reply, error: unknown): void;
}

/** A streamed body that sends itself, because it depends on the request or has its own timing. */
export abstract class DeferredBody {
  get [Symbol.toStringTag](): string {
    return 'DeferredBody';
  }

  /** Sends the body with back-pressure, stops when the client disconnects, and calls `reply.streamEnded`. Not called without a body. */
  abstract send(reply: Reply, callbacks: DeferredCallbacks): void;
}

brandInstances(DeferredBody, 'DeferredBody');

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
 * Whether a result is streamed: a sync or async iterator or generator, a Node or web stream, a `Blob`, a file handle, or a response
 * with one of these as its body.
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
 * Adds an error listener, so that an error event does not end the process: before the stream is read, and when it is destroyed during
 * a read. A reader receives the error in any case.
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
  return (
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function' && !hasToJson(value) && !isCollection(value)
  );
}

/** An object with `toJSON` is data, even if it is iterable. */
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
