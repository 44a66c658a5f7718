import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from './ranges.js';

/** The chunk size of reads, in bytes. */
const CHUNK_SIZE = 64 * 1024;

/**
 * A body of ranges of an open file, with optional bytes between them. It reads one chunk on demand, never beyond the declared length
 * even if the file has grown, and fails if the file has shrunk. The file is closed at the end, on an error, and by `close`.
 */
export class FileBody implements AsyncIterableIterator<Uint8Array> {
  /** The total length in bytes. */
  readonly length: number;
  readonly #handle: FileHandle;
  readonly #parts: readonly (ByteRange | Uint8Array)[];
  #partIndex = 0;
  /** The number of bytes read of the current part. */
  #partOffset = 0;
  #closed: Promise<void> | undefined;

  constructor(handle: FileHandle, parts: readonly (ByteRange | Uint8Array)[]) {
    this.#handle = handle;
    this.#parts = parts;
    this.length = parts.reduce((sum, part) => sum + (part instanceof Uint8Array ? part.length : part.last - part.first + 1), 0);
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const part = this.#parts[this.#partIndex];
    if (part === undefined || this.#closed !== undefined) {
      await this.close();
      return { done: true, value: undefined };
    }
    if (part instanceof Uint8Array) {
      this.#partIndex++;
      return { done: false, value: part };
    }
    const from = part.first + this.#partOffset;
    try {
      const chunk = await this.#read(from, Math.min(CHUNK_SIZE, part.last - from + 1));
      this.#partOffset += chunk.length;
      if (from + chunk.length > part.last) {
        this.#partIndex++;
        this.#partOffset = 0;
      }
      return { done: false, value: chunk };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #read(position: number, length: number): Promise<Uint8Array> {
    // Not from the pool, because a slow client would keep the whole pool buffer in memory.
    const chunk = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await this.#handle.read(chunk, 0, length, position);
    if (bytesRead === 0) throw new Error('The file has become shorter while it was sent.');
    return bytesRead === length ? chunk : chunk.subarray(0, bytesRead);
  }

  /** Reads the whole body. */
  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this) chunks.push(chunk);
    const [only] = chunks;
    return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Closes the file after a pending read. May be called more than once. */
  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
