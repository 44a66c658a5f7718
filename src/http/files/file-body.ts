import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from './ranges.js';

/** How much is read at a time, in bytes. */
const CHUNK = 64 * 1024;

/**
 * Parts of an open file as a body, with other bytes between them if need be. It reads only what is asked for next, never beyond
 * the promised length even if the file has grown, and fails if it has shrunk. The file is closed at the end, on an error, and by
 * `close`.
 */
export class FileBody implements AsyncIterableIterator<Uint8Array> {
  /** Bytes in all. */
  readonly length: number;
  readonly #handle: FileHandle;
  readonly #pieces: readonly (ByteRange | Uint8Array)[];
  #piece = 0;
  /** How much of the current piece has been read. */
  #done = 0;
  #closed: Promise<void> | undefined;

  constructor(handle: FileHandle, pieces: readonly (ByteRange | Uint8Array)[]) {
    this.#handle = handle;
    this.#pieces = pieces;
    this.length = pieces.reduce(
      (sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : piece.last - piece.first + 1),
      0,
    );
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const piece = this.#pieces[this.#piece];
    if (piece === undefined || this.#closed !== undefined) {
      await this.close();
      return { done: true, value: undefined };
    }
    if (piece instanceof Uint8Array) {
      this.#piece++;
      return { done: false, value: piece };
    }
    const from = piece.first + this.#done;
    try {
      const chunk = await this.#read(from, Math.min(CHUNK, piece.last - from + 1));
      this.#done += chunk.length;
      if (from + chunk.length > piece.last) {
        this.#piece++;
        this.#done = 0;
      }
      return { done: false, value: chunk };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #read(position: number, length: number): Promise<Uint8Array> {
    // Not from the pool: it would be held as long as the slowest of its users.
    const chunk = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await this.#handle.read(chunk, 0, length, position);
    if (bytesRead === 0) throw new Error('The file has become shorter while it was sent.');
    return bytesRead === length ? chunk : chunk.subarray(0, bytesRead);
  }

  /** All of it at once. */
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

  /** Closes the file, as soon as a read that is under way has ended. May be called more than once. */
  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
