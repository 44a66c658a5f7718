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

/** A file from its beginning, whatever has been read of it before: its length is promised to the client. */
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

/** Stopping a producer must not fail louder than what made us stop it. */
function ignoreErrors(stop: () => unknown): void {
  try {
    const stopped = stop();
    if (isThenable(stopped)) stopped.then(undefined, () => undefined);
  } catch {
    // The producer's own clean-up failed; the response is over either way.
  }
}
