import { fstatSync } from 'node:fs';
import {
  BYTES_TYPE,
  type FileHandleLike,
  ignoreErrorEvents,
  isAsyncIterable,
  isBlob,
  isFileHandle,
  isIterator,
  isNodeReadable,
  isWebStream,
  type NodeReadable,
} from './streams.js';
import { isThenable } from '../../support/value-kinds.js';

/** An opened streamed body. It returns chunks on demand, and can be closed at any time. */
export interface StreamSource {
  /** The media type, if the source knows it, like a `Blob`. */
  readonly type: string | undefined;
  /** The length in bytes, if the source knows it. */
  readonly length: number | undefined;
  /** Whether the source produces chunks on demand, like a generator. HEAD then reads the first chunk, to send the head of GET. */
  readonly isLazy?: boolean;
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
  /** Stops the producer. May be called at any time and more than once. */
  close(): void;
}

/** Opens a result for which `isStreamed` is true, except a `DeferredBody`. */
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
    close: () => ignoreErrors(() => iterator.return?.()),
  };
}

function fromAsync(iterable: AsyncIterable<unknown>, type: string | undefined, length: number | undefined): StreamSource {
  const iterator = iterable[Symbol.asyncIterator]();
  return { type, length, next: () => iterator.next(), close: () => ignoreErrors(() => iterator.return?.()) };
}

function fromNode(stream: NodeReadable): StreamSource {
  const iterator = stream[Symbol.asyncIterator]();
  return { type: undefined, length: undefined, isLazy: true, next: () => iterator.next(), close: () => stream.destroy() };
}

/** Reads a file from its beginning, independent of the position of the handle, because the response declares the full length. */
function fromFile(handle: FileHandleLike): StreamSource {
  const stats = fstatSync(handle.fd);
  const isWhole = stats.isFile() && stats.size > 0;
  const stream = handle.createReadStream(isWhole ? { start: 0, end: stats.size - 1 } : undefined);
  ignoreErrorEvents(stream);
  if (!isWhole) return { ...fromNode(stream), type: BYTES_TYPE };
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
    close: () => ignoreErrors(() => reader.cancel()),
  };
}

/** Errors of closing a producer must not replace the original error. */
function ignoreErrors(stop: () => unknown): void {
  try {
    const stopped = stop();
    if (isThenable(stopped)) stopped.then(undefined, () => undefined);
  } catch {
    // The cleanup of the producer failed. The response has already ended.
  }
}
