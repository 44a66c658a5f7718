import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CHUNK_SIZE, ChunkList } from './chunks.js';
import { closeTempFile, openTempFile, type TempFile } from './temp-file.js';

/** The number of buffered bytes at which the sender has to pause. */
const HIGH_WATER_MARK = 256 * 1024;

/** How long a stream may be read after the bytes have been released, in milliseconds. */
const STREAM_GRACE = 60_000;

export interface SpoolOptions {
  /** The maximum size in memory, in bytes. Larger data is stored in a file. */
  maxMemory: number;
  /** The directory for temporary files. Default: the system's. */
  tempDir?: string | undefined;
  /** The buffer is full: the sender has to pause. */
  onFull(): void;
  /** The buffer has drained: the sender can resume. */
  onDrain(): void;
  /** The file could not be written. */
  onError(error: unknown): void;
}

/** Stores bytes as they arrive: in memory, or in a temporary file when they exceed `maxMemory`. */
export class Spool {
  readonly #options: SpoolOptions;
  /** All bytes, or the bytes that have not been written to the file yet. */
  readonly #buffer = new ChunkList();
  #bufferedBytes = 0;
  #writtenBytes = 0;
  #file: TempFile | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #isFull = false;
  #isDiscarded = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** The number of bytes received so far. */
  get length(): number {
    return this.#writtenBytes + this.#bufferedBytes;
  }

