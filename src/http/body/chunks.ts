/** The chunk size of reads, in bytes. */
export const CHUNK_SIZE = 64 * 1024;
/** Chunks of up to this many bytes are copied into blocks. */
const SMALL_CHUNK = 1024;
/** The largest block for small chunks, in bytes. */
const MAX_BLOCK_SIZE = 16 * 1024;

/**
 * Buffers chunks. Clients control the chunk size, and each chunk has an overhead in memory, so small chunks are copied into shared
 * blocks. A small view of a large buffer is copied, so that the large buffer can be freed.
 */
export class ChunkList {
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** The block for small chunks. The bytes from `#flushed` to `#used` are not in the list yet. */
  #block: Buffer | undefined;
  #flushed = 0;
  #used = 0;
  /** The first chunk, not copied: often it is the only one. */
  #firstChunk: Uint8Array | undefined;

  /** The number of bytes. */
  get length(): number {
    return this.#length;
  }

  /** @param isOwn whether no other code reuses the memory of the chunk. A parser may reuse that of small chunks. */
  push(chunk: Uint8Array, isOwn = chunk.length > SMALL_CHUNK): void {
    if (chunk.length === 0) return;
    if (this.#length === 0) this.#firstChunk = isOwn ? compact(chunk) : Buffer.from(chunk);
    else {
      if (this.#firstChunk !== undefined) this.#append(this.#firstChunk);
      this.#firstChunk = undefined;
      this.#append(chunk);
    }
    this.#length += chunk.length;
  }

  #append(chunk: Uint8Array): void {
    if (chunk.length > SMALL_CHUNK) {
      this.#flushBlock();
      this.#chunks.push(compact(chunk));
      return;
    }
    if (this.#block === undefined || this.#used + chunk.length > this.#block.length) {
      this.#flushBlock();
      this.#block = Buffer.allocUnsafeSlow(Math.min(MAX_BLOCK_SIZE, Math.max(64, chunk.length, 2 * (this.#block?.length ?? 0))));
      this.#flushed = 0;
      this.#used = 0;
    }
    this.#block.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  #flushBlock(): void {
    if (this.#block !== undefined && this.#used > this.#flushed)
      this.#chunks.push(this.#block.subarray(this.#flushed, this.#used));
    this.#flushed = this.#used;
  }

  /** Removes and returns all chunks. */
  drain(): Uint8Array[] {
    this.#flushBlock();
    const list = this.#firstChunk === undefined ? this.#chunks : [this.#firstChunk];
    this.#chunks = [];
    this.#firstChunk = undefined;
    this.#length = 0;
    return list;
  }

  /** Removes and returns all bytes. */
  drainToBuffer(): Buffer {
    const list = this.drain();
    return list.length === 1 ? asBuffer(list[0] as Uint8Array) : Buffer.concat(list);
  }

  /** Returns all bytes, and keeps them. */
  toBuffer(): Buffer {
    const bytes = this.drainToBuffer();
    this.push(bytes);
    return bytes;
  }
}

/** Copies a chunk if its underlying buffer is much larger. */
function compact(chunk: Uint8Array): Uint8Array {
  return chunk.length * 4 < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
}

/** Like `compact`, as a Buffer. */
export function compactBuffer(chunk: Uint8Array): Buffer {
  return asBuffer(compact(chunk));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
