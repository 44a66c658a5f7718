import { fstatSync } from 'node:fs';
import { HTTPResponse } from './errors.js';
import { isThenable } from './kinds.js';
import { tagOf } from './kinds.js';
import type { Reply } from './reply.js';

export const BYTES_TYPE = 'application/octet-stream';

/** A streamed body, opened: pieces on demand, and a way to stop it in every case. */
export interface StreamSource {
  /** The media type that the source itself knows, as a `Blob` does. */
  readonly type: string | undefined;
  /** The length in bytes, where the source knows it. */
  readonly length: number | undefined;
  /** Whether its first piece comes when asked for, as a generator's does. HEAD asks these, to answer what GET would. */
  readonly isLazy?: boolean;
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
  /** Stops the producer. May be called at any time, more than once. */
  close(): void;
}

/** What a body that sends itself leaves to the caster. One for all: where there are very many, none may cost a closure. */
export interface DeferredTurns {
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
  abstract send(reply: Reply, turns: DeferredTurns): void;
}

interface NodeReadable extends AsyncIterable<unknown> {
  pipe: unknown;
  destroy(error?: Error): void;
  on(event: string, listener: (error: unknown) => void): void;
}

interface FileHandleLike {
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

/** Opens anything of which `isStreamed` is true, but what sends itself. */
export function openStream(result: object): StreamSource {
  if (isBlob(result))
    return fromAsync(result.stream() as unknown as AsyncIterable<unknown>, result.type || undefined, result.size);
  if (isFileHandle(result)) return fromFile(result);
  if (isNodeReadable(result)) return fromNode(result);
  if (isWebStream(result)) return fromWeb(result);
  if (isIterator(result)) return fromIterator(result);
  if (isAsyncIterable(result)) return fromAsync(result, undefined, undefined);
  return fromIterator((result as Iterable<unknown>)[Symbol.iterator]());
}

function fromIterator(iterator: Iterator<unknown> | AsyncIterator<unknown>): StreamSource {
  return {
    type: undefined,
    length: undefined,
    isLazy: true,
    next: () => iterator.next(),
    close: () => quietly(() => iterator.return?.()),
  };
}

function fromAsync(iterable: AsyncIterable<unknown>, type: string | undefined, length: number | undefined): StreamSource {
  const iterator = iterable[Symbol.asyncIterator]();
  return { type, length, next: () => iterator.next(), close: () => quietly(() => iterator.return?.()) };
}

function fromNode(stream: NodeReadable): StreamSource {
  const iterator = stream[Symbol.asyncIterator]();
  // Destroying a stream whose iterator is waiting makes it emit an error that nobody else would hear.
  stream.on('error', () => undefined);
  return { type: undefined, length: undefined, isLazy: true, next: () => iterator.next(), close: () => stream.destroy() };
}

/** A file from its beginning, whatever has been read of it before: its length is promised to the client. */
function fromFile(handle: FileHandleLike): StreamSource {
  const stats = fstatSync(handle.fd);
  if (!stats.isFile() || stats.size === 0) return { ...fromNode(handle.createReadStream()), type: BYTES_TYPE };
  const stream = handle.createReadStream({ start: 0, end: stats.size - 1 });
  return { ...fromNode(stream), type: BYTES_TYPE, length: stats.size, isLazy: false };
}

function fromWeb(stream: ReadableStream<unknown>): StreamSource {
  const reader = stream.getReader();
  return {
    type: undefined,
    length: undefined,
    isLazy: true,
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done: true, value: undefined } : { done: false, value };
    },
    close: () => quietly(() => reader.cancel()),
  };
}

/** Stopping a producer must not fail louder than what made us stop it. */
function quietly(stop: () => unknown): void {
  try {
    const stopped = stop();
    if (isThenable(stopped)) stopped.then(undefined, () => undefined);
  } catch {
    // The producer's own clean-up failed; the response is over either way.
  }
}

/** Whether to wait for a value. Chain on `Promise.resolve(value)`: the `then` of what only looks like a promise may give nothing back. */

function isIterator(value: object): value is Iterator<unknown> | AsyncIterator<unknown> {
  return typeof (value as { next?: unknown }).next === 'function' && !isData(value);
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function' && !isData(value);
}

/** What says how it wants to be JSON is data, even if it can be iterated. */
function isData(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function isBlob(value: object): value is Blob {
  const tag = tagOf(value);
  return (tag === 'Blob' || tag === 'File') && typeof (value as Blob).stream === 'function';
}

function isWebStream(value: object): value is ReadableStream<unknown> {
  return tagOf(value) === 'ReadableStream' && typeof (value as ReadableStream).getReader === 'function';
}

function isNodeReadable(value: object): value is NodeReadable {
  const stream = value as Partial<NodeReadable>;
  return typeof stream.pipe === 'function' && typeof stream.destroy === 'function' && isAsyncIterable(value);
}

function isFileHandle(value: object): value is FileHandleLike {
  const handle = value as Partial<FileHandleLike>;
  return typeof handle.fd === 'number' && typeof handle.createReadStream === 'function';
}

function isResponseWithBody(value: object): boolean {
  return tagOf(value) === 'Response' && (value as { body?: unknown }).body != null;
}