  write(chunk: Uint8Array): void {
    this.#buffer.push(chunk);
    this.#bufferedBytes += chunk.length;
    if (this.#file === undefined && this.#writing === undefined && this.length <= this.#options.maxMemory) return;
    this.#writing ??= this.#flush();
    if (this.#isFull || this.#bufferedBytes < HIGH_WATER_MARK) return;
    this.#isFull = true;
    this.#options.onFull();
  }

  async #flush(): Promise<void> {
    try {
      this.#file ??= await openTempFile(this.#options.tempDir);
      while (this.#buffer.length > 0 && !this.#isDiscarded) {
        const size = await writeAll(this.#file.handle, this.#buffer.drain(), this.#writtenBytes);
        this.#writtenBytes += size;
        this.#bufferedBytes -= size;
        if (this.#isFull && this.#bufferedBytes < HIGH_WATER_MARK) {
          this.#isFull = false;
          this.#options.onDrain();
        }
      }
    } catch (error) {
      this.#failure = error;
      this.#isDiscarded = true;
      this.#options.onError(error);
    }
    this.#writing = undefined;
    if (this.#isDiscarded) this.#close();
  }

  /**
   * Returns the stored bytes.
   *
   * @throws (rejects) the error of writing the file.
   */
  async finish(): Promise<StoredBytes> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
    const file = this.#file;
    this.#file = undefined;
    return file === undefined ? new StoredBytes(this.#buffer.toBuffer()) : new StoredBytes(file, this.#writtenBytes);
  }

  /** Deletes the stored bytes. */
  discard(): void {
    this.#isDiscarded = true;
    this.#buffer.drain();
    if (this.#writing === undefined) this.#close();
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeIgnoringErrors(file);
  }
}

/** Thrown for reads of stored bytes after their request is over. */
class GoneError extends Error {
  override readonly name: string = 'GoneError';
  readonly code = 'BN_BODY_GONE';
}

/** Bytes in memory, or in a temporary file that is deleted on release. */
export class StoredBytes {
  readonly #source: Buffer | TempFile;
  readonly length: number;
  /** The number of references: the owner until `release`, and running tasks. */
  #references = 1;
  /** Streams that have not ended. */
  readonly #streams = new Set<Readable>();
  #isReleased = false;
  #isClosed = false;

  constructor(source: Buffer);
  constructor(source: TempFile, length: number);
  constructor(source: Buffer | TempFile, length?: number) {
    this.#source = source;
    this.length = length ?? (source as Buffer).length;
  }

  /** Reads all bytes synchronously. A read from a file blocks the event loop. @throws GoneError */
  readSync(): Buffer {
    const source = this.#checkedSource();
    if (Buffer.isBuffer(source)) return source;
    const bytes = Buffer.allocUnsafeSlow(this.length);
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(source.handle.fd, bytes, at, bytes.length - at, at);
      if (read === 0) throw new Error('The temporary file of a request body has become shorter.');
      at += read;
    }
    return bytes;
  }

  /**
   * Reads `length` bytes from an offset.
   *
   * @param into a buffer that may be used for the bytes.
   * @throws (rejects) GoneError
   */
  async read(from: number, length: number, into?: Buffer): Promise<Buffer> {
    const source = this.#checkedSource();
    if (Buffer.isBuffer(source)) return source.subarray(from, from + length);
    const bytes = into?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await source.handle.read(bytes, at, length - at, from + at);
      if (bytesRead === 0) throw new Error('The temporary file of a request body has become shorter.');
      at += bytesRead;
    }
    return bytes;
  }

  /** A stream over a range. Each stream has its own position. */
  stream(from = 0, length: number = this.length - from, chunkSize: number = CHUNK_SIZE): Readable {
    const end = from + length;
    const read = (start: number, size: number): Promise<Buffer> => this.read(start, size);
    const onDestroy = (one: Readable): void => this.#removeStream(one);
    let at = from;
    const stream = new Readable({
      highWaterMark: chunkSize,
      read() {
        const size = Math.min(chunkSize, end - at);
        if (size <= 0) {
          this.push(null);
          return;
        }
        read(at, size).then(
          (chunk) => {
            at += size;
            this.push(chunk);
          },
          (error: Error) => this.destroy(error),
        );
      },
      destroy(error, done) {
        onDestroy(this);
        done(error);
      },
    });
    this.#streams.add(stream);
    return stream;
  }

  #removeStream(stream: Readable): void {
    this.#streams.delete(stream);
    this.#closeIfUnused();
  }

  /** Keeps the bytes available until the task has settled. */
  async retainDuring<T>(task: () => Promise<T>): Promise<T> {
    this.#checkedSource();
    this.#references++;
    try {
      return await task();
    } finally {
      this.#dereference();
    }
  }

  /** Releases the bytes. Running reads complete; new reads fail with a GoneError. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const stream of this.#streams) if (!isBeingRead(stream)) this.#streams.delete(stream);
    // A stream that is never read to its end must not keep the file open.
    if (this.#streams.size > 0) setTimeout(() => this.#removeAllStreams(), STREAM_GRACE).unref();
    this.#dereference();
  }

  #removeAllStreams(): void {
    this.#streams.clear();
    this.#closeIfUnused();
  }

  #dereference(): void {
    this.#references--;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#isClosed || this.#references > 0 || this.#streams.size > 0) return;
    this.#isClosed = true;
    if (!Buffer.isBuffer(this.#source)) closeIgnoringErrors(this.#source);
  }

  #checkedSource(): Buffer | TempFile {
    if (!this.#isClosed) return this.#source;
    throw new GoneError(
      'What was uploaded is gone, because its request is over. Read or save it, and await that, before the handler returns.',
    );
  }
}

/** Whether a stream is being read, or has a reader. */
function isBeingRead(stream: Readable): boolean {
  return stream.readableFlowing !== null || stream.readableDidRead || stream.listenerCount('readable') > 0;
}

function closeIgnoringErrors(file: TempFile): void {
  // If closing or removing fails, the next process removes the file.
  closeTempFile(file).catch(() => undefined);
}

/** Writes all chunks. Returns the number of bytes. */
async function writeAll(handle: FileHandle, chunks: Uint8Array[], position: number): Promise<number> {
  let rest = chunks;
  let written = 0;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, position + written);
    written += bytesWritten;
    rest = skipBytes(rest, bytesWritten);
  }
  return written;
}

/** Returns the chunks without their first `bytes` bytes. */
function skipBytes(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  let i = 0;
  while (i < chunks.length && left >= (chunks[i] as Uint8Array).length) left -= (chunks[i++] as Uint8Array).length;
  const rest = chunks.slice(i);
  if (left > 0) rest[0] = (rest[0] as Uint8Array).subarray(left);
  return rest;
}
