/** How much of a body is read at once, in bytes. */
export const CHUNK_SIZE = 64 * 1024;
/** Pieces of up to so many bytes are put together. */
const SMALL = 1024;
/** The largest block that small pieces are put together in, in bytes. */
const LARGEST_BLOCK = 16 * 1024;

/**
 * Bytes that arrive in pieces, to be kept for a while. Clients decide how small the pieces are, and a piece of one byte costs a
 * hundred: so small ones are put together. Nor does a small window on a large piece keep all of that from being freed.
 */
export class Pieces {
  #list: Uint8Array[] = [];
  #length = 0;
  /** Where small pieces are put together: from `#sealed` to `#used` is what is not in the list yet. */
  #block: Buffer | undefined;
  #sealed = 0;
  #used = 0;
  /** The first piece as it came: often there is no other. */
  #only: Uint8Array | undefined;

  /** The number of bytes. */
  get length(): number {
    return this.#length;
  }

  /** @param isOwn nobody else will use its memory again. Of a parser's small pieces that is not sure. */
  push(chunk: Uint8Array, isOwn = chunk.length > SMALL): void {
    if (chunk.length === 0) return;
    if (this.#length === 0) this.#only = isOwn ? freed(chunk) : Buffer.from(chunk);
    else {
      if (this.#only !== undefined) this.#add(this.#only);
      this.#only = undefined;
      this.#add(chunk);
    }
    this.#length += chunk.length;
  }

  #add(chunk: Uint8Array): void {
    if (chunk.length > SMALL) {
      this.#seal();
      this.#list.push(freed(chunk));
      return;
    }
    if (this.#block === undefined || this.#used + chunk.length > this.#block.length) {
      this.#seal();
      this.#block = Buffer.allocUnsafeSlow(Math.min(LARGEST_BLOCK, Math.max(64, chunk.length, 2 * (this.#block?.length ?? 0))));
      this.#sealed = 0;
      this.#used = 0;
    }
    this.#block.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  #seal(): void {
    if (this.#block !== undefined && this.#used > this.#sealed) this.#list.push(this.#block.subarray(this.#sealed, this.#used));
    this.#sealed = this.#used;
  }

  /** Takes the pieces out. */
  take(): Uint8Array[] {
    this.#seal();
    const list = this.#only === undefined ? this.#list : [this.#only];
    this.#list = [];
    this.#only = undefined;
    this.#length = 0;
    return list;
  }

  /** Takes the bytes out as one. */
  drain(): Buffer {
    const list = this.take();
    return list.length === 1 ? asBuffer(list[0] as Uint8Array) : Buffer.concat(list);
  }

  /** The bytes as one. */
  join(): Buffer {
    const bytes = this.drain();
    this.push(bytes);
    return bytes;
  }
}

/** A piece without what else is in its memory, if that is much. */
function freed(chunk: Uint8Array): Uint8Array {
  return chunk.length * 4 < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
}

/** One piece by itself, without what else is in its memory if that is much. */
export function wholeOf(chunk: Uint8Array): Buffer {
  return asBuffer(freed(chunk));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
